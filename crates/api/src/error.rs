//! The one error body.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What every answer with a status of 400 and above carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable word, such as `agent_offline`.
    pub code: String,
    /// What is wrong, for a person to read.
    pub message: String,
    /// Who is at fault.
    pub fault: Fault,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Names this answer in the control plane's log.
    pub request_id: String,
}

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Whoever asked.
    Request,
    /// The agent or its way to the control plane.
    Agent,
    /// The edge service behind the agent.
    Service,
    /// The control plane.
    ControlPlane,
}
