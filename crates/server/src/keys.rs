//! The control plane's keys: made at first start, kept as files of mode 0600 in the data folder.
//!
//! `ca.pem` and `ca.key` are the CA; `command.key` signs commands; `hand-over.key` signs the cookies of service pages. Each file is
//! written under another name, synced and renamed, so that a crash leaves all of it or nothing.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use edgeward_pki::{Authority, CommandSigner};

const CA_FILE: &str = "ca.pem";
const CA_KEY_FILE: &str = "ca.key";
const COMMAND_KEY_FILE: &str = "command.key";
const HAND_OVER_KEY_FILE: &str = "hand-over.key";

/// The token of this machine's own operator, made anew at each start.
pub const OPERATOR_FILE: &str = "operator.json";

/// Every file of mode 0600 that a start makes in the data folder.
pub const FILES: [&str; 5] = [
    CA_FILE,
    CA_KEY_FILE,
    COMMAND_KEY_FILE,
    HAND_OVER_KEY_FILE,
    OPERATOR_FILE,
];

/// Why the keys could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used; it must exist or be creatable, and be writable by this user", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// A key file cannot be read or written.
    #[error("cannot {attempt} {}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Read or write.
        attempt: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A key file does not hold what it should.
    #[error("{} does not hold a usable key; restore it from a backup (a new one would lock out every agent)", .0.display())]
    Damaged(PathBuf, #[source] edgeward_pki::PkiError),
    /// One half of the CA is there without the other.
    #[error("{} is missing although its other half exists; restore both from a backup", .0.display())]
    Half(PathBuf),
    /// A key could not be made.
    #[error("cannot make a key")]
    Make(#[source] edgeward_pki::PkiError),
}

/// All keys of an installation.
pub struct Keys {
    /// Issues device certificates and the agent port's own.
    pub authority: Authority,
    /// Signs commands.
    pub signer: CommandSigner,
    /// Signs hand-over tickets and cookies.
    pub hand_over: Vec<u8>,
}

impl Keys {
    /// Reads the keys in a data folder, making those that are not there yet.
    pub fn open(data_dir: &Path, now: SystemTime) -> Result<Self, KeysError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data_dir)
            .map_err(|e| KeysError::Folder(data_dir.into(), e))?;
        Ok(Self {
            authority: authority(data_dir, now)?,
            signer: signer(data_dir)?,
            hand_over: hand_over(data_dir)?,
        })
    }
}

fn authority(data_dir: &Path, now: SystemTime) -> Result<Authority, KeysError> {
    let (certificate_file, key_file) = (data_dir.join(CA_FILE), data_dir.join(CA_KEY_FILE));
    match (read(&certificate_file)?, read(&key_file)?) {
        (Some(certificate), Some(key)) => {
            Authority::from_pem(&certificate, &key).map_err(|e| KeysError::Damaged(key_file, e))
        }
        (Some(_), None) => Err(KeysError::Half(key_file)),
        // The command key is made after the CA: whoever has it had a CA.
        (None, Some(_)) if data_dir.join(COMMAND_KEY_FILE).exists() => {
            Err(KeysError::Half(certificate_file))
        }
        // A crash between the two writes leaves the key alone; nothing was issued with it yet.
        (None, _) => {
            let authority = Authority::generate("Edgeward CA", now).map_err(KeysError::Make)?;
            write_private(&key_file, authority.key_pem().as_bytes())?;
            write_private(&certificate_file, authority.certificate_pem().as_bytes())?;
            Ok(authority)
        }
    }
}

fn signer(data_dir: &Path) -> Result<CommandSigner, KeysError> {
    let file = data_dir.join(COMMAND_KEY_FILE);
    if let Some(pem) = read(&file)? {
        return CommandSigner::from_pkcs8_pem(&pem).map_err(|e| KeysError::Damaged(file, e));
    }
    let signer = CommandSigner::generate().map_err(KeysError::Make)?;
    write_private(&file, signer.to_pem().as_bytes())?;
    Ok(signer)
}

fn hand_over(data_dir: &Path) -> Result<Vec<u8>, KeysError> {
    let file = data_dir.join(HAND_OVER_KEY_FILE);
    if let Some(text) = read(&file)? {
        return Ok(text.into_bytes());
    }
    let text = edgeward_pki::random_text();
    write_private(&file, text.as_bytes())?;
    Ok(text.into_bytes())
}

fn read(file: &Path) -> Result<Option<String>, KeysError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(KeysError::File {
            file: file.into(),
            attempt: "read",
            source: e,
        }),
    }
}

/// Writes a file that only this user may read, all of it or nothing.
pub fn write_private(file: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let fail = |e| KeysError::File {
        file: file.into(),
        attempt: "write",
        source: e,
    };
    let temporary = file.with_extension("new");
    let written = (|| {
        let mut out = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        fs::rename(&temporary, file)?;
        if let Some(folder) = file.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(fail)
}
