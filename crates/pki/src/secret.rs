//! Secrets that are kept where others can read: sealed with AES-256-GCM by a key that is kept elsewhere.
//!
//! Each text is sealed for a purpose, and opens for that purpose only: what was sealed as one setting cannot be put in the
//! place of another. Keeping the key is the caller's business.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::PkiError;
use crate::random::random_bytes;

/// How many bytes a key has.
pub const SECRET_KEY_BYTES: usize = 32;

/// What a sealed text begins with; another form gets another.
const VERSION: &str = "v1.";

/// Seals and opens secrets with one key.
pub struct SecretBox {
    key: LessSafeKey,
}

impl SecretBox {
    /// With this key.
    ///
    /// # Errors
    /// The library refuses it.
    pub fn new(key: &[u8; SECRET_KEY_BYTES]) -> Result<Self, PkiError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| PkiError::Seal)?;
        Ok(Self {
            key: LessSafeKey::new(key),
        })
    }

    /// A text that says nothing to whoever has not the key: `v1.` and base64url of nonce, cipher text and tag.
    ///
    /// # Errors
    /// The library cannot seal.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<String, PkiError> {
        // A nonce may never come twice with one key: 96 random bits do not within 2^32 sealings.
        let nonce = random_bytes::<NONCE_LEN>();
        let mut bytes = secret.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose),
                &mut bytes,
            )
            .map_err(|_| PkiError::Seal)?;
        let sealed = [nonce.as_slice(), &bytes].concat();
        Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The secret of a text that was sealed with this key for this purpose.
    ///
    /// # Errors
    /// It was not, or it is damaged: [`PkiError::Sealed`].
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<String, PkiError> {
        self.try_open(purpose, sealed).ok_or(PkiError::Sealed)
    }

    fn try_open(&self, purpose: &str, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(VERSION)?).ok()?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let secret = self
            .key
            .open_in_place(nonce, Aad::from(purpose), &mut rest)
            .ok()?;
        String::from_utf8(secret.to_vec()).ok()
    }
}

impl fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBox(secret)")
    }
}
