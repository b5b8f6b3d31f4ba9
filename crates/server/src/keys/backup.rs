//! All keys of an installation in one file, to be kept elsewhere, and the way back into a data folder.
//!
//! The file is JSON with the text of each key file and a checksum over all of them, so that half a file is noticed. Whoever has it is the
//! installation: it is as secret as the data folder. The database is not in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{EDGE_SERVICES_KEY_FILE, FILES, KeysError, OPERATOR_FILE, pairs, write_private};

/// The shape that this program writes.
const VERSION: u32 = 1;

/// The largest file that is read as a backup, in bytes.
const MAX_BACKUP_BYTES: u64 = 1024 * 1024;

/// The keys as a backup has them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    /// [`VERSION`].
    edgeward_keys: u32,
    /// Text by file name.
    files: BTreeMap<String, String>,
    /// SHA-256 over names and texts, hexadecimal.
    sha256: String,
}

/// Why keys were not backed up or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A key is not there.
    #[error("{} is missing; back up the data folder of a control plane that has been started once", .0.display())]
    Missing(PathBuf),
    /// The backup is not there, or cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is something else, or damaged.
    #[error("{} is not a backup of keys, or it is damaged: {reason}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another key is there.
    #[error(
        "{} holds another key than the backup; whoever trusts that key would be lost. Move the data folder's keys away first",
        .0.display()
    )]
    Other(PathBuf),
    /// A file could not be written.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// Writes all keys of a data folder into one file of mode 0600; returns how many they are.
pub fn backup(data_dir: &Path, to: &Path) -> Result<usize, BackupError> {
    let mut files = BTreeMap::new();
    let mut names: Vec<String> = kept().map(str::to_owned).collect();
    match pairs::files(data_dir)? {
        // The first one is named as missing then.
        pairs if pairs.is_empty() => names.push(EDGE_SERVICES_KEY_FILE.to_owned()),
        pairs => names.extend(pairs),
    }
    for name in names {
        let file = data_dir.join(&name);
        match fs::read_to_string(&file) {
            Ok(text) => files.insert(name, text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(BackupError::Missing(file));
            }
            Err(error) => return Err(BackupError::Read(file, error)),
        };
    }
    let count = files.len();
    let sha256 = checksum(&files);
    let backup = Backup {
        edgeward_keys: VERSION,
        files,
        sha256,
    };
    let text =
        serde_json::to_vec_pretty(&backup).map_err(|error| damaged(to, error.to_string()))?;
    write_private(to, &text)?;
    Ok(count)
}

/// Writes the keys of a backup into a data folder, which is made if need be; returns how many were not there yet. A key that is there
/// and differs is never replaced, and then none is written.
pub fn restore(from: &Path, data_dir: &Path) -> Result<usize, BackupError> {
    let backup = read(from)?;
    let mut missing = Vec::new();
    for (name, text) in &backup.files {
        let file = data_dir.join(name);
        match fs::read_to_string(&file) {
            Ok(there) if there == *text => {}
            Ok(_) => return Err(BackupError::Other(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.push((file, text));
            }
            Err(error) => return Err(BackupError::Read(file, error)),
        }
    }
    super::make_folder(data_dir)?;
    for (file, text) in &missing {
        write_private(file, text.as_bytes())?;
    }
    Ok(missing.len())
}

fn read(file: &Path) -> Result<Backup, BackupError> {
    let unread = |error| BackupError::Read(file.into(), error);
    let damaged = |reason: &str| damaged(file, reason.to_owned());
    if fs::metadata(file).map_err(unread)?.len() > MAX_BACKUP_BYTES {
        return Err(damaged("it is too large"));
    }
    let text = fs::read(file).map_err(unread)?;
    let backup: Backup =
        serde_json::from_slice(&text).map_err(|error| damaged(&error.to_string()))?;
    if backup.edgeward_keys != VERSION {
        return Err(damaged("it is of another version of this program"));
    }
    if backup.sha256 != checksum(&backup.files) {
        return Err(damaged("its checksum does not fit"));
    }
    let is_pair = |name: &str| pairs::number_of(name).is_some();
    let is_key = |name: &str| is_pair(name) || kept().any(|known| known == name);
    if let Some(name) = backup.files.keys().find(|name| !is_key(name)) {
        return Err(damaged(&format!("{name:?} is not the name of a key")));
    }
    let missing = kept().find(|name| !backup.files.contains_key(*name));
    let no_pair = !backup.files.keys().any(|name| is_pair(name));
    if let Some(name) = missing.or(no_pair.then_some(EDGE_SERVICES_KEY_FILE)) {
        return Err(damaged(&format!("{name} is not in it")));
    }
    Ok(backup)
}

fn damaged(file: &Path, reason: String) -> BackupError {
    BackupError::Damaged {
        file: file.into(),
        reason,
    }
}

/// The files that make an installation what it is, beside the key pairs for edge services; the operator's token is made anew at each start.
fn kept() -> impl Iterator<Item = &'static str> {
    let others = [OPERATOR_FILE, EDGE_SERVICES_KEY_FILE];
    FILES.into_iter().filter(move |name| !others.contains(name))
}

fn checksum(files: &BTreeMap<String, String>) -> String {
    let mut all = Vec::new();
    for part in files.iter().flat_map(|(name, text)| [name, text]) {
        all.extend((part.len() as u64).to_be_bytes());
        all.extend(part.as_bytes());
    }
    edgeward_pki::sha256_hex(&all)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::SystemTime;

    use super::*;
    use crate::keys::Keys;

    #[test]
    fn keys_come_back_as_they_were_and_others_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().join("data"), folder.path().join("keys.json"));
        assert!(matches!(backup(&data, &file), Err(BackupError::Missing(_))));
        let keys = Keys::open(&data, SystemTime::now()).unwrap();
        assert_eq!(backup(&data, &file).unwrap(), 7);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let elsewhere = folder.path().join("elsewhere");
        assert_eq!(restore(&file, &elsewhere).unwrap(), 7);
        assert_eq!(restore(&file, &elsewhere).unwrap(), 0, "nothing is missing");
        let again = Keys::open(&elsewhere, SystemTime::now()).unwrap();
        assert_eq!(again.authority.fingerprint(), keys.authority.fingerprint());
        let public = |keys: &Keys| keys.edge_services.newest().key().public_pem();
        assert_eq!(public(&again), public(&keys));
        let mode = fs::metadata(elsewhere.join("ca.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);

        let other = folder.path().join("other");
        Keys::open(&other, SystemTime::now()).unwrap();
        fs::remove_file(other.join("audit.key")).unwrap();
        assert!(matches!(restore(&file, &other), Err(BackupError::Other(_))));
        assert!(!other.join("audit.key").exists(), "nothing was written");
    }

    #[test]
    fn every_key_pair_that_there_is_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().join("data"), folder.path().join("keys.json"));
        let keys = Keys::open(&data, SystemTime::now()).unwrap();
        let pairs = &keys.edge_services;
        let second = pairs.add(pairs.prepare_next().unwrap()).unwrap();
        let numbers = |data: &Path| {
            let pairs = Keys::open(data, SystemTime::now()).unwrap().edge_services;
            let pairs = pairs.all();
            pairs.iter().map(|pair| pair.number()).collect::<Vec<_>>()
        };
        for (kept, expected) in [(8, vec![1, 2]), (7, vec![2])] {
            let elsewhere = tempfile::tempdir().unwrap();
            assert_eq!(backup(&data, &file).unwrap(), kept);
            assert_eq!(restore(&file, elsewhere.path()).unwrap(), kept);
            assert_eq!(numbers(elsewhere.path()), expected);
            let back = Keys::open(elsewhere.path(), SystemTime::now()).unwrap();
            assert_eq!(
                back.edge_services.newest().key().fingerprint(),
                second.key().fingerprint()
            );
            let _retired = keys.edge_services.retire(1);
        }
        fs::remove_file(data.join("edge-services-2.key")).unwrap();
        let none = backup(&data, &file).unwrap_err().to_string();
        assert!(none.contains("edge-services.key"), "{none}");
    }

    #[test]
    fn half_a_file_a_changed_one_and_a_foreign_name_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().join("data"), folder.path().join("keys.json"));
        Keys::open(&data, SystemTime::now()).unwrap();
        backup(&data, &file).unwrap();
        let whole = fs::read_to_string(&file).unwrap();
        let target = folder.path().join("target");
        let foreign = {
            let mut backup: Backup = serde_json::from_str(&whole).unwrap();
            backup.files.insert("../../etc/passwd".into(), "x".into());
            backup.sha256 = checksum(&backup.files);
            serde_json::to_string(&backup).unwrap()
        };
        for (bad, said) in [
            (whole[..whole.len() / 2].to_owned(), "EOF"),
            (whole.replacen('A', "B", 1), "checksum"),
            (
                whole.replace("\"edgeward_keys\": 1", "\"edgeward_keys\": 2"),
                "another version",
            ),
            (foreign, "not the name of a key"),
        ] {
            fs::write(&file, bad).unwrap();
            let error = restore(&file, &target).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        assert!(!target.exists());
    }
}
