//! TLS for both ends: who is believed, and clear errors when somebody is not.
//!
//! No time limits here: callers wrap `Acceptor::accept` (feature `server`) and [`Connector::connect`] in theirs.

#[cfg(any(feature = "server", test))]
mod acceptor;
mod connector;
mod error;
mod verify;

#[cfg(any(feature = "server", test))]
pub use acceptor::{Acceptor, ServerStream, alpn, peer_info};
pub use connector::{ClientIdentity, ClientStream, Connector, Trust, client_alpn};
pub use error::TlsError;

use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use crate::PkiError;

fn private_key(what: &'static str, pem: &str) -> Result<PrivateKeyDer<'static>, PkiError> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|source| PkiError::Pem { what, source })
}
