//! Why snapd did not do, or did not say, what it was asked.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a question to snapd has no answer. `asked` is its method and path, such as `GET /v2/snaps`.
#[derive(Debug, thiserror::Error)]
pub enum SnapdError {
    /// There was no connection: snapd is not installed, not running, or restarting. Nothing was asked.
    #[error("cannot connect to snapd at {} for {asked}", socket.display())]
    Away {
        /// What was to be asked.
        asked: String,
        /// Where.
        socket: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The connection broke. Whether it was done what was asked is not known.
    #[error("the connection to snapd broke during {asked}")]
    Lost {
        /// What was asked.
        asked: String,
        /// How it broke.
        source: Box<dyn Error + Send + Sync>,
    },
    /// snapd was silent for too long. Whether it was done what was asked is not known.
    #[error("snapd has not answered {asked} within {limit:?}")]
    TimedOut {
        /// What was asked.
        asked: String,
        /// How long it had.
        limit: Duration,
    },
    /// The answer is too large.
    #[error("snapd's answer to {asked} has more than {limit_bytes} bytes")]
    TooLarge {
        /// What was asked.
        asked: String,
        /// How much would have been taken.
        limit_bytes: usize,
    },
    /// snapd says no, in its own words.
    #[error("{message}")]
    Refused {
        /// What was asked.
        asked: String,
        /// The HTTP status.
        status: u16,
        /// snapd's name for it, such as `snap-not-found`, `snap-change-conflict`, `snap-no-update-available` or
        /// `snap-already-installed`; often empty.
        kind: String,
        /// snapd's words.
        message: String,
    },
    /// The answer is none that snapd would give.
    #[error("snapd's answer to {asked} cannot be understood: {reason}")]
    Answer {
        /// What was asked.
        asked: String,
        /// Why not.
        reason: String,
    },
    /// The text cannot be part of a question.
    #[error("\"{0}\" cannot be the name of anything in snapd")]
    Name(String),
}

/// What snapd answers while another change works on the same snap.
pub(crate) const CONFLICT: &str = "snap-change-conflict";

impl SnapdError {
    /// snapd's name for a refusal; empty if it has none, or if this is no refusal.
    pub fn kind(&self) -> &str {
        match self {
            Self::Refused { kind, .. } => kind,
            _ => "",
        }
    }

    /// Whether snapd cannot be reached, so that the same question may well be answered later. Nothing was asked.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away { .. })
    }

    /// Whether it is not known if snapd has done what it was asked.
    pub fn is_unsure(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. } | Self::TimedOut { .. } | Self::TooLarge { .. } | Self::Answer { .. }
        )
    }

    /// Whether another change is in the way, so that the same question may well be answered when it is over.
    pub fn is_conflict(&self) -> bool {
        self.kind() == CONFLICT
    }

    /// Whether what was asked for is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether a question that changes nothing should be asked again.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Away { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::WouldBlock
            ),
            Self::Lost { .. } => true,
            _ => false,
        }
    }
}
