//! Why a session is closed, as one byte.

use std::fmt;

/// Why a session is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseCode {
    /// The sender has no more use for it.
    Done,
    /// What arrived at the sender broke the rules, or something was lost.
    Violation,
    /// The sender's program is ending.
    ShuttingDown,
    /// A newer session takes its place.
    Replaced,
    /// The sender will not have it: unknown session, or not allowed.
    Refused,
    /// A code of a later version.
    Other(u8),
}

impl CloseCode {
    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Violation => 1,
            Self::ShuttingDown => 2,
            Self::Replaced => 3,
            Self::Refused => 4,
            Self::Other(byte) => byte,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Done,
            1 => Self::Violation,
            2 => Self::ShuttingDown,
            3 => Self::Replaced,
            4 => Self::Refused,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Violation => f.write_str("violation"),
            Self::ShuttingDown => f.write_str("shutting down"),
            Self::Replaced => f.write_str("replaced"),
            Self::Refused => f.write_str("refused"),
            Self::Other(byte) => write!(f, "code {byte}"),
        }
    }
}
