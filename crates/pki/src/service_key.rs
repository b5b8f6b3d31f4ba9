//! The RSA key pair with which the control plane proves itself to edge services. They get the public half as a file.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PublicKeyData as _, RsaKeySize};
use serde::Serialize;

use crate::PkiError;
use crate::random::{hex, sha256};

const WHAT: &str = "edge services' key";

/// An RSA key of 2048 bits. The control plane's.
pub struct ServiceKey {
    key: KeyPair,
    signing: EncodingKey,
}

impl ServiceKey {
    /// Makes a new key. Takes up to seconds: not for a thread that others wait for.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn generate() -> Result<Self, PkiError> {
        KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
            .map_err(|source| PkiError::Key {
                attempt: "generate",
                what: WHAT,
                source,
            })
            .and_then(Self::of)
    }

    /// Reads a key as [`Self::to_pem`] wrote it.
    ///
    /// # Errors
    /// It is not an RSA key in PKCS#8 and PEM.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256)
            .map_err(|source| PkiError::Key {
                attempt: "read",
                what: WHAT,
                source,
            })
            .and_then(Self::of)
    }

    fn of(key: KeyPair) -> Result<Self, PkiError> {
        let pem = key.serialize_pem();
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(PkiError::Token)?;
        Ok(Self { key, signing })
    }

    /// A JSON web token over these claims: RS256, header `{"typ":"JWT","alg":"RS256"}`. A secret as long as it lasts. Takes about a
    /// millisecond.
    ///
    /// # Errors
    /// The claims cannot be written as JSON, or the library cannot sign.
    pub fn token(&self, claims: &impl Serialize) -> Result<String, PkiError> {
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &self.signing)
            .map_err(PkiError::Token)
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
