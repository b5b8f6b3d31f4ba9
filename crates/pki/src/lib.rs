//! Certificates, keys and TLS configurations: the only crate that names the TLS library.
//!
//! Feature `server` (aws-lc-rs) adds the [`Authority`]; feature `agent` (ring) is smaller; with both, aws-lc-rs is used.
//! It knows neither devices nor topics: what a common name stands for is its callers' business. Every TLS
//! configuration names its provider, so nothing here depends on which one the process has installed.

#[cfg(not(any(feature = "server", feature = "agent")))]
compile_error!("edgeward-pki needs the feature \"server\" or \"agent\"");

#[cfg(any(feature = "server", test))]
mod authority;
mod certificate;
mod command;
mod device;
mod error;
mod fingerprint;
mod provider;
mod random;
#[cfg(feature = "server")]
mod rsa;
#[cfg(feature = "server")]
mod secret;
#[cfg(feature = "server")]
mod service_key;
pub mod tls;

#[cfg(any(feature = "server", test))]
pub use authority::{Authority, CLOCK_TOLERANCE, Issued, MAX_CSR_BYTES, ServerIdentity};
pub use certificate::{CertificateInfo, certificate_info, fingerprint_of_pem};
pub use command::{CommandSigner, CommandVerifier};
pub use device::DeviceKey;
pub use error::PkiError;
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use provider::install_provider;
pub use random::{random_bytes, random_text, sha256, sha256_hex};
#[cfg(feature = "server")]
pub use rsa::IssuedWithKey;
#[cfg(feature = "server")]
pub use secret::{SECRET_KEY_BYTES, SecretBox};
#[cfg(feature = "server")]
pub use service_key::ServiceKey;

#[cfg(test)]
mod tests;
