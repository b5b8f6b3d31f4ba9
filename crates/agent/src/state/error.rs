//! What can go wrong with the state directory.

use std::io;
use std::path::PathBuf;

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system refuses.
    #[error("cannot {attempt} {}{}", path.display(), advice(source))]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file does not make sense.
    #[error("{} is damaged; restore it, or join again with --replace", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says; none if the file is far too large.
        source: Option<serde_json::Error>,
    },
    /// Another agent has it.
    #[error("another edgeward-agent uses {}; stop it first, or give this one its own --state-dir", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; run this as root, or choose a directory of yours with --state-dir"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some disk space and try again"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a directory on a writable disk with --state-dir"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "; a file is where a directory should be"
        }
        _ => "",
    }
}
