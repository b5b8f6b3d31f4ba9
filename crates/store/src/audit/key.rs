//! The key that seals the log.

use edgeward_domain::audit::Hash;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// What seals the audit log. It is not in the database: whoever can write there cannot seal what they wrote.
#[derive(Clone)]
pub struct AuditKey([u8; Self::LENGTH_BYTES]);

impl AuditKey {
    /// How long it is, in bytes.
    pub const LENGTH_BYTES: usize = 32;

    /// The key of these random bytes.
    pub const fn new(bytes: [u8; Self::LENGTH_BYTES]) -> Self {
        Self(bytes)
    }

    /// The seal of the newest entry: HMAC-SHA256 over its number (8 bytes, big endian) and hash.
    pub(super) fn seal(&self, number: u64, hash: &Hash) -> Vec<u8> {
        self.mac(number, hash).finalize().into_bytes().to_vec()
    }

    /// Whether this seal is the one of that entry.
    pub(super) fn sealed(&self, number: u64, hash: &Hash, seal: &[u8]) -> bool {
        self.mac(number, hash).verify_slice(seal).is_ok()
    }

    // HMAC takes keys of any length.
    #[allow(clippy::expect_used)]
    fn mac(&self, number: u64, hash: &Hash) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(&number.to_be_bytes());
        mac.update(hash);
        mac
    }
}
