//! The keys: the built-in pair, and the public ones in the folder.

use std::path::PathBuf;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use parking_lot::Mutex;

use crate::neuron::NeuronError;

/// The most key files that one scan takes.
const MAX_KEY_FILES: usize = 8;

/// The largest key file that is read, in bytes.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;

/// Which files hold keys.
const KEY_ENDINGS: [&str; 2] = ["pem", "pub"];

/// Characters in a line of PEM.
const PEM_LINE_CHARS: usize = 64;

/// The pair that login tokens use; made at each start, so that no installation knows another's.
pub(super) struct BuiltIn {
    pub(super) signing: EncodingKey,
    pub(super) checking: DecodingKey,
}

impl BuiltIn {
    pub(super) fn generate() -> Result<Self, NeuronError> {
        let failed = |error: &dyn std::fmt::Display| NeuronError::Key(error.to_string());
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|error| failed(&error))?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|error| failed(&error))?;
        let public: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|error| failed(&error))?;
        let private = pem("PRIVATE KEY", private.as_ref());
        let public = pem("PUBLIC KEY", public.as_ref());
        Ok(Self {
            signing: EncodingKey::from_rsa_pem(private.as_bytes())
                .map_err(|error| failed(&error))?,
            checking: DecodingKey::from_rsa_pem(public.as_bytes())
                .map_err(|error| failed(&error))?,
        })
    }
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = STANDARD.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE_CHARS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

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
            let small = std::fs::metadata(path).ok()?.len() <= MAX_KEY_FILE_BYTES;
            if !small || !KEY_ENDINGS.contains(&ending) {
                return None;
            }
            Some(KeyFile {
                name: path.file_name()?.to_str()?.to_owned(),
                key: DecodingKey::from_rsa_pem(&std::fs::read(path).ok()?).ok()?,
            })
        };
        *self.files.lock() = paths.iter().filter_map(read).take(MAX_KEY_FILES).collect();
    }
}
