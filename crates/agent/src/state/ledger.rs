//! What was commanded.

use edgeward_ids::AgentId;
use edgeward_wire::report::Membership;
use serde::{Deserialize, Serialize};

/// The highest command number that was accepted, and what the agent was adopted into.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ledger {
    /// Whose it is.
    pub agent: AgentId,
    /// A command with this number or a lower one is refused.
    pub last_command: u64,
    /// What the agent belongs to; none if it is unmanaged.
    pub membership: Option<Membership>,
}

impl Ledger {
    /// Of an agent that was never commanded anything.
    pub fn new(agent: AgentId) -> Self {
        Self {
            agent,
            last_command: 0,
            membership: None,
        }
    }
}
