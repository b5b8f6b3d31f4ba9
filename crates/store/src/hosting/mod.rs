//! Hosted services: which agents may make any, what is wished of each, and how far its agent is.
//!
//! What is wished outlives the service that it was of: until the agent has heard that it is to go, and says that it has.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::hosting::{Change, Hosted, OrderRefusal, Reported};
use edgeward_domain::service::{Authentication, TagRefusal};
use edgeward_ids::{AgentId, Name, OfferName, ProjectId, ServiceId};

use crate::{Failure, Page, ServiceView, Slice, StoreError, Tagging};

pub(crate) mod row;
pub(crate) mod sql;

/// The most services that one agent hosts, those among them that are to go.
pub const MAX_HOSTED_SERVICES: usize = 32;

/// What an agent can host.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capability {
    /// What runs containers, and its version; none if nothing does.
    pub engine: Option<(String, String)>,
    /// Whether snaps can be installed.
    pub snaps: bool,
    /// Why nothing runs containers although something should; may be empty.
    pub problem: String,
}

/// A managed agent that may host services.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostingAgent {
    /// The agent.
    pub agent: AgentId,
    /// The name that it was adopted under.
    pub name: Name,
    /// Its project.
    pub project: ProjectId,
    /// What it can host.
    pub capability: Capability,
    /// How many services it hosts.
    pub services: u64,
}

/// Which agents to list; all conditions together.
#[derive(Clone, Debug)]
pub struct HostingFilter {
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those of projects that may be seen.
    pub visible: Visible,
}

/// What a hosted service needs of its agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Something that runs containers.
    Engine,
    /// That snaps can be installed.
    Snaps,
}

/// A service that is to be hosted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewHosted {
    /// The id.
    pub id: ServiceId,
    /// On whose device.
    pub agent: AgentId,
    /// Where it is to belong; the agent has to be there too.
    pub project: ProjectId,
    /// Unique in the project.
    pub name: Name,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text.
    pub description: String,
    /// What it wants to see.
    pub authentication: Authentication,
    /// Its tags.
    pub tagging: Tagging,
    /// What it needs of its agent.
    pub needs: Needs,
    /// What it is made of; text without meaning here.
    pub spec: String,
    /// The image or snap in that, for the log.
    pub made_of: String,
}

/// Why a service is not made on an agent's device.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HostRefusal {
    /// There is no such agent.
    #[error("there is no such agent")]
    UnknownAgent,
    /// It was not adopted.
    #[error("the agent is not managed; adopt it first")]
    NotManaged,
    /// It is elsewhere.
    #[error("the agent belongs to another project")]
    OtherProject,
    /// It has not said that it may.
    #[error(
        "the agent has not said that it may host services; allow it in the agent's own configuration, and wait until it is online"
    )]
    NotHosting,
    /// Nothing runs containers there.
    #[error("nothing runs containers there{0}")]
    NoEngine(String),
    /// Snaps cannot be installed there.
    #[error("the agent cannot install snaps, or its own configuration does not let it")]
    NoSnaps,
    /// It hosts as many as it may.
    #[error("the agent hosts {MAX_HOSTED_SERVICES} services already, which is the most")]
    TooManyHosted,
    /// It offers as many as it may.
    #[error(
        "the agent has {} services already, which is the most",
        edgeward_domain::agent::MAX_OFFERS
    )]
    TooManyOffers,
    /// Another service of the project has the name.
    #[error("the project has a service of this name already: \"{0}\"")]
    NameTaken(Name),
    /// There would be too many tags.
    #[error(transparent)]
    Tags(TagRefusal),
}

/// A hosted service, with whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostedView {
    /// Whose device it is on.
    pub agent: AgentId,
    /// What the agent calls it.
    pub offer: OfferName,
    /// The service; none once it is deleted.
    pub service: Option<ServiceId>,
    /// Whether it wants tokens.
    pub wants_tokens: bool,
    /// What is wished of it, and how far its agent is.
    pub hosted: Hosted,
}

/// What a report has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HostingHeard {
    /// Whether anything was.
    pub changed: bool,
    /// Whether something is still to be sent to the agent.
    pub open: bool,
}

/// How an agent ended an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderEnd<'a> {
    /// It has written it down.
    Taken,
    /// It has not, and says why.
    Refused(&'a str),
}

/// Hosted services. They go with their agent, and are forgotten when it is released.
#[async_trait]
pub trait HostingStore: Send + Sync {
    /// The managed agents that may host services, by name.
    async fn hosting_agents(
        &self,
        filter: &HostingFilter,
        slice: Slice,
    ) -> Result<Page<HostingAgent>, StoreError>;

    /// Makes a service that an agent is to host; the agent is to be told what it belongs to anew. Of two of one name at the same moment
    /// the second is refused.
    async fn host(
        &self,
        new: NewHosted,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<HostRefusal>>;

    /// A hosted service; none where there is no such service, or it is not hosted.
    async fn hosted(&self, service: ServiceId) -> Result<Option<HostedView>, StoreError>;

    /// Changes what is wished of a hosted service; as the service was. One that is to go is deleted at once, and its agent is to be
    /// told what it belongs to anew.
    async fn order(
        &self,
        service: ServiceId,
        change: Change,
        by: &By,
        now: Moment,
    ) -> Result<ServiceView, Failure<OrderRefusal>>;

    /// The agents to which something is still to be sent, or sent again.
    async fn agents_with_orders(&self) -> Result<Vec<AgentId>, StoreError>;

    /// What is still to be sent to an agent, or sent again; the oldest wish first.
    async fn open_orders(&self, agent: AgentId) -> Result<Vec<HostedView>, StoreError>;

    /// How an agent ended the order of this generation. True if that changes anything.
    async fn end_order(
        &self,
        agent: AgentId,
        offer: &OfferName,
        generation: u64,
        end: OrderEnd<'_>,
        now: Moment,
    ) -> Result<bool, StoreError>;

    /// What an agent says that it can host, and of each service that it has orders for. What changes nothing is not written.
    async fn record_hosting(
        &self,
        agent: AgentId,
        capability: Capability,
        services: Vec<(OfferName, Reported)>,
        now: Moment,
    ) -> Result<HostingHeard, StoreError>;
}
