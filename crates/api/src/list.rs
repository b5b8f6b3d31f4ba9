//! The shape of every list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most items in one answer.
pub const MAX_ITEMS: u64 = 1000;

/// A list of things.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// What was found, at most 1000.
    pub items: Vec<T>,
    /// How many match in all.
    pub total: u64,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}
