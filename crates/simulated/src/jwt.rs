//! A token taken apart, as far as all products agree. What each of them thinks of the parts is its own business.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// The largest key file that is read, in bytes.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;

/// The three segments of a token, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Segments<'a> {
    pub(crate) header: &'a str,
    pub(crate) claims: &'a str,
    pub(crate) signature: &'a str,
    signed: &'a str,
}

impl<'a> Segments<'a> {
    /// Three segments, or not.
    pub(crate) fn of(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        (!claims.contains('.')).then_some(Self {
            header,
            claims,
            signature,
            signed,
        })
    }

    /// Whether this key made the signature, in this way; whatever the header says.
    pub(crate) fn signed_by(&self, key: &DecodingKey, algorithm: Algorithm) -> bool {
        let verified =
            jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), key, algorithm);
        verified.unwrap_or(false)
    }
}

/// A segment that is base64 and JSON.
pub(crate) fn json(segment: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()
}

/// The RSA public key in a file, if it is one.
pub(crate) fn key_in(file: &Path) -> Option<DecodingKey> {
    let small = std::fs::metadata(file).ok()?.len() <= MAX_KEY_FILE_BYTES;
    let text = small.then(|| std::fs::read(file).ok()).flatten()?;
    DecodingKey::from_rsa_pem(&text).ok()
}
