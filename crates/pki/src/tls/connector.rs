//! The dialling end of TLS.

use std::env;
use std::fmt;
use std::fs;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::verify::{Anyone, Clock, One, Pinned};
use super::{TlsError, private_key};
use crate::certificate::all_of_pem;
use crate::provider::provider;
use crate::{Fingerprint, PkiError};

/// A TLS stream of the dialling end.
pub type ClientStream<S> = tokio_rustls::client::TlsStream<S>;

/// How many TLS sessions a connector remembers, for shorter handshakes.
const REMEMBERED_SESSIONS: usize = 8;

/// Names a file with authorities to believe beside the public ones, as for most programs.
const MORE_AUTHORITIES: &str = "SSL_CERT_FILE";

/// Which servers are believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trust {
    /// One whose chain contains, and leads to, the authority with this fingerprint. Names and dates are checked.
    Pinned(Fingerprint),
    /// One that these authorities (PEM, one or more) vouch for. Names and dates are checked.
    Authority(String),
    /// One that the public authorities vouch for, or those in the file (PEM) that the environment variable `SSL_CERT_FILE` names.
    /// Names and dates are checked.
    PublicRoots,
    /// The one whose own certificate has this fingerprint, whatever its name, dates and authority.
    Certificate(Fingerprint),
    /// As [`Trust::Pinned`], whatever the dates. To find out about clocks, and nothing else.
    PinnedIgnoringTime(Fingerprint),
    /// Any. Only because an operator's configuration says so.
    Unverified,
}

/// A client's certificate and key.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The private key, PEM. A secret.
    pub key_pem: String,
}

/// Dials. A cheap clone.
#[derive(Clone)]
pub struct Connector {
    config: Arc<ClientConfig>,
}

impl Connector {
    /// Prepares for dialling, with the application protocols offered, in order of preference.
    ///
    /// # Errors
    /// A certificate or key does not parse, or they do not belong together.
    pub fn new(
        trust: Trust,
        identity: Option<&ClientIdentity>,
        alpn: &[&[u8]],
    ) -> Result<Self, PkiError> {
        let provider = provider();
        let versions = |source| PkiError::Tls {
            what: "provider",
            source,
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(versions)?
            .dangerous()
            .with_custom_certificate_verifier(verifier(trust, provider)?);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(
                    all_of_pem("client certificate", &identity.certificate_pem)?,
                    private_key("client key", &identity.key_pem)?,
                )
                .map_err(|source| PkiError::Tls {
                    what: "client certificate and key",
                    source,
                })?,
        };
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        config.resumption = Resumption::in_memory_sessions(REMEMBERED_SESSIONS);
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// The configuration as the TLS library has it, for an HTTP client that dials by itself and takes one as [`Any`](std::any::Any).
    pub fn configuration(&self) -> impl std::any::Any + Send + use<> {
        ClientConfig::clone(&self.config)
    }

    /// Makes the handshake over an open stream; `server_name` is the DNS name or IP address that the certificate must be for.
    ///
    /// # Errors
    /// See [`TlsError`]. A refusal of the client certificate may only come with the first read: [`TlsError::from_io`].
    pub async fn connect<S>(
        &self,
        server_name: &str,
        stream: S,
    ) -> Result<ClientStream<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(server_name.to_owned())
            .map_err(|_| TlsError::Name(server_name.chars().take(100).collect()))?;
        TlsConnector::from(Arc::clone(&self.config))
            .connect(name, stream)
            .await
            .map_err(TlsError::from_io)
    }
}

/// The application protocol that was agreed on.
pub fn client_alpn<S>(stream: &ClientStream<S>) -> Option<Vec<u8>> {
    stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity")
            .field("certificate_pem", &self.certificate_pem)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

fn verifier(
    trust: Trust,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, PkiError> {
    let pinned = |fingerprint, clock, provider| {
        Arc::new(Pinned {
            fingerprint,
            clock,
            provider,
        })
    };
    Ok(match trust {
        Trust::Pinned(fingerprint) => pinned(fingerprint, Clock::System, provider),
        Trust::PinnedIgnoringTime(fingerprint) => pinned(fingerprint, Clock::Ignored, provider),
        Trust::Certificate(fingerprint) => Arc::new(One {
            fingerprint,
            provider,
        }),
        Trust::Unverified => Arc::new(Anyone { provider }),
        Trust::Authority(pem) => by_roots(roots(&pem)?, provider)?,
        Trust::PublicRoots => {
            let mut roots = more_roots()?;
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            by_roots(roots, provider)?
        }
    })
}

/// Those that the system's operator believes beside the public ones.
fn more_roots() -> Result<RootCertStore, PkiError> {
    let Some(path) = env::var_os(MORE_AUTHORITIES).filter(|path| !path.is_empty()) else {
        return Ok(RootCertStore::empty());
    };
    let pem = fs::read_to_string(&path).map_err(|source| PkiError::Authorities {
        path: path.into(),
        source,
    })?;
    let mut roots = RootCertStore::empty();
    // It may be the whole list of a system, with one in it that nobody can read.
    roots.add_parsable_certificates(all_of_pem("authority's certificate", &pem)?);
    Ok(roots)
}

fn by_roots(
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, PkiError> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| PkiError::Certificate(error.to_string()))
}

pub(super) fn roots(pem: &str) -> Result<RootCertStore, PkiError> {
    let mut roots = RootCertStore::empty();
    for certificate in all_of_pem("authority's certificate", pem)? {
        roots.add(certificate).map_err(|source| PkiError::Tls {
            what: "authority's certificate",
            source,
        })?;
    }
    Ok(roots)
}
