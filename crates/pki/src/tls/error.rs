//! Why a TLS connection did not come about, told apart by what one has to do about it.

use std::io;
use std::time::{Duration, SystemTime};

use rustls::{AlertDescription, CertificateError};
use rustls_pki_types::UnixTime;

/// Why a TLS connection did not come about. Only [`TlsError::Io`] may go away by trying again.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The other end's certificate comes from somewhere else.
    #[error(
        "the other end's certificate was not issued by the certificate authority that is trusted here"
    )]
    UntrustedCa,
    /// The certificate is for other names.
    #[error(
        "the other end's certificate is not for \"{expected}\" but for {}",
        names(presented)
    )]
    WrongName {
        /// The name that was dialled.
        expected: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
    /// By this machine's clock the certificate is not valid yet. Often the clock is late.
    #[error("the other end's certificate is not valid yet by this machine's clock")]
    NotYetValid {
        /// Valid from.
        not_before: SystemTime,
        /// This machine's clock.
        now: SystemTime,
    },
    /// By this machine's clock the certificate is not valid any more. Or the clock is early.
    #[error("the other end's certificate is no longer valid by this machine's clock")]
    Expired {
        /// Valid until.
        not_after: SystemTime,
        /// This machine's clock.
        now: SystemTime,
    },
    /// The other end refused.
    #[error("the other end refused: {reason}")]
    Refused {
        /// Its alert, in words.
        reason: &'static str,
    },
    /// The other end does not speak TLS, or not this kind of TLS.
    #[error("the other end does not speak TLS as it should: {0}")]
    Protocol(String),
    /// The name to dial is neither a DNS name nor an IP address.
    #[error("\"{0}\" is neither a DNS name nor an IP address")]
    Name(String),
    /// The connection failed below TLS.
    #[error("the connection broke during the TLS handshake")]
    Io(#[source] io::Error),
}

impl TlsError {
    /// Reads the TLS error out of an I/O error of a stream, also of one that came after the handshake: with TLS 1.3 the
    /// refusal of a client certificate arrives at the first read.
    pub fn from_io(error: io::Error) -> Self {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            Some(tls) => Self::from_tls(tls),
            None => Self::Io(error),
        }
    }

    fn from_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => Self::from_certificate(error),
            rustls::Error::AlertReceived(alert) => Self::Refused {
                reason: alert_words(*alert),
            },
            other => Self::Protocol(other.to_string()),
        }
    }

    fn from_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UntrustedCa,
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => Self::WrongName {
                expected: expected.to_str().into_owned(),
                presented: presented.clone(),
            },
            CertificateError::NotValidYetContext { time, not_before } => Self::NotYetValid {
                not_before: system_time(*not_before),
                now: system_time(*time),
            },
            CertificateError::ExpiredContext { time, not_after } => Self::Expired {
                not_after: system_time(*not_after),
                now: system_time(*time),
            },
            other => Self::Protocol(format!("its certificate is not acceptable: {other}")),
        }
    }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

fn alert_words(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::UnknownCA => {
            "it does not trust the authority that issued this certificate"
        }
        AlertDescription::CertificateExpired => "by its clock this certificate is not valid now",
        AlertDescription::CertificateRevoked => "this certificate was revoked",
        AlertDescription::CertificateRequired => "it wants a client certificate",
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::DecryptError => "it does not accept this certificate",
        AlertDescription::AccessDenied => "it denies access",
        AlertDescription::NoApplicationProtocol => "it does not serve this protocol on this port",
        AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure => {
            "it has no TLS version or cipher in common with this end"
        }
        AlertDescription::UnrecognisedName => "it does not know this name",
        _ => "a TLS alert",
    }
}

fn names(names: &[String]) -> String {
    if names.is_empty() {
        "no name at all".to_owned()
    } else {
        names.join(", ")
    }
}

fn system_time(time: UnixTime) -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(time.as_secs()))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
