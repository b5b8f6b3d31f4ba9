//! Which cryptography library is used.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

#[cfg(feature = "server")]
pub(crate) use aws_lc_rs as backend;
#[cfg(all(feature = "agent", not(feature = "server")))]
pub(crate) use ring as backend;

/// Makes this crate's provider the process's default, for libraries that ask for one. Safe to repeat; a default that
/// is there already stays.
pub fn install_provider() {
    // An error only says that there is one already.
    let _already_there = default_provider().install_default();
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}

fn default_provider() -> CryptoProvider {
    #[cfg(feature = "server")]
    {
        rustls::crypto::aws_lc_rs::default_provider()
    }
    #[cfg(all(feature = "agent", not(feature = "server")))]
    {
        rustls::crypto::ring::default_provider()
    }
}
