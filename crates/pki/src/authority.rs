//! The certificate authority: one root that signs devices and the agent port.
//!
//! Of a signing request only the public key is used. Names, purposes and dates are set here. Revocation is not done by
//! lists: whoever admits a peer compares its serial number.

use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SignatureAlgorithm,
};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::FromDer as _;

use crate::certificate::{all_of_pem, info_of_der, parse};
use crate::random::random_bytes;
use crate::{Fingerprint, PkiError};

/// How long before its making a certificate is valid, for devices whose clock is a little late.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The largest signing request that is read, in bytes of PEM.
pub const MAX_CSR_BYTES: usize = 16 * 1024;

/// How long a new authority's own certificate is valid: 20 years.
const AUTHORITY_LIFETIME: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

/// A self-signed root that signs certificates.
pub struct Authority {
    certificate_pem: String,
    fingerprint: Fingerprint,
    not_after: SystemTime,
    issuer: Issuer<'static, KeyPair>,
}

/// A device's new certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issued {
    /// The certificate, PEM.
    pub pem: String,
    /// Its serial number, lower-case hexadecimal.
    pub serial: String,
    /// Until when it is valid.
    pub not_after: SystemTime,
}

/// A server's certificate and key.
#[derive(Clone)]
pub struct ServerIdentity {
    /// The certificate followed by the authority's, PEM.
    pub certificate_pem: String,
    /// The private key, PEM. A secret.
    pub key_pem: String,
    /// Until when the certificate is valid.
    pub not_after: SystemTime,
}

impl Authority {
    /// Makes a new root with a P-256 key.
    ///
    /// # Errors
    /// The library cannot make one.
    pub fn generate(common_name: &str, now: SystemTime) -> Result<Self, PkiError> {
        let key = generate_key("authority's key")?;
        let mut params = params(common_name, AUTHORITY_LIFETIME, now)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.use_authority_key_identifier_extension = false;
        let certificate = params.self_signed(&key).map_err(|source| PkiError::Make {
            what: "authority's certificate",
            source,
        })?;
        Ok(Self {
            certificate_pem: certificate.pem(),
            fingerprint: Fingerprint::of_der(certificate.der()),
            not_after: info_of_der(certificate.der())?.not_after,
            issuer: Issuer::new(params, key),
        })
    }

    /// Takes up an authority from its certificate and key.
    ///
    /// # Errors
    /// One of them does not parse, they do not belong together, or the certificate is not an authority's.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, PkiError> {
        let read_key = |source| PkiError::Key {
            attempt: "read",
            what: "authority's key",
            source,
        };
        let key = KeyPair::from_pem(key).map_err(read_key)?;
        let der = all_of_pem("authority's certificate", certificate)?.swap_remove(0);
        let parsed = parse(&der)?;
        if !parsed.is_ca() {
            return Err(PkiError::NotAnAuthority);
        }
        if *parsed.public_key().subject_public_key.data != *key.public_key_raw() {
            return Err(PkiError::Mismatch("authority's certificate"));
        }
        let issuer = Issuer::from_ca_cert_der(&der, key)
            .map_err(|error| PkiError::Certificate(error.to_string()))?;
        Ok(Self {
            certificate_pem: certificate.to_owned(),
            fingerprint: Fingerprint::of_der(&der),
            not_after: info_of_der(&der)?.not_after,
            issuer,
        })
    }

    /// The authority's certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The authority's private key. A secret.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// What devices pin.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Until when the authority's certificate is valid.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    #[cfg(feature = "server")]
    pub(crate) const fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Signs a client certificate for the request's public key. Everything else that the request asks for is ignored.
    ///
    /// # Errors
    /// The request does not parse, its key has not signed it, or the key is not P-256.
    pub fn issue_device(
        &self,
        csr_pem: &str,
        common_name: &str,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Issued, PkiError> {
        let public_key = requested_key(csr_pem)?;
        let mut params = params(common_name, lifetime, now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params
            .signed_by(&public_key, &self.issuer)
            .map_err(|source| PkiError::Make {
                what: "device certificate",
                source,
            })?;
        let info = info_of_der(certificate.der())?;
        Ok(Issued {
            pem: certificate.pem(),
            serial: info.serial,
            not_after: info.not_after,
        })
    }

    /// Makes a key and signs a server certificate for these DNS names and IP addresses.
    ///
    /// # Errors
    /// A name is neither, or there is none.
    pub fn issue_server(
        &self,
        names: &[String],
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<ServerIdentity, PkiError> {
        let what = "server certificate";
        let first = names.first().ok_or_else(|| PkiError::Name(String::new()))?;
        let key = generate_key("server's key")?;
        let mut params = params(first, lifetime, now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names = names
            .iter()
            .map(|name| subject(name))
            .collect::<Result<_, _>>()?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(|source| PkiError::Make { what, source })?;
        Ok(ServerIdentity {
            certificate_pem: [&certificate.pem(), self.certificate_pem.as_str()].concat(),
            key_pem: key.serialize_pem(),
            not_after: info_of_der(certificate.der())?.not_after,
        })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.fingerprint)
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerIdentity")
            .field("certificate_pem", &self.certificate_pem)
            .finish_non_exhaustive()
    }
}

/// The public key of a request that has proven to hold the private one: an uncompressed P-256 point.
struct RequestedKey(Vec<u8>);

impl PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn requested_key(csr_pem: &str) -> Result<RequestedKey, PkiError> {
    use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY};
    use x509_parser::public_key::PublicKey;

    if csr_pem.len() > MAX_CSR_BYTES {
        return Err(PkiError::SigningRequest("it is too large"));
    }
    let der =
        CertificateSigningRequestDer::from_pem_slice(csr_pem.as_bytes()).map_err(|source| {
            PkiError::Pem {
                what: "signing request",
                source,
            }
        })?;
    let (rest, request) =
        x509_parser::certification_request::X509CertificationRequest::from_der(&der)
            .map_err(|_| PkiError::SigningRequest("it does not parse"))?;
    if !rest.is_empty() {
        return Err(PkiError::SigningRequest("bytes follow it"));
    }
    let key = &request.certification_request_info.subject_pki;
    let curve = key
        .algorithm
        .parameters
        .as_ref()
        .and_then(|any| any.as_oid().ok());
    if key.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != Some(OID_EC_P256) {
        return Err(PkiError::NotP256);
    }
    match key.parsed() {
        // 0x04 marks an uncompressed point; the other form is not read by every TLS library.
        Ok(PublicKey::EC(point)) if point.data().len() == 65 && point.data()[0] == 4 => {}
        _ => {
            return Err(PkiError::SigningRequest(
                "its public key is not an uncompressed point",
            ));
        }
    }
    request
        .verify_signature()
        .map_err(|_| PkiError::SigningRequest("its signature is wrong"))?;
    Ok(RequestedKey(key.subject_public_key.data.to_vec()))
}

pub(crate) fn params(
    common_name: &str,
    lifetime: Duration,
    now: SystemTime,
) -> Result<CertificateParams, PkiError> {
    // Beyond this year a certificate has no way to write a date.
    const MAX_UNIX_S: u64 = 253_370_764_800; // 9999-01-01
    let not_before = now.checked_sub(CLOCK_TOLERANCE).unwrap_or(now);
    let not_after = now.checked_add(lifetime).ok_or(PkiError::Lifetime)?;
    match not_after.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(age) if age.as_secs() < MAX_UNIX_S => {}
        _ => return Err(PkiError::Lifetime),
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial());
    params.not_before = not_before.into();
    params.not_after = not_after.into();
    Ok(params)
}

/// 16 bytes whose first is between 0x40 and 0x7f, so that there is one way to print them.
fn serial() -> SerialNumber {
    let mut bytes = random_bytes::<16>();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn subject(name: &str) -> Result<SanType, PkiError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let bad = || PkiError::Name(name.chars().take(100).collect());
    let plain = name.strip_prefix("*.").unwrap_or(name);
    rustls_pki_types::DnsName::try_from(plain).map_err(|_| bad())?;
    name.try_into().map(SanType::DnsName).map_err(|_| bad())
}

fn generate_key(what: &'static str) -> Result<KeyPair, PkiError> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|source| PkiError::Key {
        attempt: "generate",
        what,
        source,
    })
}
