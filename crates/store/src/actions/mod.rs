//! Actions on devices, from being asked for to their end.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::action::{Action, CancelRefusal, Heard, MAX_WAITING};
use edgeward_domain::audit::By;
use edgeward_ids::{ActionId, AgentId, Name, OrganisationId, ProjectId, RolloutId};

use crate::{Failure, Page, Slice, StoreError};

pub(crate) mod row;
pub(crate) mod sql;

/// What is asked of devices; the texts were checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// What to do.
    pub name: String,
    /// The snap that it is about; may be empty.
    pub snap: String,
    /// More, as the action needs it; may be empty.
    pub data: String,
    /// From when on it is not begun any more.
    pub not_after: Moment,
    /// The rollout that it belongs to, if it does.
    pub rollout: Option<RolloutId>,
}

/// Why devices are not asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AskRefusal {
    /// There is no such device, or it is not managed.
    #[error("there is no managed device {0}")]
    UnknownDevice(AgentId),
    /// As many actions wait for the device as may.
    #[error("{MAX_WAITING} actions wait for the device {0} already; call some off or wait")]
    TooManyWaiting(Name),
}

/// Why an action is not called off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CallOffRefusal {
    /// There is no such action.
    #[error("there is no such action")]
    Unknown,
    /// It has ended.
    #[error(transparent)]
    Ended(#[from] CancelRefusal),
}

/// An action with where its device is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActionView {
    /// The action.
    pub action: Action,
    /// What the device is called.
    pub device: Name,
    /// The device's organisation.
    pub organisation: OrganisationId,
    /// The device's project.
    pub project: ProjectId,
}

/// Which actions to list; all conditions together.
#[derive(Clone, Debug)]
pub struct ActionFilter {
    /// Only those of this device.
    pub agent: Option<AgentId>,
    /// Only those of devices of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only those of devices of this project.
    pub project: Option<ProjectId>,
    /// Only those of this rollout.
    pub rollout: Option<RolloutId>,
    /// Only those in one of these states, by their stable words; all if there are none.
    pub states: Vec<&'static str>,
    /// Only those of this name.
    pub name: Option<String>,
    /// Only those of devices that may be seen.
    pub visible: Visible,
}

impl ActionFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible) -> Self {
        Self {
            agent: None,
            organisation: None,
            project: None,
            rollout: None,
            states: Vec::new(),
            name: None,
            visible,
        }
    }
}

/// What a device says of one of its actions.
#[derive(Clone, Debug)]
pub struct HeardOf {
    /// Which device.
    pub agent: AgentId,
    /// Which action.
    pub action: ActionId,
    /// How far it is.
    pub heard: Heard,
    /// When it was heard.
    pub at: Moment,
}

/// What came of that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeardOutcome {
    /// It is further than it was.
    Changed(Box<Action>),
    /// Nothing new.
    Same,
    /// The device has no such action.
    Unknown,
}

/// Actions.
#[async_trait]
pub trait ActionStore: Send + Sync {
    /// Writes an action for each of these devices: for all of them, or for none.
    async fn ask(
        &self,
        agents: &[AgentId],
        asked: &Asked,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Action>, Failure<AskRefusal>>;

    /// The action with this id.
    async fn action(&self, id: ActionId) -> Result<Option<ActionView>, StoreError>;

    /// The actions that match, the newest first.
    async fn actions(
        &self,
        filter: &ActionFilter,
        slice: Slice,
    ) -> Result<Page<ActionView>, StoreError>;

    /// The actions of these devices that have not ended, in the order in which they were asked for.
    async fn open_actions(&self, agents: &[AgentId]) -> Result<Vec<Action>, StoreError>;

    /// The devices that have actions that have not ended.
    async fn agents_with_open_actions(&self) -> Result<Vec<AgentId>, StoreError>;

    /// These actions were sent.
    async fn actions_sent(&self, ids: &[ActionId], now: Moment) -> Result<(), StoreError>;

    /// What devices say of their actions, all in one transaction; what came of each, in the same order.
    async fn heard_of_actions(&self, heard: Vec<HeardOf>) -> Result<Vec<HeardOutcome>, StoreError>;

    /// Calls an action off: one that was not sent ends at once, another as soon as its device has answered.
    async fn call_off(
        &self,
        id: ActionId,
        by: &By,
        now: Moment,
    ) -> Result<Action, Failure<CallOffRefusal>>;

    /// Ends the actions whose time is over; those that ended.
    async fn end_overdue(&self, now: Moment) -> Result<Vec<Action>, StoreError>;

    /// Forgets the oldest ended actions of each device that has more than are kept; how many.
    async fn forget_ended_actions(&self) -> Result<u64, StoreError>;
}
