//! The listening end of TLS.

use std::fmt;
use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use super::connector::roots;
use super::{TlsError, private_key};
use crate::certificate::{all_of_pem, info_of_der};
use crate::provider::provider;
use crate::{CertificateInfo, PkiError, ServerIdentity};

/// A TLS stream of the listening end.
pub type ServerStream<S> = tokio_rustls::server::TlsStream<S>;

/// Takes TLS connections. A cheap clone; all clones see a replaced certificate.
#[derive(Clone)]
pub struct Acceptor {
    shared: Arc<Shared>,
}

struct Shared {
    clients: Option<Arc<dyn ClientCertVerifier>>,
    alpn: Vec<Vec<u8>>,
    config: ArcSwap<ServerConfig>,
}

impl Acceptor {
    /// For the agent port: a client certificate is optional; when there is one it must come from the CA, be valid now,
    /// and be for a client. A client that offers none of these application protocols is refused; one that offers none
    /// at all is not.
    ///
    /// # Errors
    /// A certificate or key does not parse, or they do not belong together.
    pub fn agent_port(
        identity: &ServerIdentity,
        client_ca_pem: &str,
        alpn: &[&[u8]],
    ) -> Result<Self, PkiError> {
        let clients = clients(client_ca_pem)?;
        let (certificate, key) = (&identity.certificate_pem, &identity.key_pem);
        Self::new(certificate, key, Some(clients), alpn)
    }

    /// For browsers: HTTP/2 and HTTP/1.1, no client certificates.
    ///
    /// # Errors
    /// As [`Self::agent_port`].
    pub fn https(certificate_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        Self::new(certificate_pem, key_pem, None, &[b"h2", b"http/1.1"])
    }

    /// Puts another certificate (chain) and key in place; connections that are open stay.
    ///
    /// # Errors
    /// They do not parse or do not belong together; then the old ones stay in use.
    pub fn replace_identity(&self, certificate_pem: &str, key_pem: &str) -> Result<(), PkiError> {
        let Shared {
            clients,
            alpn,
            config,
        } = self.shared.as_ref();
        config.store(Arc::new(server_config(
            certificate_pem,
            key_pem,
            clients.clone(),
            alpn,
        )?));
        Ok(())
    }

    /// Makes the handshake. It waits as long as the client does: give it a limit.
    ///
    /// # Errors
    /// The error holds a [`TlsError`] if TLS failed, and else is that of the stream.
    pub async fn accept<S>(&self, stream: S) -> io::Result<ServerStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.shared.config.load_full())
            .accept(stream)
            .await
            .map_err(|error| TlsError::from_io(error).into())
    }

    fn new(
        certificate_pem: &str,
        key_pem: &str,
        clients: Option<Arc<dyn ClientCertVerifier>>,
        alpn: &[&[u8]],
    ) -> Result<Self, PkiError> {
        let alpn: Vec<_> = alpn.iter().map(|name| name.to_vec()).collect();
        let config = server_config(certificate_pem, key_pem, clients.clone(), &alpn)?;
        let config = ArcSwap::from_pointee(config);
        Ok(Self {
            shared: Arc::new(Shared {
                clients,
                alpn,
                config,
            }),
        })
    }
}

/// The client's certificate, which was verified; none if the client showed none.
pub fn peer_info<S>(stream: &ServerStream<S>) -> Option<CertificateInfo> {
    info_of_der(stream.get_ref().1.peer_certificates()?.first()?).ok()
}

/// The application protocol that was agreed on.
pub fn alpn<S>(stream: &ServerStream<S>) -> Option<Vec<u8>> {
    stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

fn clients(ca_pem: &str) -> Result<Arc<dyn ClientCertVerifier>, PkiError> {
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots(ca_pem)?), provider())
        .allow_unauthenticated()
        .build()
        .map_err(|error| PkiError::Certificate(error.to_string()))
}

fn server_config(
    certificate_pem: &str,
    key_pem: &str,
    clients: Option<Arc<dyn ClientCertVerifier>>,
    alpn: &[Vec<u8>],
) -> Result<ServerConfig, PkiError> {
    let what = "server certificate and key";
    let chain = all_of_pem("server certificate", certificate_pem)?;
    let key = private_key("server key", key_pem)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|source| PkiError::Tls {
            what: "provider",
            source,
        })?
        .with_client_cert_verifier(clients.unwrap_or_else(WebPkiClientVerifier::no_client_auth))
        .with_single_cert(chain, key)
        .map_err(|source| PkiError::Tls { what, source })?;
    config.alpn_protocols = alpn.to_vec();
    Ok(config)
}
