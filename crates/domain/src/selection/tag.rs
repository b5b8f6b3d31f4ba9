//! Words that people give to devices and edge services.

use std::fmt;
use std::str::FromStr;

/// The most tags of a device, and of a selection.
pub const MAX_TAGS: usize = 20;

/// The longest tag, in characters.
const MAX_TAG_CHARS: usize = Tag::MAX_CHARS;

/// A word given to devices and edge services, such as `line-3` or `site:berlin`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tag(String);

/// What cannot be a tag.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{0}\" is not a tag: a tag has 1 to {MAX_TAG_CHARS} of a-z, 0-9, \".\", \"_\", \"-\", \":\" and \"/\""
)]
pub struct BadTag(String);

impl Tag {
    /// The longest tag, in characters.
    pub const MAX_CHARS: usize = 64;

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = BadTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = |char: char| {
            char.is_ascii_lowercase() || char.is_ascii_digit() || "._-:/".contains(char)
        };
        if (1..=MAX_TAG_CHARS).contains(&text.len()) && text.chars().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadTag(text.chars().take(MAX_TAG_CHARS).collect()))
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
