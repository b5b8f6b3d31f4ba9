//! The overview: what is running and how much there is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /overview`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    /// The control plane's version.
    pub version: String,
    /// Numbers of agents.
    pub agents: AgentCounts,
    /// Numbers of edge services.
    pub services: ServiceCounts,
    /// The agent service: the broker that agents connect to.
    pub agent_service: AgentService,
    /// SHA-256 of the CA certificate, hexadecimal.
    pub ca_fingerprint: String,
    /// Which database is in use: `sqlite` or `postgresql`.
    pub database: String,
}

/// Numbers of agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentCounts {
    /// Adopted and connected.
    pub managed_online: u64,
    /// Adopted and not connected.
    pub managed_offline: u64,
    /// Not adopted, connected.
    pub unmanaged_online: u64,
    /// Not adopted, not connected.
    pub unmanaged_offline: u64,
}

/// Numbers of edge services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceCounts {
    /// That can be reached.
    pub online: u64,
    /// That cannot.
    pub offline: u64,
}

/// The broker that agents connect to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentService {
    /// `embedded` or `external`.
    pub kind: String,
    /// Where agents connect.
    pub address: String,
    /// Whether the control plane is connected to it.
    pub connected: bool,
    /// Since when it has been so.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The last error, if any.
    pub last_error: Option<String>,
}
