//! How the control plane proves itself to edge services: a token that it signs, or a name and password.
//!
//! A token is made for one service, in the shape that its product checks, and used again until half of its time is over. What people send
//! as `Authorization` of their own goes before it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgeward_domain::service::Authentication;
use edgeward_ids::ServiceId;
use edgeward_pki::{PkiError, SecretBox};
use edgeward_products::{Claims, Kind, product};
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use parking_lot::Mutex;

use super::ways::Route;
use crate::keys::{KeyPair, KeyPairs};

/// How long a token is valid. A service whose clock is ahead by more than half of it may find one expired.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The most tokens kept in memory.
const MAX_CACHED_TOKENS: usize = 100_000;

/// Why there are no credentials for a service.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A token could not be signed, or a password not be unsealed.
    #[error("cannot prepare the credentials for the service")]
    Pki(#[from] PkiError),
    /// The password cannot be sent in a header.
    #[error("cannot send the credentials for the service")]
    Header(#[from] InvalidHeaderValue),
}

/// Makes credentials.
pub struct Credentials {
    keys: Arc<KeyPairs>,
    secrets: Arc<SecretBox>,
    /// By service and key pair.
    tokens: Mutex<HashMap<(ServiceId, u32), Kept>>,
}

/// A token in use.
struct Kept {
    kind: Kind,
    header: HeaderValue,
    until: SystemTime,
}

impl Credentials {
    /// Signs with these keys; passwords were sealed with these secrets.
    pub fn new(keys: Arc<KeyPairs>, secrets: Arc<SecretBox>) -> Self {
        Self {
            keys,
            secrets,
            tokens: Mutex::default(),
        }
    }

    /// The key pairs that tokens are signed with.
    pub fn keys(&self) -> &KeyPairs {
        &self.keys
    }

    /// The `Authorization` for a request to this service; none when it wants none. A token is signed with the newest key pair that the
    /// service is known to accept.
    pub fn authorization(
        &self,
        route: &Route,
        now: SystemTime,
    ) -> Result<Option<HeaderValue>, CredentialsError> {
        match &route.authentication {
            Authentication::None => Ok(None),
            Authentication::Basic { user, password } => {
                let password = self.secrets.open(&purpose(route.service), password)?;
                basic(user, &password).map(Some)
            }
            Authentication::Token => {
                let pair = self.keys.for_service(&route.keys);
                self.token(route, &pair, now).map(Some)
            }
        }
    }

    /// With the other key pair than [`Self::authorization`], while there are two: what has just been put at a service may not be known yet.
    pub fn other_authorization(
        &self,
        route: &Route,
        now: SystemTime,
    ) -> Result<Option<HeaderValue>, CredentialsError> {
        let first = self.keys.for_service(&route.keys).number();
        let all = self.keys.all();
        match all.iter().rev().find(|pair| pair.number() != first) {
            Some(pair) if route.authentication == Authentication::Token => {
                self.token(route, pair, now).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn token(
        &self,
        route: &Route,
        pair: &KeyPair,
        now: SystemTime,
    ) -> Result<HeaderValue, CredentialsError> {
        let (token, kind) = ((route.service, pair.number()), route.kind);
        let until = now + TOKEN_LIFETIME / 2;
        // A clock that was put back makes none of them last longer.
        let fresh = |kept: &&Kept| kept.kind == kind && now < kept.until && kept.until <= until;
        if let Some(kept) = self.tokens.lock().get(&token).filter(fresh) {
            return Ok(kept.header.clone());
        }
        let life_s = i64::try_from(TOKEN_LIFETIME.as_secs()).unwrap_or(i64::MAX);
        let claims = product(kind).claims(&pair.public_file(), seconds(now), life_s);
        let header = self.signed(pair, kind, &claims)?;
        let mut tokens = self.tokens.lock();
        if tokens.len() >= MAX_CACHED_TOKENS {
            tokens.clear();
        }
        let kept = Kept {
            kind,
            header: header.clone(),
            until,
        };
        tokens.insert(token, kept);
        Ok(header)
    }

    /// The `Authorization` with a token over these claims, as this product reads it.
    pub fn signed(
        &self,
        pair: &KeyPair,
        kind: Kind,
        claims: &Claims,
    ) -> Result<HeaderValue, CredentialsError> {
        let token = pair.key().token(&claims.json())?;
        metrics::counter!("edgeward_service_tokens_signed_total", "kind" => kind.as_str())
            .increment(1);
        secret(&product(kind).authorization(&token))
    }

    /// A password as the database keeps it.
    pub fn seal(&self, service: ServiceId, password: &str) -> Result<String, PkiError> {
        self.secrets.seal(&purpose(service), password)
    }
}

/// Seconds since 1970.
pub(super) fn seconds(now: SystemTime) -> i64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Name and password as RFC 7617 has them.
fn basic(user: &str, password: &str) -> Result<HeaderValue, CredentialsError> {
    secret(&format!(
        "Basic {}",
        STANDARD.encode(format!("{user}:{password}"))
    ))
}

fn secret(text: &str) -> Result<HeaderValue, CredentialsError> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a service's password is sealed for, so that no other service's can be put in its place.
fn purpose(service: ServiceId) -> String {
    format!("edge service {service}")
}
