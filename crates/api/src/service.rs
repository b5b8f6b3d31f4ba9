//! Edge services: listing and opening.

use edgeward_ids::{AgentId, Name, OfferName, OrganisationId, ProjectId, ServiceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::agent::Presence;
use crate::list::Direction;

/// An edge service reached through an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// The id; also the first label of its page's host name.
    pub id: ServiceId,
    /// Its name.
    pub name: Name,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text from the agent's configuration.
    pub description: String,
    /// Whether it can be reached.
    pub state: ServiceState,
    /// The agent that offers it.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: Name,
    /// What the agent calls it.
    pub offer: OfferName,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The organisation's name.
    pub organisation_name: Name,
    /// The project.
    pub project_id: ProjectId,
    /// The project's name.
    pub project_name: Name,
    /// Its agent's presence.
    pub presence: Presence,
    /// How it is reached; `direct`, or through which site proxy.
    pub path: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Whether a service can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Its agent is online and offers it.
    Online,
    /// Its agent is offline.
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
    /// Only services with this text in name, agent name, kind, description or id; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
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
