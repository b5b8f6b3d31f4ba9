//! The key of a device. It is made on the device and never leaves it.

use std::fmt;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

use crate::PkiError;

const WHAT: &str = "device key";

/// A P-256 private key.
pub struct DeviceKey {
    key: KeyPair,
}

impl DeviceKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn generate() -> Result<Self, PkiError> {
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
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
    /// It is not a P-256 key in PKCS#8 and PEM.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_ECDSA_P256_SHA256)
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

    /// A PKCS#10 request in PEM that asks for this name and nothing else.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn signing_request(&self, common_name: &str) -> Result<String, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params
            .serialize_request(&self.key)
            .and_then(|request| request.pem())
            .map_err(|source| PkiError::Make {
                what: "signing request",
                source,
            })
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(secret)")
    }
}
