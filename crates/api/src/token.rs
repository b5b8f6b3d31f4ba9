//! Join tokens: what one pastes on a device.

use edgeward_ids::{JoinTokenId, OrganisationId, ProjectId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest life of a join token, in seconds: 30 days.
pub const MAX_LIFETIME_S: u64 = 30 * 24 * 3600;

/// The most uses of one join token.
pub const MAX_USES: u32 = 10_000;

/// `POST /agent-tokens`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JoinTokenRequest {
    /// How many devices may join with it, 1 to 10000; 1 unless said otherwise.
    #[serde(default = "one")]
    pub uses: u32,
    /// Seconds until it expires, at most 30 days; one day unless said otherwise.
    #[serde(default = "one_day")]
    pub expires_in_s: u64,
    /// Adopt into this project on joining, under the device's host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Let them wait for adoption in this organisation; needed unless a project is named or a system administrator asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
}

fn one() -> u32 {
    1
}

fn one_day() -> u64 {
    24 * 3600
}

/// A join token as listed: without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinToken {
    /// The id.
    pub id: JoinTokenId,
    /// How often it may still be used.
    pub uses_left: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The project that it adopts into.
    pub project_id: Option<ProjectId>,
    /// The organisation of that project, or in which agents wait for adoption.
    pub organisation_id: Option<OrganisationId>,
}

/// A new join token; the only time that its text is shown.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewJoinToken {
    /// As it is listed from now on.
    #[serde(flatten)]
    pub token: JoinToken,
    /// The token itself.
    pub text: String,
    /// The line to paste on the device.
    pub command: String,
}
