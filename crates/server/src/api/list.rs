//! What the lists' queries have in common.

use edgeward_api::list as api;
use edgeward_store::{Direction, MAX_PAGE_ITEMS, Slice};

use super::ApiError;

/// The longest text that a list is searched for, in characters.
const MAX_SEARCH_CHARS: usize = 100;

/// The part of a list that a query asks for.
pub(crate) fn slice(offset: Option<u64>, limit: Option<u64>) -> Result<Slice, ApiError> {
    let limit = limit.unwrap_or(MAX_PAGE_ITEMS);
    if !(1..=MAX_PAGE_ITEMS).contains(&limit) {
        return Err(ApiError::invalid(format!(
            "limit is {limit}; it must be 1 to {MAX_PAGE_ITEMS}"
        )));
    }
    Ok(Slice {
        offset: offset.unwrap_or(0),
        limit,
    })
}

/// Which way a query wants a list sorted.
pub(crate) const fn direction(direction: api::Direction) -> Direction {
    match direction {
        api::Direction::Ascending => Direction::Ascending,
        api::Direction::Descending => Direction::Descending,
    }
}

/// The text that a query searches for, within limits; nothing when it is empty.
pub(crate) fn searched(text: Option<&str>) -> Option<String> {
    let text: String = text?.trim().chars().take(MAX_SEARCH_CHARS).collect();
    (!text.is_empty()).then_some(text)
}
