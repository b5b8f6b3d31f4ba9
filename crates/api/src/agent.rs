//! Agents: listing, adopting, releasing.

use edgeward_ids::{AgentId, Name, OfferName, OrganisationId, ProjectId, ServiceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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
