//! Edge services: what stands in a project for an offer of an adopted agent, or for what the control plane reaches by itself;
//! and how it is called.

mod address;
mod naming;
mod tags;
mod way;

use edgeward_ids::{AgentId, Name, OfferName, OrganisationId, ProjectId, ServiceId};

pub use address::{Address, AddressError, Host, Scheme, SchemeError};
pub use naming::{base_name, free_name, named_for, shared_beginning};
pub use tags::{TagLimits, TagRefusal};
pub use way::{Authentication, Check, PinError, Trust, Way};

use crate::Moment;

/// An edge service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// The id; also the first label of its page's host name.
    pub id: ServiceId,
    /// Unique in its project.
    pub name: Name,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text; an agent's service's is from the agent's configuration.
    pub description: String,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The project.
    pub project: ProjectId,
    /// When it was made.
    pub created_at: Moment,
    /// How it is reached.
    pub way: Way,
    /// What it wants to see.
    pub authentication: Authentication,
}

impl Service {
    /// The agent that offers it; none where it is reached directly.
    pub const fn agent(&self) -> Option<AgentId> {
        match &self.way {
            Way::Agent { agent, .. } => Some(*agent),
            Way::Direct { .. } => None,
        }
    }

    /// What its agent calls it; none where it is reached directly.
    pub const fn offer(&self) -> Option<&OfferName> {
        match &self.way {
            Way::Agent { offer, .. } => Some(offer),
            Way::Direct { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
