//! What the agent keeps on disk.
//!
//! `identity.json` (mode 0600) holds key, certificate and where to go, in one file, so that they are always of one
//! piece; `ledger.json` what was commanded: the highest command number and the membership; `running.json` what the running
//! agent says of itself; `hosting/` what is wished of each hosted service. Files are replaced as a whole and synced. The directory itself
//! is the lock: one agent at a time.

mod atomic;
mod error;
mod identity;
mod ledger;

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edgeward_ids::{AgentId, OfferName};
use edgeward_runtime::Chain;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::StateError;
pub use identity::{Identity, ServerTrust};
pub use ledger::Ledger;

const IDENTITY: &str = "identity.json";
const LEDGER: &str = "ledger.json";
const RUNNING: &str = "running.json";

/// The folder with a file for each hosted service.
const HOSTED: &str = "hosting";

/// What the name of each ends with.
const HOSTED_SUFFIX: &str = ".json";

/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// How much must fit on the disk before an identity is asked for, in bytes: more than any identity has.
const PROBE_BYTES: usize = 64 * 1024;

/// How often and how long apart the lock is tried: `status` holds it for a moment.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The agent's directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateDir {
    path: PathBuf,
}

/// The right to write to a state directory; given back on drop, also when the process dies.
#[derive(Debug)]
pub struct Claim {
    dir: StateDir,
    /// Held for its lock.
    _lock: File,
    created: bool,
}

impl StateDir {
    /// The directory at this path, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files that make the device known, and what it was commanded; whether they are there or not.
    pub(crate) fn identity_files(&self) -> [PathBuf; 3] {
        [IDENTITY, LEDGER, RUNNING].map(|name| self.path.join(name))
    }

    /// Where it is written down what is hosted; whether it is there or not.
    pub(crate) fn hosted_folder(&self) -> PathBuf {
        self.path.join(HOSTED)
    }

    /// Makes the directory if it is not there (mode 0700), and locks it.
    ///
    /// # Errors
    /// It cannot be made or opened, or another agent has it: [`StateError::InUse`].
    pub fn claim(&self) -> Result<Claim, StateError> {
        let created = !self.path.exists();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)
            .map_err(|source| self.error("create", "", source))?;
        let lock = File::open(&self.path).map_err(|source| self.error("open", "", source))?;
        for attempt in 1.. {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < LOCK_TRIES => {
                    std::thread::sleep(LOCK_PAUSE)
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StateError::InUse {
                        path: self.path.clone(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(self.error("lock", "", source)),
            }
        }
        Ok(Claim {
            dir: self.clone(),
            _lock: lock,
            created,
        })
    }

    /// Whether an agent runs with this directory.
    pub fn is_claimed(&self) -> bool {
        let Ok(lock) = File::open(&self.path) else {
            return false;
        };
        matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// The identity, if the device has joined.
    ///
    /// # Errors
    /// The file cannot be read, or it is damaged.
    pub fn read_identity(&self) -> Result<Option<Identity>, StateError> {
        self.read(IDENTITY)
    }

    /// What was commanded to this agent; empty if nothing was, or if the file is another agent's.
    ///
    /// # Errors
    /// The file cannot be read, or it is damaged.
    pub fn read_ledger(&self, agent: AgentId) -> Result<Ledger, StateError> {
        let ledger: Option<Ledger> = self.read(LEDGER)?;
        Ok(ledger
            .filter(|ledger| ledger.agent == agent)
            .unwrap_or_else(|| Ledger::new(agent)))
    }

    /// What the running agent says of itself.
    ///
    /// # Errors
    /// The file cannot be read, or it is damaged.
    pub fn read_running<T: DeserializeOwned>(&self) -> Result<Option<T>, StateError> {
        self.read(RUNNING)
    }

    /// What is written down of hosted services; what is damaged is passed over.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn read_hosted<T: DeserializeOwned>(&self) -> Result<Vec<T>, StateError> {
        let folder = match fs::read_dir(self.path.join(HOSTED)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder.map_err(|source| self.error("read", HOSTED, source))?,
        };
        let mut found = Vec::new();
        for file in folder {
            let file = file.map_err(|source| self.error("read", HOSTED, source))?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !name.ends_with(HOSTED_SUFFIX) {
                continue;
            }
            match self.read(&format!("{HOSTED}/{name}")) {
                Ok(one) => found.extend::<Option<T>>(one),
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "what is written down of a hosted service is passed over");
                }
            }
        }
        Ok(found)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StateError> {
        let file = self.path.join(name);
        match fs::metadata(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.error("read", name, source)),
            Ok(metadata) if metadata.len() > MAX_FILE_BYTES => {
                return Err(StateError::Damaged {
                    path: file,
                    source: None,
                });
            }
            Ok(_) => {}
        }
        let bytes = fs::read(&file).map_err(|source| self.error("read", name, source))?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| StateError::Damaged {
                path: file,
                source: Some(source),
            })
    }

    fn error(&self, attempt: &'static str, name: &str, source: io::Error) -> StateError {
        let path = if name.is_empty() {
            self.path.clone()
        } else {
            self.path.join(name)
        };
        StateError::Io {
            attempt,
            path,
            source,
        }
    }
}

/// Puts the bytes in place of a file outside of a state directory, private and on the disk; its folder is made if need be.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (
        path.parent(),
        path.file_name().and_then(|name| name.to_str()),
    ) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    atomic::replace(folder, name, bytes, atomic::Sync::Disk)
}

impl Claim {
    /// The directory.
    pub fn dir(&self) -> &StateDir {
        &self.dir
    }

    /// Finds out whether there is room for an identity, before one is asked for.
    ///
    /// # Errors
    /// There is none, or the directory is not writable.
    pub fn probe(&self) -> Result<(), StateError> {
        atomic::probe(&self.dir.path, PROBE_BYTES)
            .map_err(|source| self.dir.error("write to", "", source))
    }

    /// Replaces the identity; what was commanded to another agent no longer counts.
    ///
    /// # Errors
    /// It cannot be written; then the old one is still there.
    pub fn write_identity(&self, identity: &Identity) -> Result<(), StateError> {
        self.write(IDENTITY, identity, atomic::Sync::Disk)
    }

    /// Replaces the ledger. It is on the disk when this is back.
    ///
    /// # Errors
    /// It cannot be written; then the old one is still there.
    pub fn write_ledger(&self, ledger: &Ledger) -> Result<(), StateError> {
        self.write(LEDGER, ledger, atomic::Sync::Disk)
    }

    /// Replaces what the running agent says of itself.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_running<T: Serialize>(&self, running: &T) -> Result<(), StateError> {
        self.write(RUNNING, running, atomic::Sync::Later)
    }

    /// Replaces what is written down of a hosted service. It is on the disk when this is back.
    ///
    /// # Errors
    /// It cannot be written; then what was there before still is.
    pub(crate) fn write_hosted<T: Serialize>(
        &self,
        service: &OfferName,
        value: &T,
    ) -> Result<(), StateError> {
        let folder = self.dir.path.join(HOSTED);
        let name = format!("{service}{HOSTED_SUFFIX}");
        let error = |source| self.dir.error("write", &format!("{HOSTED}/{name}"), source);
        let bytes = serde_json::to_vec(value).map_err(|source| error(source.into()))?;
        replace_file(&folder.join(&name), &bytes).map_err(error)
    }

    /// Removes what is written down of a hosted service.
    ///
    /// # Errors
    /// It is still there.
    pub(crate) fn remove_hosted(&self, service: &OfferName) -> Result<(), StateError> {
        let name = format!("{HOSTED}/{service}{HOSTED_SUFFIX}");
        match fs::remove_file(self.dir.path.join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.dir.error("remove", &name, error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the directory if this claim made it and nothing is in it, so that a failure leaves nothing behind.
    pub fn abandon(self) {
        if self.created {
            let _not_empty = fs::remove_dir(&self.dir.path);
        }
    }

    fn write<T: Serialize>(
        &self,
        name: &str,
        value: &T,
        sync: atomic::Sync,
    ) -> Result<(), StateError> {
        let error = |source| self.dir.error("write", name, source);
        let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| error(source.into()))?;
        bytes.push(b'\n');
        atomic::replace(&self.dir.path, name, &bytes, sync).map_err(error)
    }
}

#[cfg(test)]
mod tests;
