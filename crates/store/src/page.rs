//! What the lists have in common.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use edgeward_domain::access::{Action, Grants, Membership, Scope, permit};
use edgeward_ids::{AgentId, OrganisationId};
use sea_orm::sea_query::Order;
use uuid::Uuid;

/// The most items that one page has, whatever was asked for.
pub const MAX_PAGE_ITEMS: u64 = 1000;

/// A part of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// Those that were asked for.
    pub items: Vec<T>,
    /// How many match in all.
    pub total: u64,
}

/// Which part of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// How many to pass over.
    pub offset: u64,
    /// How many at most; never more than [`MAX_PAGE_ITEMS`].
    pub limit: u64,
}

impl Slice {
    /// The beginning, as much as there may be.
    pub const FIRST: Self = Self {
        offset: 0,
        limit: MAX_PAGE_ITEMS,
    };

    pub(crate) fn limit(self) -> u64 {
        self.limit.min(MAX_PAGE_ITEMS)
    }

    /// The databases count with signs.
    pub(crate) fn offset(self) -> u64 {
        self.offset.min(i64::MAX.unsigned_abs())
    }

    /// This part of what is in memory.
    pub(crate) fn cut<T>(self, items: Vec<T>) -> Vec<T> {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        items
            .into_iter()
            .skip(size(self.offset))
            .take(size(self.limit()))
            .collect()
    }
}

/// Which way a list is sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// By what a list is sorted, and which way. What is equal in it is sorted by id, the same way. Text is sorted by its code
/// points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort<By> {
    /// By what.
    pub by: By,
    /// Which way.
    pub direction: Direction,
}

impl<By> Sort<By> {
    /// The least first.
    pub const fn ascending(by: By) -> Self {
        Self {
            by,
            direction: Direction::Ascending,
        }
    }

    /// The greatest first.
    pub const fn descending(by: By) -> Self {
        Self {
            by,
            direction: Direction::Descending,
        }
    }
}

impl Direction {
    pub(crate) const fn order(self) -> Order {
        match self {
            Self::Ascending => Order::Asc,
            Self::Descending => Order::Desc,
        }
    }
}

/// What was found, in the order of these ids.
pub(crate) fn in_order<T>(ids: &[Uuid], found: Vec<T>, id: impl Fn(&T) -> Uuid) -> Vec<T> {
    let mut found: HashMap<Uuid, T> = found.into_iter().map(|item| (id(&item), item)).collect();
    ids.iter().filter_map(|id| found.remove(id)).collect()
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

/// Which of those agents and join tokens may be seen that belong to an organisation, or nowhere, but to no project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Homes {
    /// All there are, also those that belong nowhere.
    Everything,
    /// Those of these organisations.
    Of(BTreeSet<OrganisationId>),
}

impl Homes {
    /// Those that somebody with these grants may see: of the organisations whose members they may look at.
    pub fn seen_with(grants: &Grants) -> Self {
        if grants.is_system_admin() {
            return Self::Everything;
        }
        let organisations = grants.memberships().filter_map(|membership| {
            let Membership::Organisation { id, .. } = membership else {
                return None;
            };
            let scope = Scope::Organisation(id);
            permit(grants, Action::LookAtMembers, scope)
                .is_ok()
                .then_some(id)
        });
        Self::Of(organisations.collect())
    }

    /// Whether what belongs there, or nowhere, may be seen.
    pub fn contains(&self, home: Option<OrganisationId>) -> bool {
        match (self, home) {
            (Self::Everything, _) => true,
            (Self::Of(organisations), Some(id)) => organisations.contains(&id),
            (Self::Of(_), None) => false,
        }
    }
}
