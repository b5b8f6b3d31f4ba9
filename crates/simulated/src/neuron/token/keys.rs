//! The public keys in the folder.

use std::path::PathBuf;

use jsonwebtoken::DecodingKey;
use parking_lot::Mutex;

use crate::jwt::key_in;

/// The most key files that one scan takes.
const MAX_KEY_FILES: usize = 8;

/// Which files hold keys.
const KEY_ENDINGS: [&str; 2] = ["pem", "pub"];

/// A file with a public key.
struct KeyFile {
    name: String,
    key: DecodingKey,
}

/// The public keys of those who may sign tokens, as they were at the last scan.
pub(super) struct KeyFolder {
    path: PathBuf,
    files: Mutex<Vec<KeyFile>>,
}

impl KeyFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        let folder = Self {
            path,
            files: Mutex::default(),
        };
        folder.scan();
        folder
    }

    /// The key of the first file whose name begins with `issuer`; an empty issuer fits them all.
    pub(super) fn find(&self, issuer: &str) -> Option<DecodingKey> {
        let files = self.files.lock();
        let found = files.iter().find(|file| file.name.starts_with(issuer));
        found.map(|file| file.key.clone())
    }

    /// Reads the folder again. What is not a readable RSA public key is left out.
    pub(super) fn scan(&self) {
        let entries = std::fs::read_dir(&self.path)
            .into_iter()
            .flatten()
            .flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let read = |path: &PathBuf| {
            let ending = path.extension()?.to_str()?;
            if !KEY_ENDINGS.contains(&ending) {
                return None;
            }
            Some(KeyFile {
                name: path.file_name()?.to_str()?.to_owned(),
                key: key_in(path)?,
            })
        };
        *self.files.lock() = paths.iter().filter_map(read).take(MAX_KEY_FILES).collect();
    }
}
