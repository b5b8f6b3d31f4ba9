//! How far a service's clock is from ours.

use jiff::fmt::rfc2822::DateTimeParser;
use serde::{Deserialize, Serialize};

use crate::Answer;

/// A service's clock may be this far from ours before that is worth a word, in seconds.
pub const CLOCK_TOLERANCE_S: i64 = 60;

/// How far a service's clock is from ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "apart", rename_all = "snake_case")]
pub enum Apart {
    /// It says so itself.
    Exactly {
        /// Seconds that it is ahead of ours; negative when it is behind.
        ahead_s: i64,
    },
    /// Ahead, by what tokens of different lives were worth.
    Ahead {
        /// At least so many seconds.
        at_least_s: i64,
        /// At most so many, when a token with a longer life was accepted.
        at_most_s: Option<i64>,
    },
    /// Behind: a token is not yet valid there.
    Behind {
        /// At least so many seconds.
        at_least_s: i64,
    },
    /// One way or the other: a token with a wide span was accepted, one with a narrow span was not.
    Within {
        /// At most so many seconds.
        at_most_s: i64,
    },
}

/// How far ahead of `now_s` an answer says it is, in seconds, when it says what time it is.
pub(crate) fn ahead_s(answer: &Answer, now_s: i64) -> Option<i64> {
    let date = answer.date.as_deref()?;
    let there = DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(there.as_second().saturating_sub(now_s))
}

impl Apart {
    /// In words, such as `3 hours ahead of ours`.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Exactly { ahead_s } if ahead_s < 0 => {
                format!("{} behind ours", span(ahead_s))
            }
            Self::Exactly { ahead_s } => format!("{} ahead of ours", span(ahead_s)),
            Self::Ahead {
                at_least_s,
                at_most_s: Some(most_s),
            } => format!(
                "between {} and {} ahead of ours",
                span(at_least_s),
                span(most_s)
            ),
            Self::Ahead {
                at_least_s,
                at_most_s: None,
            } => format!("more than {} ahead of ours", span(at_least_s)),
            Self::Behind { at_least_s } => format!("at least {} behind ours", span(at_least_s)),
            Self::Within { at_most_s } => {
                format!("ahead of ours or behind it, by up to {}", span(at_most_s))
            }
        }
    }
}

/// A span of time in the largest unit of which it has two or more, rounded down.
fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (count, unit) = match seconds {
        172_800.. => (seconds / 86_400, "days"),
        7_200.. => (seconds / 3_600, "hours"),
        120.. => (seconds / 60, "minutes"),
        1 => (1, "second"),
        _ => (seconds, "seconds"),
    };
    format!("{count} {unit}")
}
