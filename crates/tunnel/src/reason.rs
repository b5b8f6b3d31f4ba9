//! Why a session ended.

use std::io;

use edgeward_wire::frame::{CloseCode, FrameError};

/// Why a session ended. The first reason stays.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CloseReason {
    /// Both ends had finished writing.
    #[error("both ends finished")]
    Finished,
    /// This end dropped its stream before both had finished.
    #[error("this end left the tunnel")]
    Dropped,
    /// This end was told to end it, by [`crate::Inlet::abort`].
    #[error("this end closed the tunnel ({code}): {text}")]
    Aborted {
        /// What the other end is told.
        code: CloseCode,
        /// What the other end is told, for a person to read.
        text: String,
    },
    /// The other end said that it ends here.
    #[error("the other end closed the tunnel ({code}): {text}")]
    Peer {
        /// Its reason.
        code: CloseCode,
        /// Its reason, for a person to read.
        text: String,
    },
    /// A frame was lost, repeated, out of order or damaged, or the other end broke a rule.
    #[error("the tunnel broke: {0}")]
    Violation(#[from] Violation),
    /// The outlet closed, or the inlet was dropped: there is no way to the other end any more.
    #[error("the way to the other end is gone")]
    WayLost,
    /// HTTP/2 gave up: the other end no longer answers its pings, or breaks its rules.
    #[error("the other end no longer speaks HTTP/2")]
    Unresponsive,
}

/// What was wrong with a frame that arrived.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Violation {
    /// Not a frame, or a damaged one.
    #[error("a frame cannot be read: {0}")]
    Malformed(FrameError),
    /// Frames are missing.
    #[error("frame {expected} is missing, frame {got} came instead")]
    Gap {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// A frame came again, or too late.
    #[error("frame {got} came again or too late, frame {expected} was due")]
    Repeat {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// More than the window was sent.
    #[error("{outstanding} bytes came unasked for, {window} are allowed")]
    OverCredit {
        /// Charged bytes received and not yet credited.
        outstanding: u64,
        /// What is allowed.
        window: u64,
    },
    /// A credit that does not grow, or is for more than was sent.
    #[error("credit for {got} bytes, where more than {credited} and at most {sent} are possible")]
    BadCredit {
        /// What the credit said.
        got: u64,
        /// What had been credited before.
        credited: u64,
        /// What had been sent.
        sent: u64,
    },
    /// Data, or another end, after the end.
    #[error("data came after the end")]
    AfterFinish,
}

/// The error inside the [`io::Error`] of a stream whose session ended.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Ended(pub CloseReason);

impl CloseReason {
    /// What reading or writing says after this.
    pub fn to_io_error(&self) -> io::Error {
        let kind = match self {
            Self::Finished | Self::Dropped | Self::Aborted { .. } => io::ErrorKind::BrokenPipe,
            Self::Peer { .. } => io::ErrorKind::ConnectionReset,
            Self::Violation(_) => io::ErrorKind::InvalidData,
            Self::WayLost | Self::Unresponsive => io::ErrorKind::ConnectionAborted,
        };
        io::Error::new(kind, Ended(self.clone()))
    }
}
