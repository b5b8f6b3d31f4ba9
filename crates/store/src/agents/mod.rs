//! Agents: from enrolment over adoption to deletion, with the edge services that come and go with it.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::agent::{
    AdoptRefusal, Agent, AgentFacts, Certificate, DeleteRefusal, Membership, ReleaseRefusal, Step,
    TransferRefusal,
};
use edgeward_domain::audit::By;
use edgeward_domain::token::UseRefusal;
use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId, ServiceId};

use crate::{AgentIds, Failure, Homes, Page, Slice, Sort, StoreError};

pub(crate) mod sql;

/// An agent to be recorded.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// The id.
    pub id: AgentId,
    /// What it says of itself.
    pub facts: AgentFacts,
    /// The address it comes from, as the control plane sees it.
    pub address: String,
}

/// Why an agent is not let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnrolRefusal {
    /// No join token has this secret.
    #[error("no join token has this secret; it may have been deleted: make a new one")]
    UnknownToken,
    /// The token's time is over.
    #[error("the join token has expired; make a new one")]
    Expired,
    /// The token was used as often as it may be.
    #[error("the join token was used as often as it may be; make a new one")]
    UsedUp,
    /// As many unmanaged agents wait as may.
    #[error("{limit} unmanaged agents wait already; adopt or delete some, or use a join token")]
    TooManyUnmanaged {
        /// How many may.
        limit: u64,
    },
}

impl From<UseRefusal> for EnrolRefusal {
    fn from(refusal: UseRefusal) -> Self {
        match refusal {
            UseRefusal::Expired => Self::Expired,
            UseRefusal::UsedUp => Self::UsedUp,
        }
    }
}

/// There is no such agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no such agent")]
pub struct UnknownAgent;

/// How a presented certificate stands to what is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertificateUse {
    /// The newest one, and the one before it is not valid any more.
    Current,
    /// The newest one, while the one before it is still valid: call [`AgentStore::certificate_seen`].
    New,
    /// The one before the newest, which was not yet seen in use.
    Previous,
}

/// What an agent reports after connecting.
#[derive(Clone, Debug)]
pub struct Hello {
    /// What it says of itself.
    pub facts: AgentFacts,
    /// The address it comes from, as the control plane sees it; none where an operator's broker hides it, and the recorded
    /// one stays.
    pub address: Option<String>,
    /// What it has recorded that it belongs to.
    pub membership: Option<Membership>,
    /// The highest command number that it has accepted.
    pub last_command: u64,
}

/// What came of a hello.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelloOutcome {
    /// The agent as it is recorded from now on.
    pub agent: Agent,
    /// What remains to be done; never [`Step::MarkConfirmed`], which was done at once.
    pub step: Step,
    /// Whether anything that lists show has changed.
    pub changed: bool,
}

/// An agent that was moved to another project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transferred {
    /// The agent as it is now; still to be told.
    pub agent: Agent,
    /// The project that it was in.
    pub from: ProjectId,
    /// Its services that are called otherwise now: the id, the old and the new name.
    pub renamed: Vec<(ServiceId, Name, Name)>,
}

/// A released agent, and the services that ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Released {
    /// The agent, unmanaged.
    pub agent: Agent,
    /// The services that stood for its offers; they exist no more.
    pub services: Vec<ServiceId>,
}

/// An agent with the names of what it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentView {
    /// The agent.
    pub agent: Agent,
    /// The names of its organisation and project; present when it is managed.
    pub place: Option<Place>,
    /// Where it waits for adoption; none when it is managed, and when it waits for the system administrator.
    pub home: Option<Home>,
}

/// The organisation in which an agent waits for adoption.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Home {
    /// Which.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: Name,
}

/// The names of an organisation and a project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The organisation's.
    pub organisation: Name,
    /// The project's.
    pub project: Name,
}

/// Whether agents were adopted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Management {
    /// They were not.
    Unmanaged,
    /// They were.
    Managed,
}

/// Which agents to list; all conditions together.
#[derive(Clone, Debug)]
pub struct AgentFilter {
    /// Only unmanaged, or only managed.
    pub management: Option<Management>,
    /// Only agents of this organisation, also those that wait in it.
    pub organisation: Option<OrganisationId>,
    /// Only agents of this project.
    pub project: Option<ProjectId>,
    /// Only agents with this text in name, host name, description, address or id; case does not matter.
    pub text: Option<String>,
    /// Only these agents.
    pub ids: AgentIds,
    /// Only managed agents of these organisations and projects.
    pub visible: Visible,
    /// Only unmanaged agents that wait in these homes.
    pub homes: Homes,
}

impl AgentFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible, homes: Homes) -> Self {
        Self {
            management: None,
            organisation: None,
            project: None,
            text: None,
            ids: AgentIds::Any,
            visible,
            homes,
        }
    }
}

/// By what agents are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AgentColumn {
    /// When they were recorded.
    Created,
    /// The name that they were adopted under, else their host name.
    Name,
    /// When they were last heard; those that never were are before all others.
    LastHeard,
    /// The agent's version, as text.
    Version,
}

/// The least that is known of each agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RosterEntry {
    /// The id.
    pub id: AgentId,
    /// Whether it was adopted.
    pub management: Management,
    /// The organisation that it belongs to or waits in.
    pub organisation: Option<OrganisationId>,
    /// The project that it belongs to; present when it is managed.
    pub project: Option<ProjectId>,
    /// When it was last heard, as far as that was written down.
    pub last_heard_at: Option<Moment>,
}

/// Agents.
#[async_trait]
pub trait AgentStore: Send + Sync {
    /// Checks the join token with this secret's hash (SHA-256, hexadecimal), counts the use, and records the agent; adopted
    /// at once when the token names a project, under its host name; else waiting in the token's organisation, if it names one.
    async fn enrol_with_token(
        &self,
        secret_hash: &str,
        agent: NewAgent,
        now: Moment,
    ) -> Result<Agent, Failure<EnrolRefusal>>;

    /// Records an unmanaged agent, unless `limit` of them exist.
    async fn enrol_unmanaged(
        &self,
        agent: NewAgent,
        limit: u64,
        now: Moment,
    ) -> Result<Agent, Failure<EnrolRefusal>>;

    /// Records a new certificate. The one that was last seen in use stays valid until the new one is.
    async fn record_certificate(
        &self,
        id: AgentId,
        certificate: Certificate,
        now: Moment,
    ) -> Result<(), Failure<UnknownAgent>>;

    /// The certificate with this serial number was used: if it is the newest, the one before it is not valid any more.
    async fn certificate_seen(&self, id: AgentId, serial: &str) -> Result<(), StoreError>;

    /// How this certificate stands to what is recorded; none when it is not valid (any more), or there is no such agent.
    async fn find_by_certificate(
        &self,
        id: AgentId,
        serial: &str,
    ) -> Result<Option<CertificateUse>, StoreError>;

    /// Deletes the agents that were recorded before `before` and never got a certificate; how many.
    async fn forget_unfinished(&self, before: Moment, now: Moment) -> Result<u64, StoreError>;

    /// Records what an agent says: facts and address; for a managed agent a service for each new offer (none is ever deleted
    /// here); and whether the membership that it reports is the recorded one. A hello that brings nothing new writes nothing.
    async fn record_hello(
        &self,
        id: AgentId,
        hello: Hello,
        now: Moment,
    ) -> Result<HelloOutcome, Failure<UnknownAgent>>;

    /// Records when agents were last heard; never earlier than recorded. Agents that do not exist are passed over.
    async fn record_heard(&self, heard: &[(AgentId, Moment)]) -> Result<(), StoreError>;

    /// The agents that match, and how many they are.
    async fn agents(
        &self,
        filter: &AgentFilter,
        sort: Sort<AgentColumn>,
        slice: Slice,
    ) -> Result<Page<AgentView>, StoreError>;

    /// The agent with this id.
    async fn agent(&self, id: AgentId) -> Result<Option<AgentView>, StoreError>;

    /// Every agent, in brief: for counting, and for what is kept in memory.
    async fn roster(&self) -> Result<Vec<RosterEntry>, StoreError>;

    /// Adopts an agent, and makes an edge service for each of its offers.
    async fn adopt(
        &self,
        id: AgentId,
        name: Name,
        organisation: OrganisationId,
        project: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<AgentView, Failure<AdoptRefusal>>;

    /// The agent reports this membership (none: it has forgotten the one that it had): notes it if it is what is recorded.
    /// What remains to be done is returned, as in [`HelloOutcome::step`].
    async fn confirm_membership(
        &self,
        id: AgentId,
        reported: Option<&Membership>,
        now: Moment,
    ) -> Result<Step, Failure<UnknownAgent>>;

    /// Releases an agent: it is unmanaged, its edge services end, and it stays marked until it reports no membership. It waits
    /// in the organisation that it was in.
    async fn release(
        &self,
        id: AgentId,
        by: &By,
        now: Moment,
    ) -> Result<Released, Failure<ReleaseRefusal>>;

    /// Moves managed agents, with their edge services, to another project: all of them or none. Names that are taken there
    /// get a number, as on adoption. Agents that are in it already stay as they are and are not in the answer.
    async fn transfer_agents(
        &self,
        ids: &[AgentId],
        to: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Transferred>, Failure<TransferRefusal>>;

    /// Deletes an unmanaged agent; its certificate is not valid any more.
    async fn delete(&self, id: AgentId, by: &By, now: Moment)
    -> Result<(), Failure<DeleteRefusal>>;

    /// The next number for a command to this agent: higher than any before, and than any that it reported.
    async fn next_command_number(&self, id: AgentId) -> Result<u64, Failure<UnknownAgent>>;

    /// As [`Self::next_command_number`], for many at once: a number for each id, in the same order; none for an agent that does
    /// not exist. An id may come more than once.
    async fn next_command_numbers(&self, ids: &[AgentId]) -> Result<Vec<Option<u64>>, StoreError>;

    /// The agents whose own record is not known to be what is recorded here: managed and unconfirmed, or released and not
    /// yet told. What to send to each follows from [`Agent::state`].
    async fn unsettled(&self) -> Result<Vec<Agent>, StoreError>;
}
