//! Passwords: argon2id, never more than two at once.
//!
//! Each hash takes 19 MiB for its while; the limit keeps a flood of sign-ins from taking the machine's memory. What a
//! password must be like is the rules' business.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use edgeward_domain::access::MAX_BYTES;
use tokio::sync::Semaphore;

/// How many passwords are worked on at once; more wait.
const MAX_AT_ONCE: usize = 2;

static PLACES: Semaphore = Semaphore::const_new(MAX_AT_ONCE);

/// A hash that no password has, so that an unknown address takes as long as a wrong password.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now(&edgeward_pki::random_text()).unwrap_or_default());

/// The hash could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot hash a password: {0}")]
pub struct PasswordError(String);

/// Hashes a new password.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    let _place = PLACES.acquire().await;
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(|e| PasswordError(e.to_string()))?
}

/// Whether the password belongs to the hash; without a hash it takes as long and is never right.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    if password.len() > MAX_BYTES {
        return false;
    }
    let _place = PLACES.acquire().await;
    let checked = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash);
        let right = parsed.is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        });
        known && right
    });
    checked.await.unwrap_or(false)
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|e| PasswordError(e.to_string()))
}
