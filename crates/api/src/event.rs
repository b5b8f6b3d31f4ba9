//! Live events: `GET /events`, a stream of server-sent events named `changed`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something changed; whoever shows it asks for it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// What kind of thing.
    pub kind: Kind,
}

/// A kind of thing that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Agents, their presence and what they offer.
    Agents,
    /// Edge services.
    Services,
    /// Organisations and projects.
    Organisations,
    /// Join tokens.
    JoinTokens,
    /// The agent service.
    AgentService,
    /// Users and memberships, one's own permissions among them.
    Users,
    /// API tokens.
    ApiTokens,
    /// The audit log.
    Audit,
    /// The installation's settings.
    Settings,
    /// Sessions.
    Sessions,
    /// Actions on devices.
    Actions,
    /// Rollouts.
    Rollouts,
    /// Deliveries of configurations.
    Deliveries,
    /// Templates of configurations.
    Templates,
    /// Registered devices, and what organisations ask of them.
    Registrations,
    /// Twins of devices.
    Twins,
}
