//! Deliveries: a version of a template brought to many services, in waves. The course of one is that of a rollout, by the same
//! rules; what the texts mean is not known here.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, Rollout, Standing, State};
use edgeward_ids::{Name, OrganisationId, ProjectId, RolloutId, ServiceId, TemplateId};

use crate::{Failure, Page, RolloutChangeRefusal, RolloutRefusal, Side, Slice, StoreError};

mod row;
mod sql;

/// What a delivery brings: the template as it was then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliveryWork {
    /// The template, as long as there is one.
    pub template: Option<TemplateId>,
    /// What it was called.
    pub template_name: String,
    /// The number of its version.
    pub version: u32,
    /// For which kind of service it is.
    pub kind: String,
    /// How much of a configuration the text is, in words of others.
    pub extent: String,
    /// The text, with placeholders. Lists leave it empty.
    pub text: String,
    /// The values for all services; text without meaning here.
    pub defaults: String,
}

/// A delivery with what it brings and how far it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliveryView {
    /// Its course.
    pub course: Rollout,
    /// What it brings.
    pub work: DeliveryWork,
    /// How far its services are.
    pub standing: Standing,
}

/// A service that is to be in a delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTarget {
    /// Which.
    pub service: ServiceId,
    /// What it is called.
    pub name: Name,
    /// In which wave, from 1.
    pub wave: u32,
    /// The values of its own; text without meaning here.
    pub values: String,
}

/// How far a service of a delivery is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Nothing was begun.
    Waiting,
    /// Somebody is at it.
    UnderWay,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Called off.
    Cancelled,
}

impl Step {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::UnderWay,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::UnderWay => "under_way",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The step with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }

    /// Whether nothing more happens.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A service of a delivery. It may be gone since.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Which.
    pub service: ServiceId,
    /// What it was called.
    pub name: Name,
    /// In which wave, from 1.
    pub wave: u32,
    /// The values of its own; text without meaning here.
    pub values: String,
    /// How far it is.
    pub step: Step,
    /// What there is to say of that; may be empty.
    pub message: String,
    /// Whether its configuration from before was written down; [`DeliveryStore::delivery_before`] reads it.
    pub has_before: bool,
    /// When one of its steps was last written.
    pub changed_at: Option<Moment>,
    /// How far the undoing is; none where there is nothing to undo, or nobody asked for it.
    pub undo: Option<Step>,
    /// What there is to say of that; may be empty.
    pub undo_message: String,
}

/// Which deliveries to list; all conditions together.
#[derive(Clone, Debug)]
pub struct DeliveryFilter {
    /// Only those of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those of projects that may be seen.
    pub visible: Visible,
}

impl DeliveryFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible) -> Self {
        Self {
            organisation: None,
            project: None,
            state: None,
            visible,
        }
    }
}

/// Deliveries. They go with their project; they stay when a template or a service goes.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// Writes a delivery down, with its services and the wave of each. A course without a project has no place.
    async fn begin_delivery(
        &self,
        course: &Rollout,
        work: &DeliveryWork,
        targets: &[NewTarget],
        by: &By,
    ) -> Result<(), Failure<RolloutRefusal>>;

    /// The delivery with this id.
    async fn delivery(&self, id: RolloutId) -> Result<Option<DeliveryView>, StoreError>;

    /// The deliveries that match, the newest first, without their texts.
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        slice: Slice,
    ) -> Result<Page<DeliveryView>, StoreError>;

    /// A delivery's services, or those that are so far, by wave and name.
    async fn delivery_targets(
        &self,
        id: RolloutId,
        step: Option<Step>,
        slice: Slice,
    ) -> Result<Page<Target>, StoreError>;

    /// The deliveries that go on by themselves: those that run, those that are being undone, and those of which a service is under
    /// way.
    async fn deliveries_going_on(&self) -> Result<Vec<RolloutId>, StoreError>;

    /// At most `limit` services on which something is to be done, those under way first, by wave and name: those of begun waves
    /// without an end, or those whose undoing was asked for and has no end. Whoever works on those under way knows which these
    /// are, and after a crash nobody works on them. Such ones may be left on either side, whatever the delivery's state is.
    async fn delivery_due(
        &self,
        id: RolloutId,
        side: Side,
        limit: u64,
    ) -> Result<Vec<Target>, StoreError>;

    /// A service's configuration before the delivery; none until it was written down. Up to as much text as a service has.
    async fn delivery_before(
        &self,
        id: RolloutId,
        service: ServiceId,
    ) -> Result<Option<String>, StoreError>;

    /// Writes down how far a service is, and on the doing side its configuration from before, where none is written down yet.
    /// Without an entry in the audit log.
    ///
    /// False, and nothing is written, if there is no such delivery or service in it, if that side has its end already or was never
    /// asked for, or if something would begin while the delivery does not go on. What is put back to waiting after it was called
    /// off is cancelled; what is done while the delivery is being undone waits for its undoing.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of them are what one step is"
    )]
    async fn delivery_step(
        &self,
        id: RolloutId,
        service: ServiceId,
        side: Side,
        step: Step,
        before: Option<&str>,
        message: &str,
        now: Moment,
    ) -> Result<bool, StoreError>;

    /// Changes a delivery. What waits is cancelled where the change says so; what was done waits for its undoing where it is to be
    /// undone, there is a way back, and it was not undone before.
    async fn change_delivery(
        &self,
        id: RolloutId,
        change: &Change,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<RolloutChangeRefusal>>;

    /// Forgets the oldest ended deliveries of each organisation beyond as many as are kept.
    async fn forget_ended_deliveries(&self) -> Result<u64, StoreError>;
}
