//! The control plane's keys: made at first start, kept as files of mode 0600 in the data folder.
//!
//! `ca.pem` and `ca.key` are the CA; `command.key` signs commands; `hand-over.key` signs the cookies of service pages;
//! `audit.key` seals the audit log; `secrets.key` seals the secrets in the settings; `edge-services.key` proves the control
//! plane to edge services, with `edge-services-2.key` beside it while that pair is exchanged ([`KeyPairs`]). Each file is written under another name, synced and renamed, so that a crash leaves all of it or
//! nothing.

mod backup;
pub mod http;
mod pairs;
mod placing;
mod rotation;

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edgeward_pki::{Authority, CommandSigner, PkiError, SECRET_KEY_BYTES};

pub use backup::{BackupError, backup, restore};
pub use pairs::{KeyPair, KeyPairs, PairError};
pub use rotation::{Rotation, RotationError};

const CA_FILE: &str = "ca.pem";
const CA_KEY_FILE: &str = "ca.key";
const COMMAND_KEY_FILE: &str = "command.key";
const HAND_OVER_KEY_FILE: &str = "hand-over.key";
const AUDIT_KEY_FILE: &str = "audit.key";
const SECRETS_KEY_FILE: &str = "secrets.key";
const EDGE_SERVICES_KEY_FILE: &str = "edge-services.key";

/// The token of this machine's own operator, made anew at each start.
pub const OPERATOR_FILE: &str = "operator.json";

/// Every file of mode 0600 that a first start makes in the data folder.
pub const FILES: [&str; 8] = [
    CA_FILE,
    CA_KEY_FILE,
    COMMAND_KEY_FILE,
    HAND_OVER_KEY_FILE,
    AUDIT_KEY_FILE,
    SECRETS_KEY_FILE,
    EDGE_SERVICES_KEY_FILE,
    OPERATOR_FILE,
];

/// [`FILES`] and those of further key pairs for edge services that are in the data folder.
pub fn files(data_dir: &Path) -> Result<Vec<String>, KeysError> {
    let mut files: Vec<String> = FILES.map(str::to_owned).into();
    let pairs = pairs::files(data_dir)?;
    files.extend(
        pairs
            .into_iter()
            .filter(|name| name != EDGE_SERVICES_KEY_FILE),
    );
    Ok(files)
}

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
    #[error("{} does not hold a usable key; restore it from a backup ({})", .0.display(), what_a_new_key_would_do(.0))]
    Damaged(PathBuf, #[source] Option<PkiError>),
    /// One half of the CA is there without the other.
    #[error("{} is missing although its other half exists; restore both from a backup", .0.display())]
    Half(PathBuf),
    /// A key could not be made.
    #[error("cannot make a key")]
    Make(#[source] PkiError),
    /// The key pair for edge services could not be made.
    #[error("cannot make the RSA key pair for edge services; start again, and if that does not help, put an RSA key of 2048 bits (PKCS#8, PEM) at {}", .0.display())]
    EdgeServices(PathBuf, #[source] PkiError),
}

/// Why a damaged key cannot simply be made anew.
fn what_a_new_key_would_do(file: &Path) -> &'static str {
    match file.file_name().and_then(|name| name.to_str()) {
        Some(AUDIT_KEY_FILE) => "with a new one, the audit log would look forged",
        Some(SECRETS_KEY_FILE) => {
            "with a new one, the passwords in the settings could not be read and would have to be set again"
        }
        Some(name) if pairs::number_of(name).is_some() => {
            "with a new one, edge services would refuse the control plane until they have its public key"
        }
        _ => "a new one would lock out every agent",
    }
}

/// All keys of an installation.
pub struct Keys {
    /// Issues device certificates and the agent port's own.
    pub authority: Authority,
    /// Signs commands.
    pub signer: CommandSigner,
    /// Signs hand-over tickets and cookies.
    pub hand_over: Vec<u8>,
    /// Seals the audit log.
    pub audit: [u8; SECRET_KEY_BYTES],
    /// Seals the secrets in the settings.
    pub secrets: [u8; SECRET_KEY_BYTES],
    /// Prove the control plane to edge services.
    pub edge_services: KeyPairs,
}

impl Keys {
    /// Reads the keys in a data folder, making those that are not there yet.
    pub fn open(data_dir: &Path, now: SystemTime) -> Result<Self, KeysError> {
        make_folder(data_dir)?;
        Ok(Self {
            authority: authority(data_dir, now)?,
            signer: signer(data_dir)?,
            hand_over: hand_over(data_dir)?,
            audit: bytes(data_dir, AUDIT_KEY_FILE)?,
            secrets: bytes(data_dir, SECRETS_KEY_FILE)?,
            edge_services: KeyPairs::open(data_dir)?,
        })
    }
}

/// Makes a data folder, for this user only, unless it is there.
fn make_folder(data_dir: &Path) -> Result<(), KeysError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| KeysError::Folder(data_dir.into(), error))
}

fn authority(data_dir: &Path, now: SystemTime) -> Result<Authority, KeysError> {
    let (certificate_file, key_file) = (data_dir.join(CA_FILE), data_dir.join(CA_KEY_FILE));
    match (read(&certificate_file)?, read(&key_file)?) {
        (Some(certificate), Some(key)) => Authority::from_pem(&certificate, &key)
            .map_err(|e| KeysError::Damaged(key_file, Some(e))),
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
        return CommandSigner::from_pkcs8_pem(&pem).map_err(|e| KeysError::Damaged(file, Some(e)));
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

/// A key that is nothing but random bytes, in base64url.
fn bytes(data_dir: &Path, name: &str) -> Result<[u8; SECRET_KEY_BYTES], KeysError> {
    let file = data_dir.join(name);
    if let Some(text) = read(&file)? {
        let decoded = URL_SAFE_NO_PAD.decode(text.trim()).unwrap_or_default();
        return decoded
            .try_into()
            .map_err(|_| KeysError::Damaged(file, None));
    }
    let key = edgeward_pki::random_bytes::<SECRET_KEY_BYTES>();
    write_private(&file, URL_SAFE_NO_PAD.encode(key).as_bytes())?;
    Ok(key)
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_and_are_for_this_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path(), SystemTime::now()).unwrap();
        let again = Keys::open(folder.path(), SystemTime::now()).unwrap();
        assert_eq!(first.audit, again.audit);
        assert_eq!(first.secrets, again.secrets);
        assert_ne!(first.audit, first.secrets);
        let public = |keys: &Keys| keys.edge_services.newest().key().public_pem();
        assert_eq!(public(&first), public(&again));
        assert_eq!(first.authority.fingerprint(), again.authority.fingerprint());
        for name in FILES.iter().filter(|name| **name != OPERATOR_FILE) {
            let mode = fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions();
            assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_damaged_key_is_never_replaced_and_the_error_says_what_that_would_do() {
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path(), SystemTime::now()).unwrap();
        for (name, said) in [
            (AUDIT_KEY_FILE, "look forged"),
            (SECRETS_KEY_FILE, "set again"),
            (EDGE_SERVICES_KEY_FILE, "public key"),
            (COMMAND_KEY_FILE, "every agent"),
        ] {
            let file = folder.path().join(name);
            let whole = fs::read(&file).unwrap();
            fs::write(&file, &whole[..whole.len() / 2]).unwrap();
            let error = Keys::open(folder.path(), SystemTime::now()).err().unwrap();
            assert!(error.to_string().contains(said), "{error}");
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(fs::read(&file).unwrap().len(), whole.len() / 2, "{name}");
            fs::write(&file, whole).unwrap();
        }
        Keys::open(folder.path(), SystemTime::now()).unwrap();
    }
}
