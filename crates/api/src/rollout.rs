//! Rollouts: one action on many devices, in waves.

use edgeward_ids::{ActionId, AgentId, Name, OrganisationId, ProjectId, RolloutId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::action::{State as ActionState, ToDo};
use crate::selection::Selection;

/// How a rollout goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RolloutPlan)]
pub struct Plan {
    /// How many devices each wave takes: a number such as `5`, or a share of all such as `10%`, at least one device. Whatever is
    /// left after the last one is a wave of its own. At most 20; none means all at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<String>,
    /// How many devices may fail before the rollout pauses: a number, or a share of all such as `5%`; none may unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_limit: Option<String>,
    /// How long to watch a wave that is through before the next one begins, in seconds; at most 2 592 000 (30 days).
    #[serde(default)]
    pub watch_s: u64,
    /// Whether a wave waits for its devices that are away. Otherwise they get the change when they are back, and hold up nobody.
    #[serde(default)]
    pub wait_for_away: bool,
    /// Whether devices that come to match later are included, until the rollout is ended.
    #[serde(default)]
    pub include_later: bool,
    /// For how long the change may wait for a device that is away, in seconds: 1 to 7 776 000 (90 days); a day unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u64>,
}

/// `POST /rollouts` and `POST /rollouts/preview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutRequest {
    /// What it is called.
    pub name: Name,
    /// Which devices.
    pub selection: Selection,
    /// What is done on each.
    pub action: ToDo,
    /// In which waves.
    #[serde(default)]
    pub plan: Plan,
}

/// What a rollout would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RolloutPreview)]
pub struct Preview {
    /// How many devices match.
    pub total: u64,
    /// How many of them are connected.
    pub online: u64,
    /// How many are not.
    pub offline: u64,
    /// How many devices each wave would have.
    pub waves: Vec<u64>,
    /// The devices, in the order of their waves; at most 500.
    pub devices: Vec<PreviewDevice>,
}

/// A device that would take part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewDevice {
    /// The device.
    pub device_id: AgentId,
    /// What it is called.
    pub device_name: Name,
    /// Its project.
    pub project_id: ProjectId,
    /// Whether it is connected.
    pub online: bool,
    /// In which wave, from 1.
    pub wave: u64,
    /// Why it matches: one sentence for each thing that was asked.
    pub why: Vec<String>,
    /// What will be done, as far as its twin tells.
    pub effect: String,
    /// How that would be undone, or why it cannot be.
    pub undo: String,
}

/// How far a rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RolloutState)]
pub enum State {
    /// Its waves go on.
    Running,
    /// Nothing more begins until somebody resumes it.
    Paused,
    /// Nothing more begins.
    Aborted,
    /// Every device has its end.
    Done,
    /// What was done is being undone.
    Undoing,
    /// What was done was undone, as far as that went.
    Undone,
}

/// How many devices are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RolloutCounts)]
pub struct Counts {
    /// Their wave has not begun.
    pub waiting: u64,
    /// It waits for the device to be there.
    pub queued: u64,
    /// The device is at it.
    pub under_way: u64,
    /// Done.
    pub done: u64,
    /// Failed.
    pub failed: u64,
    /// The device was away for too long.
    pub expired: u64,
    /// Called off.
    pub cancelled: u64,
}

/// A rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rollout {
    /// The id.
    pub id: RolloutId,
    /// What it is called.
    pub name: Name,
    /// Its organisation.
    pub organisation_id: OrganisationId,
    /// Its project; none when it concerns the whole organisation.
    pub project_id: Option<ProjectId>,
    /// Which devices.
    pub selection: Selection,
    /// What is done on each.
    pub action: ToDo,
    /// In which waves.
    pub plan: Plan,
    /// How far it is.
    pub state: State,
    /// Why it is in that state, where there is more to say.
    pub reason: String,
    /// How many waves have begun.
    pub begun: u64,
    /// Each wave's devices.
    pub waves: Vec<Counts>,
    /// All devices.
    pub counts: Counts,
    /// The undoing of it: of those devices on which it was done.
    pub undo: Counts,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When its state last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// `GET /rollouts`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RolloutFilter {
    /// Only those of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// How many to pass over; the newest come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// `GET /rollouts/{id}/devices`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RolloutDeviceFilter {
    /// How many to pass over; in the order of their waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A device of a rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RolloutDevice {
    /// The device.
    pub device_id: AgentId,
    /// What it is called.
    pub device_name: Name,
    /// Its project.
    pub project_id: ProjectId,
    /// In which wave, from 1.
    pub wave: u64,
    /// How far its action is; none while its wave has not begun.
    pub state: Option<ActionState>,
    /// Why that failed.
    pub message: String,
    /// Its action, once asked for; it may be forgotten long after its end.
    pub action_id: Option<ActionId>,
    /// What would undo it, where something would.
    pub undo: Option<ToDo>,
    /// How far the undoing is.
    pub undo_state: Option<ActionState>,
    /// Why that failed.
    pub undo_message: String,
    /// The action that undoes it, once asked for.
    pub undo_action_id: Option<ActionId>,
}
