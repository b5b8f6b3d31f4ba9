//! Reading certificates.

use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;

use crate::random::hex;
use crate::{Fingerprint, PkiError};

/// What a certificate says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateInfo {
    /// The subject's first common name; empty if it has none.
    pub common_name: String,
    /// The serial number, lower-case hexadecimal without leading zero bytes.
    pub serial: String,
    /// Valid from.
    pub not_before: SystemTime,
    /// Valid until.
    pub not_after: SystemTime,
}

/// Reads a certificate, in PEM (the first of several) or in DER.
///
/// # Errors
/// It is neither, or it is damaged.
pub fn certificate_info(pem_or_der: impl AsRef<[u8]>) -> Result<CertificateInfo, PkiError> {
    // A certificate in DER is a sequence; no PEM text begins with that byte, which is the digit zero.
    const DER_SEQUENCE: u8 = 0x30;
    let bytes = pem_or_der.as_ref();
    if bytes.first() == Some(&DER_SEQUENCE) {
        info_of_der(bytes)
    } else {
        info_of_der(&first_of_pem(bytes)?)
    }
}

/// The fingerprint of the first certificate in the text.
///
/// # Errors
/// The text holds no certificate in PEM.
pub fn fingerprint_of_pem(pem: &str) -> Result<Fingerprint, PkiError> {
    let der = first_of_pem(pem.as_bytes())?;
    parse(&der)?;
    Ok(Fingerprint::of_der(&der))
}

pub(crate) fn info_of_der(der: &[u8]) -> Result<CertificateInfo, PkiError> {
    let certificate = parse(der)?;
    let common_name = certificate
        .subject()
        .iter_common_name()
        .find_map(|name| name.as_str().ok())
        .unwrap_or_default()
        .to_owned();
    let serial = certificate.raw_serial();
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    Ok(CertificateInfo {
        common_name,
        serial: hex(&serial[zeros..]),
        not_before: time(certificate.validity().not_before.timestamp()),
        not_after: time(certificate.validity().not_after.timestamp()),
    })
}

pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, PkiError> {
    match x509_parser::parse_x509_certificate(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) => Err(PkiError::Certificate("bytes follow it".into())),
        Err(error) => Err(PkiError::Certificate(error.to_string())),
    }
}

pub(crate) fn all_of_pem(
    what: &'static str,
    pem: &str,
) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|source| PkiError::Pem { what, source })?;
    if certificates.is_empty() {
        let source = rustls_pki_types::pem::Error::NoItemsFound;
        return Err(PkiError::Pem { what, source });
    }
    Ok(certificates)
}

fn first_of_pem(pem: &[u8]) -> Result<CertificateDer<'static>, PkiError> {
    CertificateDer::from_pem_slice(pem).map_err(|source| PkiError::Pem {
        what: "certificate",
        source,
    })
}

/// A time that a certificate can say lies between the years 0 and 9999, which the system's clock type holds.
fn time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
