//! Agents: listing, adopting, releasing.

use edgeward_ids::{AgentId, Name, OfferName, OrganisationId, ProjectId, ServiceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::list::Direction;

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// The id.
    pub id: AgentId,
    /// Whether it was adopted.
    pub management: Management,
    /// Whether it is connected.
    pub presence: Presence,
    /// The device's host name.
    pub hostname: String,
    /// Free text from the agent's configuration.
    pub description: String,
    /// The agent's version.
    pub version: String,
    /// Operating system and processor.
    pub platform: String,
    /// The address it comes from.
    pub address: String,
    /// How it reaches the control plane; `direct`, or through which site proxy.
    pub path: String,
    /// What it offers.
    pub offers: Vec<Offer>,
    /// When it was first seen.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last heard.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_heard_at: Option<Timestamp>,
    /// When its certificate ends.
    #[schema(value_type = String, format = DateTime)]
    pub certificate_expires_at: Timestamp,
    /// Present when it is managed.
    pub membership: Option<Membership>,
    /// Where it waits for adoption; absent when it is managed, and when it waits for the system administrator.
    pub waits_in: Option<WaitsIn>,
}

/// Where an unmanaged agent waits for adoption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitsIn {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// Its name.
    pub organisation_name: Name,
}

/// Whether an agent was adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Management {
    /// It may be present, and nothing else.
    Unmanaged,
    /// It was adopted.
    Managed,
}

/// Whether an agent is connected, by what was heard from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Heard within the time-out.
    Online,
    /// Not heard, or said good-bye.
    Offline,
}

/// A service that the agent's configuration allows to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// What the agent calls it.
    pub name: OfferName,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text.
    pub description: String,
    /// The edge service made for it, once adopted.
    pub service_id: Option<ServiceId>,
}

/// What an adopted agent belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AgentMembership)]
pub struct Membership {
    /// The name that it was adopted under.
    pub name: Name,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The organisation's name.
    pub organisation_name: Name,
    /// The project.
    pub project_id: ProjectId,
    /// The project's name.
    pub project_name: Name,
    /// Whether the agent has confirmed it.
    pub confirmed: bool,
}

/// `GET /agents`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AgentFilter {
    /// Only unmanaged, or only managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
    /// Only online, or only offline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Only agents of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only agents of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only agents with this text in name, host name, description, address or id; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// By what to sort; the newest first unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<AgentSort>,
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

/// By what agents are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentSort {
    /// When they were first seen; descending unless said otherwise.
    #[default]
    Created,
    /// The name that they were adopted under, else their host name.
    Name,
    /// When they were last heard.
    LastHeard,
    /// The agent's version.
    Version,
}

/// `POST /agents/{id}/adopt`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdoptRequest {
    /// The name to give.
    pub name: Name,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// A project of that organisation.
    pub project_id: ProjectId,
}

/// The most agents in one transfer.
pub const MAX_TRANSFERRED: usize = 1000;

/// `POST /agents/transfer`: moves managed agents, with their edge services, to another project; all of them or none.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// Which, 1 to 1000.
    pub agent_ids: Vec<AgentId>,
    /// Where to.
    pub project_id: ProjectId,
}
