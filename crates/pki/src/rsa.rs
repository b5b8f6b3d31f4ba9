//! Keys and certificates for devices that cannot make a key themselves.
//!
//! Existing iot-agents are handed an RSA key in the form of PKCS#1, and a certificate that they never renew. The key is not kept.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, PublicKeyData, SignatureAlgorithm};
use x509_parser::asn1_rs::{Any, FromDer as _};

use crate::authority::params;
use crate::certificate::info_of_der;
use crate::{Authority, Issued, PkiError};

const WHAT: &str = "device key";

/// A device's new key and certificate.
#[derive(Clone)]
pub struct IssuedWithKey {
    /// The certificate.
    pub certificate: Issued,
    /// The private key, PKCS#1 in PEM (`RSA PRIVATE KEY`). A secret.
    pub key_pem: String,
}

impl fmt::Debug for IssuedWithKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedWithKey")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes an RSA key of 2048 bits, and signs a client certificate for it. Takes a while: a processor's tenth of a second or more.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn issue_device_with_key(
        &self,
        common_name: &str,
        organisation: &str,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<IssuedWithKey, PkiError> {
        let make = || PkiError::Rsa {
            attempt: "generate",
            what: WHAT,
        };
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| make())?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| make())?;
        let key_pem = pkcs1_pem(pkcs8.as_ref()).ok_or_else(make)?;
        let mut params = params(common_name, lifetime, now)?;
        params
            .distinguished_name
            .push(DnType::OrganizationName, organisation);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params
            .signed_by(
                &RsaPublicKey(pair.public_key().as_ref().to_vec()),
                self.issuer(),
            )
            .map_err(|source| PkiError::Make {
                what: "device certificate",
                source,
            })?;
        let info = info_of_der(certificate.der())?;
        Ok(IssuedWithKey {
            certificate: Issued {
                pem: certificate.pem(),
                serial: info.serial,
                not_after: info.not_after,
            },
            key_pem,
        })
    }
}

/// The DER of an `RSAPublicKey`.
struct RsaPublicKey(Vec<u8>);

impl PublicKeyData for RsaPublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// The key inside a PKCS#8 key (version, algorithm, key; RFC 5208), as PEM.
fn pkcs1_pem(pkcs8: &[u8]) -> Option<String> {
    let (_, sequence) = Any::from_der(pkcs8).ok()?;
    let (rest, _version) = Any::from_der(sequence.data).ok()?;
    let (rest, _algorithm) = Any::from_der(rest).ok()?;
    let (_, key) = Any::from_der(rest).ok()?;
    let base64 = STANDARD.encode(key.data);
    let mut pem = String::from("-----BEGIN RSA PRIVATE KEY-----\n");
    for line in base64.as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).ok()?);
        pem.push('\n');
    }
    pem.push_str("-----END RSA PRIVATE KEY-----\n");
    Some(pem)
}
