//! Names that people give, and names of what an agent offers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that a person gives to an organisation, project, agent or service.
///
/// 1 to 50 characters: letters and digits of any script, spaces, `_` and `-`; no space at either end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or only spaces.
    #[error("the name is empty; give it 1 to {max} characters", max = Name::MAX_CHARS)]
    Empty,
    /// Longer than [`Name::MAX_CHARS`].
    #[error("the name has {0} characters; {max} are allowed", max = Name::MAX_CHARS)]
    TooLong(usize),
    /// A character outside the allowed set.
    #[error("the name contains {0:?}; letters, digits, spaces, \"_\" and \"-\" are allowed")]
    Character(char),
}

impl Name {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 50;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let chars = text.chars().count();
        if chars > Self::MAX_CHARS {
            return Err(NameError::TooLong(chars));
        }
        match text
            .chars()
            .find(|c| !(c.is_alphanumeric() || matches!(c, ' ' | '_' | '-')))
        {
            Some(c) => Err(NameError::Character(c)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// The name under which an agent offers a service: what its configuration calls it.
///
/// 1 to 32 characters: `a`–`z`, `0`–`9` and `-`, beginning with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(try_from = "String", into = "String")]
pub struct OfferName(String);

/// The text is not an [`OfferName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" cannot name an offered service; use 1 to {max} characters of a-z, 0-9 and \"-\", beginning with a letter or digit",
    max = OfferName::MAX_CHARS
)]
pub struct OfferNameError(String);

impl OfferName {
    /// The longest offer name, in characters.
    pub const MAX_CHARS: usize = 32;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OfferName {
    type Err = OfferNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ok = (1..=Self::MAX_CHARS).contains(&text.len())
            && !text.starts_with('-')
            && text
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(OfferNameError(text.chars().take(64).collect()))
        }
    }
}

macro_rules! text_conversions {
    ($name:ident, $error:ident) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_conversions!(Name, NameError);
text_conversions!(OfferName, OfferNameError);
