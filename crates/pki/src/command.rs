//! Ed25519 keys that sign and verify commands. What is signed is the caller's business.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, SigningKey as _};

use crate::PkiError;
use crate::provider::backend::signature::{ED25519, UnparsedPublicKey};

const WHAT: &str = "command key";

/// Signs commands. The control plane's.
pub struct CommandSigner {
    key: KeyPair,
}

/// Verifies commands. The agent's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandVerifier {
    key: [u8; 32],
}

impl CommandSigner {
    /// Makes a new key.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn generate() -> Result<Self, PkiError> {
        KeyPair::generate_for(&rcgen::PKCS_ED25519)
            .map(|key| Self { key })
            .map_err(|source| PkiError::Key {
                attempt: "generate",
                what: WHAT,
                source,
            })
    }

    /// Reads a key as [`Self::to_pem`] wrote it.
    ///
    /// # Errors
    /// It is not an Ed25519 key in PKCS#8 and PEM.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, PkiError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_ED25519)
            .map(|key| Self { key })
            .map_err(|source| PkiError::Key {
                attempt: "read",
                what: WHAT,
                source,
            })
    }

    /// The private key in PKCS#8 and PEM. A secret.
    pub fn to_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// The public key, 32 bytes in base64.
    pub fn public_key_base64(&self) -> String {
        STANDARD.encode(self.key.public_key_raw())
    }

    /// The signature, 64 bytes.
    ///
    /// # Errors
    /// The library cannot sign.
    pub fn try_sign(&self, bytes: &[u8]) -> Result<Vec<u8>, PkiError> {
        self.key.sign(bytes).map_err(|source| PkiError::Key {
            attempt: "sign with",
            what: WHAT,
            source,
        })
    }

    /// The signature, 64 bytes. Ed25519 signs any bytes; were it ever to fail, the answer is empty and verifies nowhere.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.try_sign(bytes).unwrap_or_default()
    }
}

impl CommandVerifier {
    /// Reads a public key as [`CommandSigner::public_key_base64`] wrote it.
    ///
    /// # Errors
    /// It is not 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self, PkiError> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| PkiError::CommandKey)?;
        let key = bytes.try_into().map_err(|_| PkiError::CommandKey)?;
        Ok(Self { key })
    }

    /// Whether the key has signed these bytes.
    ///
    /// # Errors
    /// It has not: [`PkiError::Signature`].
    pub fn verify(&self, bytes: &[u8], signature: &[u8]) -> Result<(), PkiError> {
        UnparsedPublicKey::new(&ED25519, &self.key)
            .verify(bytes, signature)
            .map_err(|_| PkiError::Signature)
    }
}
