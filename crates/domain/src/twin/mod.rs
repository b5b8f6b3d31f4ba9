//! The twin: what a device reports of itself, what it is wished to be, and what lies between.
//!
//! Both are JSON objects with a version that counts its writes. Each write is remembered as a merge patch (RFC 7396) with the
//! patch that undoes it, so that every earlier state, and whoever set a leaf, can be found. A merge patch cannot speak of
//! nulls, so a member that is null counts as missing.

mod difference;
mod history;
mod patch;
mod sections;

use patch::patch_of_members;
use serde_json::{Map, Value};

pub use difference::{Leaf, MAX_LEAVES, difference};
pub use history::{Change, Part, as_it_was};
pub use patch::{merge, patch_between, without_nulls};
pub use sections::Sections;

use crate::Moment;

/// The largest document, as JSON, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// How deep a document may be nested.
pub const MAX_DEPTH: usize = 32;

/// How many writes of each part are remembered for a device; the oldest are forgotten beyond.
pub const MAX_CHANGES: u64 = 500;

/// One side of a twin.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Document {
    /// The content.
    pub value: Map<String, Value>,
    /// How often it was written; 0 if never.
    pub version: u64,
    /// When it was last written.
    pub at: Option<Moment>,
}

/// Both sides.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Twin {
    /// What the device reports.
    pub reported: Document,
    /// What it is wished to be: as far as it matters, not everything.
    pub desired: Document,
    /// Since when the device has not been what is wished, without a break; none when it is.
    pub differs_since: Option<Moment>,
}

/// Why a document is not written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WriteRefusal {
    /// Somebody else has written meanwhile.
    #[error(
        "the document has version {found} by now and not {expected}; read it again and decide anew"
    )]
    Conflict {
        /// The version that the writer had seen.
        expected: u64,
        /// The version that there is.
        found: u64,
    },
    /// It would be too large.
    #[error("the document would have {bytes} bytes; {MAX_DOCUMENT_BYTES} are allowed")]
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// It would be nested too deep.
    #[error("the document would be nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// A write that is allowed: the document as it is afterwards, and how to go there and back.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    /// The document afterwards.
    pub document: Document,
    /// What it changed.
    pub patch: Value,
    /// What undoes it.
    pub undo: Value,
}

/// Writes a whole document, or nothing when nothing would change.
///
/// # Errors
/// `expected` is a version and not the one that there is; or the new content is too large or too deep.
pub fn write(
    before: &Document,
    content: Map<String, Value>,
    expected: Option<u64>,
    now: Moment,
) -> Result<Option<Written>, WriteRefusal> {
    if let Some(expected) = expected
        && expected != before.version
    {
        return Err(WriteRefusal::Conflict {
            expected,
            found: before.version,
        });
    }
    let content = without_nulls(content);
    let Some(patch) = patch_of_members(&before.value, &content) else {
        return Ok(None);
    };
    fits(&content, 0)?;
    Ok(Some(Written {
        undo: patch_of_members(&content, &before.value).unwrap_or_default(),
        patch,
        document: Document {
            value: content,
            version: before.version + 1,
            at: Some(now),
        },
    }))
}

/// Whether a document may be kept; beside these members it has so many bytes.
fn fits(members: &Map<String, Value>, beside: usize) -> Result<(), WriteRefusal> {
    if members.values().any(|value| depth(value) >= MAX_DEPTH) {
        return Err(WriteRefusal::TooDeep);
    }
    let mut bytes = Counted(beside);
    // Whatever can be a value can be written, and counting does not fail.
    let _counted = serde_json::to_writer(&mut bytes, members);
    if bytes.0 > MAX_DOCUMENT_BYTES {
        return Err(WriteRefusal::TooLarge { bytes: bytes.0 });
    }
    Ok(())
}

/// Counts what is written.
struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Since when the twin differs, after a write: it keeps its time as long as there is a difference.
pub fn differs_since(twin: &Twin, now: Moment) -> Option<Moment> {
    let differs = !difference(&twin.desired.value, &twin.reported.value).is_empty();
    differs.then(|| twin.differs_since.unwrap_or(now))
}

/// How deep a value is nested; stops counting beyond what is allowed.
fn depth(value: &Value) -> usize {
    fn below(value: &Value, at: usize) -> usize {
        if at > MAX_DEPTH {
            return at;
        }
        let inner = |values: &mut dyn Iterator<Item = &Value>| {
            values.map(|value| below(value, at + 1)).max().unwrap_or(at)
        };
        match value {
            Value::Object(members) => inner(&mut members.values()),
            Value::Array(items) => inner(&mut items.iter()),
            _ => at,
        }
    }
    below(value, 1)
}

#[cfg(test)]
mod tests;
