//! Edge services: listing and opening. A service's password never is in an answer.

mod call;
mod change;
mod figures;
mod hosted;
mod many;
mod words;

use edgeward_ids::{AgentId, Name, OfferName, OrganisationId, ProjectId, ServiceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::agent::Presence;
use crate::list::Direction;

pub use call::{CallAnswer, CallRequest, MAX_CALL_BODY_BYTES};
pub use change::{MAX_CREDENTIAL_CHARS, MAX_DESCRIPTION_CHARS, ServiceChange, ServiceRequest};
pub use figures::{FigureSeries, ServiceFigures};
pub use hosted::{
    DEFAULT_HEALTHY_WITHIN_S, Hosted, HostedMade, HostedPort, HostedProgress, HostedRefused,
    HostedRequest, HostedSpec, HostedState, HostedVolume, HostingAgent, HostingFilter,
    MAX_HOSTED_AT_ONCE, MAX_OPERATED_AT_ONCE, Operated, Operation, OperationRequest,
};
pub use many::{
    MAX_NAMED_AT_ONCE, MAX_REFUSED_LINES, MAX_SERVICE_IMPORT_BYTES, MAX_TAGGED_AT_ONCE,
    RefusedLine, ServiceImport, ServiceTagError, ServiceTagFilter, ServiceTagUse, ServiceTagged,
    ServiceTagging, ServicesImported,
};
pub use words::{ServiceAuthentication, ServiceKind};

/// An edge service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// The id; also the first label of its page's host name.
    pub id: ServiceId,
    /// Its name.
    pub name: Name,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text; an agent's service's is from the agent's configuration.
    pub description: String,
    /// Whether it can be reached.
    pub state: ServiceState,
    /// How it is reached.
    pub way: ServiceWay,
    /// The agent that offers it; absent where it is reached directly, as are the next two and `presence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<Name>,
    /// What the agent calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferName>,
    /// Where it is, such as `https://192.168.1.7:7000`; absent where it is an agent's, as is `pinned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The SHA-256 of the one certificate that is believed, 64 hexadecimal digits; absent where authorities vouch for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// What it wants to see before it answers.
    pub authentication: ServiceAuthentication,
    /// The user's name where that is `basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What the last look at it found; absent where nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<ServiceCheck>,
    /// The numbers of the key pairs that it is known to accept, ascending; absent where it does not want tokens, or nobody has asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<u32>>,
    /// Its tags, in order.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The organisation's name.
    pub organisation_name: Name,
    /// The project.
    pub project_id: ProjectId,
    /// The project's name.
    pub project_name: Name,
    /// How far its agent is with it; only where it is hosted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted: Option<HostedProgress>,
    /// Its agent's presence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// How it is reached; `direct`, or through which site proxy.
    pub path: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// How a service is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceWay {
    /// Through the agent that offers it.
    Agent,
    /// Through the agent that has made it.
    Hosted,
    /// By the control plane itself.
    Direct,
}

/// What the last look at a service found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceCheck {
    /// When that was, give or take a few minutes where nothing has changed since.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether it answered as what it is said to be, to whom we said we are.
    pub answers: bool,
    /// The version that it says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What was found, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<ServiceFinding>,
}

/// What a look at a service found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceFinding {
    /// A stable word, such as `proven` or `no_key_file`.
    pub code: String,
    /// How to take it.
    pub weight: FindingWeight,
    /// What was found.
    pub message: String,
    /// What to put right where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingWeight {
    /// As it should be.
    Good,
    /// It can be used, and something should be put right.
    Warning,
    /// It cannot be used.
    Bad,
}

/// Whether a service can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Its agent is online and offers it; or it is reached directly and answered when it was looked at last.
    Online,
    /// Its agent is offline; or it is reached directly and did not answer, or nobody has looked at it.
    Offline,
    /// Its agent is online and does not offer it any more.
    NotOffered,
}

/// `GET /services`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServiceFilter {
    /// Only services in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ServiceState>,
    /// Only services of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only services of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only services with this text in name, agent name, kind, description, address or id; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Only services that want tokens and are not known to accept the key pair of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_behind: Option<u32>,
    /// Only services of this kind, such as `neuron`; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only services that are reached in this way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<ServiceWay>,
    /// Only services that want to see this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<ServiceAuthentication>,
    /// Only services with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Only services with these ids, a comma between them; at most 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<String>,
    /// By what to sort; by name unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<ServiceSort>,
    /// Ascending unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// How many to pass over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// By what services are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceSort {
    /// Name.
    #[default]
    Name,
    /// Kind.
    Kind,
    /// The agent's name.
    Agent,
    /// When they were made.
    Created,
}

/// `POST /services/{id}/open`: a link to the service's own page.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenAnswer {
    /// Opens the page once; it carries a ticket that becomes a cookie of the service's own host name.
    pub url: String,
    /// When the link ends, unused.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}
