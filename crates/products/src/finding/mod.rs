//! What an examination found: kept, shown, and put right by whoever reads it.

mod words;

use serde::{Deserialize, Serialize};

use crate::{Apart, Kind};

/// What an examination found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What the service was said to be.
    pub kind: Kind,
    /// The file name of our public key.
    pub file: String,
    /// What was found.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How it stands between a service and us.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It refuses a call without a credential, and accepts it with ours.
    Proven {
        /// Its version, where it says so.
        version: Option<String>,
        /// Seconds that its clock is ahead of ours, negative when behind; only when that is worth a word.
        clock_ahead_s: Option<i64>,
    },
    /// It accepts everybody's calls.
    NoAuthentication {
        /// Its version, where it says so.
        version: Option<String>,
    },
    /// It answers without a credential, and this kind has no call that would prove one.
    Reached {
        /// The status of its answer.
        status: u16,
    },
    /// It has no key file of our name.
    NoKeyFile,
    /// It has our key under another name.
    OtherFileName {
        /// Under which, when it is one that people often choose.
        found: Option<String>,
    },
    /// The key file of our name has another key in it.
    OtherKey,
    /// No key file of our name, or another key in it: the product does not say which.
    KeyFileOrKey,
    /// It says that every token has expired, though its clock is right.
    Expired,
    /// Its clock differs from ours by more than a token lasts.
    ClockApart {
        /// By how much.
        by: Apart,
    },
    /// It wants another kind of credential.
    WrongScheme {
        /// Which.
        wants: Wanted,
    },
    /// It does not know this user with this password.
    WrongPassword,
    /// It is something else.
    NotThisProduct {
        /// What it seems to be.
        looks_like: Option<Kind>,
        /// What it answered, in short.
        answered: String,
    },
    /// It answered in a way that explains nothing.
    Unclear {
        /// The status.
        status: u16,
        /// What it said, in short.
        said: String,
    },
    /// There was no answer.
    Unreachable {
        /// Why not.
        why: String,
    },
}

/// What a service wants to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A token.
    Token,
    /// User and password.
    Basic,
    /// One of the two; it does not say which.
    Either,
}

/// How a finding is to be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// As it should be.
    Good,
    /// It can be used, and something should be put right.
    Warning,
    /// It cannot be used.
    Bad,
}

impl Finding {
    /// Stable, snake_case: the same as the field `verdict` in JSON.
    pub fn code(&self) -> &'static str {
        match self.verdict {
            Verdict::Proven { .. } => "proven",
            Verdict::NoAuthentication { .. } => "no_authentication",
            Verdict::Reached { .. } => "reached",
            Verdict::NoKeyFile => "no_key_file",
            Verdict::OtherFileName { .. } => "other_file_name",
            Verdict::OtherKey => "other_key",
            Verdict::KeyFileOrKey => "key_file_or_key",
            Verdict::Expired => "expired",
            Verdict::ClockApart { .. } => "clock_apart",
            Verdict::WrongScheme { .. } => "wrong_scheme",
            Verdict::WrongPassword => "wrong_password",
            Verdict::NotThisProduct { .. } => "not_this_product",
            Verdict::Unclear { .. } => "unclear",
            Verdict::Unreachable { .. } => "unreachable",
        }
    }

    /// How to take it.
    pub fn weight(&self) -> Weight {
        match self.verdict {
            Verdict::Proven {
                clock_ahead_s: None,
                ..
            }
            | Verdict::Reached { .. } => Weight::Good,
            Verdict::Proven { .. } | Verdict::NoAuthentication { .. } => Weight::Warning,
            _ => Weight::Bad,
        }
    }

    /// Whether it accepts tokens that are signed with the key whose file this names; none where it did not say.
    pub fn accepts_key(&self) -> Option<bool> {
        match self.verdict {
            Verdict::Proven { .. } => Some(true),
            Verdict::NoKeyFile
            | Verdict::OtherFileName { .. }
            | Verdict::OtherKey
            | Verdict::KeyFileOrKey => Some(false),
            _ => None,
        }
    }

    /// Whether the service can be used as it stands.
    pub fn is_usable(&self) -> bool {
        self.weight() != Weight::Bad
    }

    /// The service's version, where it was found out.
    pub fn version(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Proven { version, .. } | Verdict::NoAuthentication { version } => {
                version.as_deref()
            }
            _ => None,
        }
    }
}
