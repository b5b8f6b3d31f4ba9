//! Agents: what is recorded of one, and how it is adopted, released and deleted.

mod settle;
mod transfer;
mod transitions;

use std::collections::BTreeMap;

use edgeward_ids::{AgentId, Name, OfferName, OrganisationId, ProjectId, ServiceId};

pub use settle::{Step, next_step, settle};
pub use transfer::{MAX_TRANSFERRED, TransferRefusal, transfer};
pub use transitions::{
    AdoptRefusal, DeleteRefusal, ReleaseRefusal, adopt, may_delete, missing_services,
    name_from_hostname, release, standing_for,
};

use crate::Moment;

/// The most services that one agent may offer; what it reports beyond is not recorded.
pub const MAX_OFFERS: usize = 64;

/// An agent, as recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    /// Also its MQTT client id and its certificate's common name.
    pub id: AgentId,
    /// Whether it was adopted.
    pub state: AgentState,
    /// What it last said of itself.
    pub facts: AgentFacts,
    /// The address it comes from, as the control plane saw it.
    pub address: String,
    /// Its newest certificate; absent between the record of its enrolment and the signing.
    pub certificate: Option<Certificate>,
    /// When it was recorded.
    pub created_at: Moment,
    /// When it was last heard, give or take the interval at which that is written down.
    pub last_heard_at: Option<Moment>,
}

/// Whether an agent was adopted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AgentState {
    /// It may be present, and nothing else.
    Unmanaged,
    /// As [`Self::Unmanaged`], and it is still to be told that it was released.
    Released,
    /// It was adopted.
    Managed {
        /// Into what.
        membership: Membership,
        /// Whether the agent has reported this very membership.
        confirmed: bool,
    },
}

impl AgentState {
    /// What it belongs to, if it was adopted.
    pub const fn membership(&self) -> Option<&Membership> {
        match self {
            Self::Unmanaged | Self::Released => None,
            Self::Managed { membership, .. } => Some(membership),
        }
    }

    /// Whether it was adopted.
    pub const fn is_managed(&self) -> bool {
        self.membership().is_some()
    }
}

/// What an adopted agent belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The project.
    pub project: ProjectId,
    /// The name that it was adopted under.
    pub name: Name,
    /// The edge service that stands for each offer; also for offers that were withdrawn.
    pub services: BTreeMap<OfferName, ServiceId>,
}

/// What an agent says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AgentFacts {
    /// The device's host name.
    pub hostname: String,
    /// Free text from the agent's configuration.
    pub description: String,
    /// The agent's version.
    pub version: String,
    /// Operating system, such as `Debian GNU/Linux 12`.
    pub os: String,
    /// Processor, such as `x86_64`.
    pub arch: String,
    /// The address from which it reaches the broker, as it sees it.
    pub local_address: String,
    /// What it offers.
    pub offers: Vec<Offer>,
}

/// A service that the agent's configuration allows to be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// What the agent calls it.
    pub name: OfferName,
    /// What it is, such as `neuron` or `http`.
    pub kind: String,
    /// Free text.
    pub description: String,
}

/// A device certificate, as far as it is recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// The serial number, lower-case hexadecimal.
    pub serial: String,
    /// When it ends.
    pub not_after: Moment,
}

#[cfg(test)]
mod tests;
