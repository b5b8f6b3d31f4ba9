//! Edge services: looking them up, those that are reached directly, what they want to see, and what looks at them find.
//!
//! An agent's services come and go with its adoption, in [`AgentStore`](crate::AgentStore).

use std::collections::BTreeSet;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::hosting::Course;
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{
    Address, Authentication, Check, Scheme, Service, TagRefusal, Trust,
};
use edgeward_ids::{Name, OrganisationId, ProjectId, ServiceId};

use crate::{AgentIds, Failure, Page, Slice, Sort, StoreError};

pub(crate) mod change;
mod check;
mod figures;
mod import;
mod keys;
pub(crate) mod row;
pub(crate) mod sql;
mod tagging;
pub(crate) mod tags;

pub use check::CHECK_RECORDED_EVERY;
pub use tagging::{RetagRefusal, Retagging, Tagging};

/// A service with the names of what it belongs to, and what the last look at it found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceView {
    /// The service.
    pub service: Service,
    /// The name that its agent was adopted under; none exactly where it is reached directly.
    pub agent_name: Option<Name>,
    /// Its organisation's name.
    pub organisation_name: Name,
    /// Its project's name.
    pub project_name: Name,
    /// What the last look at it found; none where nobody has looked.
    pub check: Option<Check>,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// What is wished of it, and how far its agent is; none unless it is hosted.
    pub hosted: Option<Course>,
}

/// A service that is to be reached directly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDirect {
    /// The id.
    pub id: ServiceId,
    /// Where it is to belong.
    pub project: ProjectId,
    /// Unique in its project.
    pub name: Name,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text.
    pub description: String,
    /// What it speaks.
    pub scheme: Scheme,
    /// Where it is; once in its project.
    pub address: Address,
    /// Whom it is believed to be.
    pub trust: Trust,
    /// What it wants to see, the password sealed.
    pub authentication: Authentication,
    /// What a look at it has found, if there was one.
    pub check: Option<Check>,
    /// Its tags.
    pub tagging: Tagging,
}

/// What came of an import.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Imported {
    /// How many were added.
    pub added: usize,
    /// Which were not, by their places among those that were to be, and why.
    pub refused: Vec<(usize, AddRefusal)>,
}

/// Why a service is not added.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddRefusal {
    /// The project does not exist.
    #[error("there is no such project")]
    UnknownProject,
    /// Another service of the project has the name.
    #[error("the project has a service of this name already")]
    NameTaken,
    /// Another service of the project is at the address.
    #[error("the project has a service at this address already: \"{0}\"")]
    AddressTaken(Name),
    /// There would be too many tags.
    #[error(transparent)]
    Tags(TagRefusal),
}

/// What to change of a service. What is none stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServiceChange {
    /// The name.
    pub name: Option<Name>,
    /// Free text; only of one that is reached directly, as are the next four.
    pub description: Option<String>,
    /// What it is.
    pub kind: Option<String>,
    /// What it speaks.
    pub scheme: Option<Scheme>,
    /// Where it is.
    pub address: Option<Address>,
    /// Whom it is believed to be.
    pub trust: Option<Trust>,
    /// What it wants to see, the password sealed.
    pub authentication: Option<Authentication>,
    /// The tags, in place of those that it has.
    pub tagging: Option<Tagging>,
    /// What a look at it as it is afterwards has found. If there was none, and it is reached in another way afterwards or is
    /// shown something else, what was found before is forgotten.
    pub check: Option<Check>,
}

/// Why a service is not changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChangeRefusal {
    /// There is no such service.
    #[error("there is no such service")]
    Unknown,
    /// Another service of the project has the name.
    #[error("the project has a service of this name already")]
    NameTaken,
    /// Another service of the project is at the address.
    #[error("the project has a service at this address already: \"{0}\"")]
    AddressTaken(Name),
    /// It is an agent's, which alone says what it is and where.
    #[error(
        "the service's kind, description and address are in its agent's configuration; change them there"
    )]
    NotDirect,
    /// There would be too many tags.
    #[error(transparent)]
    Tags(TagRefusal),
}

/// Why a service is not removed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RemoveRefusal {
    /// There is no such service.
    #[error("there is no such service")]
    Unknown,
    /// It goes with its agent.
    #[error("the service is offered by the agent \"{0}\" and goes when that is released")]
    OfAgent(Name),
}

/// Which of the services that are reached directly to list, beside those of agents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DirectServices {
    /// All.
    #[default]
    Any,
    /// Those that answered when they were looked at last.
    Answering,
    /// Those that did not, and those that nobody has looked at.
    Silent,
    /// None.
    None,
}

/// How services are reached, and who has made them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceWay {
    /// By the control plane itself.
    Direct,
    /// Through agents that were set up to offer them.
    Agent,
    /// Through agents that have made them.
    Hosted,
}

/// Which services to list; all conditions together.
#[derive(Clone, Debug)]
pub struct ServiceFilter {
    /// Only services of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only services of this project.
    pub project: Option<ProjectId>,
    /// Only services with this text in name, agent name, kind, description, address or id; case does not matter.
    pub text: Option<String>,
    /// Of agents' services only those that their agents' last words offered, or did not.
    pub offered: Option<bool>,
    /// Of agents' services only those of these agents.
    pub agents: AgentIds,
    /// Of the others only these.
    pub direct: DirectServices,
    /// Only services that want tokens and are not known to accept the key pair of this number.
    pub key_behind: Option<u32>,
    /// Only these services.
    pub ids: Option<Vec<ServiceId>>,
    /// Only those whose ids come after this one's.
    pub after: Option<ServiceId>,
    /// Only services of this kind; case does not matter.
    pub kind: Option<String>,
    /// Only those that are reached in this way.
    pub way: Option<ServiceWay>,
    /// Only those that want to see this: a word of [`Authentication::as_str`].
    pub authentication: Option<&'static str>,
    /// Only those with this tag.
    pub tag: Option<Tag>,
    /// Only services of these organisations and projects.
    pub visible: Visible,
}

impl ServiceFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible) -> Self {
        Self {
            organisation: None,
            project: None,
            text: None,
            offered: None,
            agents: AgentIds::Any,
            direct: DirectServices::Any,
            key_behind: None,
            ids: None,
            after: None,
            kind: None,
            way: None,
            authentication: None,
            tag: None,
            visible,
        }
    }
}

/// How many services that want tokens are known to accept a key pair, and how many are not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KeyUse {
    /// Known to accept it.
    pub proven: u64,
    /// Not known to.
    pub behind: u64,
}

/// By what services are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceColumn {
    /// Name.
    Name,
    /// Kind.
    Kind,
    /// The agent's name; those without one are the least.
    Agent,
    /// When they were made.
    Created,
}

/// Edge services.
#[async_trait]
pub trait ServiceStore: Send + Sync {
    /// The service with this id.
    async fn service(&self, id: ServiceId) -> Result<Option<ServiceView>, StoreError>;

    /// The services that match, and how many they are.
    async fn services(
        &self,
        filter: &ServiceFilter,
        sort: Sort<ServiceColumn>,
        slice: Slice,
    ) -> Result<Page<ServiceView>, StoreError>;

    /// The services that are reached directly, in the order of their ids, after this one; at most `limit`, and never more than
    /// [`MAX_PAGE_ITEMS`](crate::MAX_PAGE_ITEMS).
    async fn direct_services(
        &self,
        after: Option<ServiceId>,
        limit: u64,
    ) -> Result<Vec<ServiceView>, StoreError>;

    /// The services that agents offer, in the same way.
    async fn agents_services(
        &self,
        after: Option<ServiceId>,
        limit: u64,
    ) -> Result<Vec<ServiceView>, StoreError>;

    /// How the key pairs of these numbers are used, in their order, by those services that may be seen.
    async fn key_use(&self, visible: &Visible, keys: &[u32]) -> Result<Vec<KeyUse>, StoreError>;

    /// Whether a service could be added now. It may be too late when it is.
    async fn could_add(&self, new: &NewDirect) -> Result<(), Failure<AddRefusal>>;

    /// Adds those of many services that can be, whatever project they name to this one; of those with one name or address the first.
    /// Refused as a whole only if the project does not exist. At most [`MAX_PAGE_ITEMS`](crate::MAX_PAGE_ITEMS) should come at once.
    /// The log tells of many together.
    async fn import_direct(
        &self,
        project: ProjectId,
        batch: Vec<NewDirect>,
        by: &By,
        now: Moment,
    ) -> Result<Imported, Failure<AddRefusal>>;

    /// Whether a service could be changed so now. It may be too late when it is.
    async fn could_change(
        &self,
        id: ServiceId,
        change: &ServiceChange,
    ) -> Result<(), Failure<ChangeRefusal>>;

    /// Gives services tags and takes others from them, each service by itself: the answers are in the order of the ids. At most
    /// [`MAX_PAGE_ITEMS`](crate::MAX_PAGE_ITEMS) should come at once. The log tells of many together.
    async fn retag(
        &self,
        ids: &[ServiceId],
        retagging: &Retagging,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Result<BTreeSet<Tag>, RetagRefusal>>, StoreError>;

    /// The tags that services have that may be seen, each with how many have it.
    async fn service_tags(
        &self,
        organisation: Option<OrganisationId>,
        project: Option<ProjectId>,
        visible: &Visible,
    ) -> Result<Vec<(Tag, u64)>, StoreError>;

    /// Adds a service that is reached directly. Of two at the same moment with one name or address the second is refused.
    async fn add_direct(
        &self,
        new: NewDirect,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<AddRefusal>>;

    /// Changes a service. Of two at the same moment that want one name or address the second is refused.
    async fn change_service(
        &self,
        id: ServiceId,
        change: ServiceChange,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<ChangeRefusal>>;

    /// Removes a service that is reached directly; as it was. The service itself hears nothing of it.
    async fn remove_direct(
        &self,
        id: ServiceId,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<RemoveRefusal>>;

    /// A look at a service found this. True if it is something else than before, not counting the time; false if the service is
    /// gone, or a later look is known. What is the same is written at most every [`CHECK_RECORDED_EVERY`]. Nothing is told to the
    /// audit log.
    async fn record_check(&self, id: ServiceId, check: Check) -> Result<bool, StoreError>;

    /// What was last written down of a service's figures; text without meaning here. None where nothing was.
    async fn figures(&self, id: ServiceId) -> Result<Option<String>, StoreError>;

    /// Writes down a service's figures in place of the last ones; false if the service is gone. They go with it.
    async fn record_figures(&self, id: ServiceId, figures: String) -> Result<bool, StoreError>;
}
