//! The RSA key pair with which the control plane proves itself to edge services. They get the public half as a file.

use std::fmt;

use rcgen::{KeyPair, PublicKeyData as _, RsaKeySize};

use crate::PkiError;
use crate::random::{hex, sha256};

const WHAT: &str = "edge services' key";

/// An RSA key of 2048 bits. The control plane's.
pub struct ServiceKey {
    key: KeyPair,
}

impl ServiceKey {
    /// Makes a new key. Takes up to seconds: not for a thread that others wait for.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn generate() -> Result<Self, PkiError> {
        KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
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
    /// It is not an RSA key in PKCS#8 and PEM.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256)
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

    /// The public key in PEM (`SubjectPublicKeyInfo`), as edge services read it.
    pub fn public_pem(&self) -> String {
        self.key.public_key_pem()
    }

    /// SHA-256 over the public key in DER (`SubjectPublicKeyInfo`), hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&sha256(&self.key.subject_public_key_info()))
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceKey({})", self.fingerprint())
    }
}
