//! Rollouts, and the tags by which devices are chosen for them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, ChangeRefusal, MAX_UNDER_WAY, Rollout, Standing, State};
use edgeward_domain::selection::Tag;
use edgeward_ids::{ActionId, AgentId, Name, OrganisationId, ProjectId, RolloutId};

use crate::{Asked, Failure, Page, Slice, StoreError};

mod row;
pub(crate) mod sql;

/// A managed device in a place, with the tags that were asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Which.
    pub agent: AgentId,
    /// What it is called.
    pub name: Name,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its project.
    pub project: ProjectId,
}

/// What a rollout does, in words of others: the store only keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Work {
    /// Which devices, as JSON.
    pub selection: String,
    /// The action's name.
    pub action: String,
    /// Its snap; may be empty.
    pub snap: String,
    /// Its data; may be empty.
    pub data: String,
}

/// A rollout with what it does and how far it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RolloutView {
    /// The rollout.
    pub rollout: Rollout,
    /// What it does.
    pub work: Work,
    /// How far its devices are.
    pub standing: Standing,
}

/// A device of a rollout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RolloutDevice {
    /// Which.
    pub agent: AgentId,
    /// What it is called.
    pub name: Name,
    /// Its project.
    pub project: ProjectId,
    /// In which wave, from 1.
    pub wave: u32,
    /// Its action, once asked for.
    pub action: Option<Asking>,
    /// What would undo it, as whoever asked wrote it down.
    pub undo: Option<String>,
    /// The action that undoes it, once asked for.
    pub undoing: Option<Asking>,
}

/// How far an action of a rollout is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asking {
    /// Which.
    pub id: ActionId,
    /// Its state's stable word.
    pub state: String,
    /// Why it failed.
    pub message: String,
}

/// Which rollouts to list; all conditions together.
#[derive(Clone, Debug)]
pub struct RolloutFilter {
    /// Only those of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those that may be seen: of a project that may be, or of an organisation that may be as a whole.
    pub visible: Visible,
}

/// A device that a rollout asks, and with what.
#[derive(Clone, Debug)]
pub struct RolloutAsk {
    /// Which.
    pub agent: AgentId,
    /// What.
    pub asked: Asked,
    /// What would undo it; only when it is asked for the first time.
    pub undo: Option<String>,
}

/// Whether a rollout asks for what it is there for, or for undoing that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// What it is there for.
    Doing,
    /// Undoing it.
    Undoing,
}

/// A device that a rollout has to ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// Which.
    pub agent: AgentId,
    /// What undoes it; on the undoing side always there.
    pub undo: Option<String>,
}

/// Why a rollout is not begun.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RolloutRefusal {
    /// There is no such organisation, or no such project in it.
    #[error("there is no such organisation or project")]
    UnknownPlace,
    /// Too many are under way.
    #[error("{MAX_UNDER_WAY} rollouts of the organisation are under way; end some of them first")]
    TooMany,
}

/// Why a rollout does not change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RolloutChangeRefusal {
    /// There is no such rollout.
    #[error("there is no such rollout")]
    Unknown,
    /// That cannot become of it.
    #[error(transparent)]
    Change(#[from] ChangeRefusal),
}

/// There is no such managed device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no such managed device")]
pub struct UnknownDevice;

/// There is no such organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no such organisation")]
pub struct UnknownOrganisation;

/// Rollouts and tags. A device that is released loses its tags and leaves its rollouts.
#[async_trait]
pub trait RolloutStore: Send + Sync {
    /// Gives a device these tags in place of those that it has.
    async fn set_tags(
        &self,
        agent: AgentId,
        tags: &BTreeSet<Tag>,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UnknownDevice>>;

    /// A device's tags, in order.
    async fn tags(&self, agent: AgentId) -> Result<Vec<String>, StoreError>;

    /// The tags of devices in a place that may be seen, in order, each with how many have it; with those that were declared in an
    /// organisation that may be seen, unless a project is named.
    async fn tags_in_use(
        &self,
        organisation: Option<OrganisationId>,
        project: Option<ProjectId>,
        visible: &Visible,
    ) -> Result<Vec<(String, u64)>, StoreError>;

    /// Makes a tag known in an organisation before any device has it; nothing changes when it is known.
    async fn declare_tag(
        &self,
        organisation: OrganisationId,
        tag: &Tag,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UnknownOrganisation>>;

    /// The managed devices of a place with all of these tags, by name.
    async fn candidates(
        &self,
        organisation: OrganisationId,
        project: Option<ProjectId>,
        tags: &BTreeSet<Tag>,
    ) -> Result<Vec<Candidate>, StoreError>;

    /// Writes a rollout down, with its devices and the wave of each.
    async fn begin_rollout(
        &self,
        rollout: &Rollout,
        work: &Work,
        devices: &[(AgentId, u32)],
        by: &By,
    ) -> Result<(), Failure<RolloutRefusal>>;

    /// The rollout with this id.
    async fn rollout(&self, id: RolloutId) -> Result<Option<RolloutView>, StoreError>;

    /// The rollouts that match, the newest first.
    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        slice: Slice,
    ) -> Result<Page<RolloutView>, StoreError>;

    /// A rollout's devices, in the order of their waves.
    async fn rollout_devices(
        &self,
        id: RolloutId,
        slice: Slice,
    ) -> Result<Page<RolloutDevice>, StoreError>;

    /// The rollouts that go on by themselves: those that run, and those that are being undone.
    async fn rollouts_going_on(&self) -> Result<Vec<RolloutId>, StoreError>;

    /// At most `limit` devices that have to be asked now: those of waves that have begun, or those on which it was done.
    async fn rollout_due(
        &self,
        id: RolloutId,
        side: Side,
        limit: u64,
    ) -> Result<Vec<Due>, StoreError>;

    /// Asks devices of a rollout, each once. Who cannot be asked now stays due; nobody is asked when the rollout does not go on.
    async fn ask_for_rollout(
        &self,
        id: RolloutId,
        side: Side,
        asks: Vec<RolloutAsk>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<AgentId>, StoreError>;

    /// Changes a rollout. What waits for devices is called off where the change says so.
    async fn change_rollout(
        &self,
        id: RolloutId,
        change: &Change,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<RolloutChangeRefusal>>;

    /// Adds devices to the last wave of a rollout that goes on; those that it has already are passed over.
    async fn join_rollout(&self, id: RolloutId, agents: &[AgentId]) -> Result<u64, StoreError>;

    /// Forgets the oldest ended rollouts of each organisation beyond as many as are kept.
    async fn forget_ended_rollouts(&self) -> Result<u64, StoreError>;
}
