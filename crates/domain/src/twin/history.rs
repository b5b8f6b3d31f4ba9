//! What a twin was, and who made it so.

use serde_json::{Map, Value};

use super::merge;
use crate::Moment;

/// A side of a twin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    /// What the device reports.
    Reported,
    /// What it is wished to be.
    Desired,
}

impl Part {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Desired => "desired",
        }
    }

    /// The part with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Reported, Self::Desired]
            .into_iter()
            .find(|part| part.as_str() == word)
    }
}

/// One write, as it is remembered.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Which side.
    pub part: Part,
    /// The version that it made.
    pub version: u64,
    /// When.
    pub at: Moment,
    /// Who, by name: `agent`, or the person or program.
    pub writer: String,
    /// What it changed, as a merge patch.
    pub patch: Value,
    /// The merge patch that undoes it.
    pub undo: Value,
}

/// What a document was, from what it is and the changes since: the newest first.
pub fn as_it_was<'a>(
    now: &Map<String, Value>,
    since: impl IntoIterator<Item = &'a Change>,
) -> Map<String, Value> {
    let mut value = Value::Object(now.clone());
    for change in since {
        merge(&mut value, &change.undo);
    }
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

impl Change {
    /// Whether it touched what is at this path: itself, something in it, or something that it is in.
    pub fn touches(&self, path: &[&str]) -> bool {
        touches(&self.patch, path)
    }
}

fn touches(patch: &Value, path: &[&str]) -> bool {
    match (patch, path.split_first()) {
        (_, None) => true,
        (Value::Object(members), Some((name, rest))) => members
            .get(*name)
            .is_some_and(|change| touches(change, rest)),
        // A member on the way was replaced or removed.
        (_, Some(_)) => true,
    }
}
