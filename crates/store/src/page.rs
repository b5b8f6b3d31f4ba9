//! What the lists have in common.

use std::collections::HashSet;
use std::sync::Arc;

use edgeward_ids::AgentId;

/// The beginning of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// The first of what matches, at most as many as were asked for.
    pub items: Vec<T>,
    /// How many match in all.
    pub total: u64,
}

/// A choice of agents that the caller knows and the database does not, such as those that are online.
///
/// Any number: it is applied to ids in memory, never bound to a statement.
#[derive(Clone, Debug, Default)]
pub enum AgentIds {
    /// All.
    #[default]
    Any,
    /// Only these.
    Only(Arc<HashSet<AgentId>>),
    /// All but these.
    Except(Arc<HashSet<AgentId>>),
}

impl AgentIds {
    /// Whether this agent is chosen.
    pub(crate) fn contains(&self, id: AgentId) -> bool {
        match self {
            Self::Any => true,
            Self::Only(ids) => ids.contains(&id),
            Self::Except(ids) => !ids.contains(&id),
        }
    }
}
