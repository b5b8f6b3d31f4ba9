//! Actions on devices.

use edgeward_ids::{ActionId, AgentId, Name, OrganisationId, ProjectId, RolloutId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::selection::Selection;

/// The most devices that one request may ask.
pub const MAX_DEVICES: usize = 10_000;

/// What to do on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActionToDo)]
pub struct ToDo {
    /// One of `ack`, `conf`, `device`, `disable`, `enable`, `info`, `install`, `list`, `logs`, `refresh`, `remove`, `restart`,
    /// `revert`, `server`, `setconf`, `snapshot`, `start`, `stop`, `switch`, `unregister` and `user`.
    pub name: String,
    /// The snap that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub snap: String,
    /// More, as text: a channel (`install`, `refresh`, `switch`), an assertion (`ack`), else JSON as text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data: String,
}

/// `POST /actions`: the same on one device or many.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskRequest {
    /// On which devices, 1 to 10 000; or a selection in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device_ids: Vec<AgentId>,
    /// On all devices that match, at most 10 000; in place of ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// What.
    pub action: ToDo,
    /// For how long it may wait for a device that is away, in seconds: 1 to 7 776 000 (90 days); a day unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u64>,
}

/// How far an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ActionState)]
pub enum State {
    /// It waits for the device.
    Queued,
    /// It was sent; whether it arrived is not known.
    Sent,
    /// The device is doing it.
    Running,
    /// It was done.
    Done,
    /// It was not done, or not wholly.
    Failed,
    /// Its time was over before the device had it.
    Expired,
    /// It was called off.
    Cancelled,
}

/// An action on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Action {
    /// The id.
    pub id: ActionId,
    /// On which device.
    pub device_id: AgentId,
    /// What the device is called.
    pub device_name: Name,
    /// The device's organisation.
    pub organisation_id: OrganisationId,
    /// The device's project.
    pub project_id: ProjectId,
    /// What to do.
    pub action: ToDo,
    /// How far it is.
    pub state: State,
    /// What is being done at the moment, in snapd's words; empty when that is not known.
    pub label: String,
    /// How much of it is done, in units of `total`.
    pub done: u64,
    /// How much there is to do; 0 when that is not known.
    pub total: u64,
    /// snapd's change, while it runs.
    pub change: Option<String>,
    /// Whether it is to be called off.
    pub cancelling: bool,
    /// What came of it, once done.
    pub result: Option<Value>,
    /// Why it failed; in snapd's words where it was snapd.
    pub message: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// From when on it is not begun any more.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When its state last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// The rollout that it belongs to, if it does.
    pub rollout_id: Option<RolloutId>,
}

/// `GET /actions`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionFilter {
    /// Only those of this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<AgentId>,
    /// Only those of devices of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only those of devices of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only those of this rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutId>,
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Only those that have not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Only those of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many to pass over; the newest come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// What `POST /actions` answers: an action for each device, written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Asked {
    /// In the order in which the devices were named.
    pub actions: Vec<AskedAction>,
}

/// An action that was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskedAction {
    /// The action.
    pub id: ActionId,
    /// Its device.
    pub device_id: AgentId,
}
