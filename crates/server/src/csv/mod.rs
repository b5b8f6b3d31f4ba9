//! Comma-separated values (RFC 4180), read from a stream and written, each record by itself: however long a list is, only a record of it
//! is in memory.
//!
//! What a spreadsheet would take for a formula is written with an apostrophe before it, which is taken away again where it is read.

mod read;
mod write;

pub(crate) use read::{Broken, Reader, Record};
pub(crate) use write::row;

/// What a value begins with that a spreadsheet takes for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether it is a formula, behind any number of apostrophes.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

#[cfg(test)]
mod tests;
