//! Who may call, as far as NeuronEX's documents tell: a token behind `Bearer `, signed (RS256) for the key whose file the issuer names,
//! meant for NeuronEX, and not expired; or one from its own login.

use std::path::PathBuf;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};

use crate::Access;
use crate::clock::Clock;
use crate::jwt::{Segments, json as decoded, key_in};
use crate::signer::{BuiltIn, SignerError};

/// Who is meant by a token, and who issues those of the login.
const NAME: &str = "neuronex";

/// How long a token from a login is valid, in seconds.
const LOGIN_TOKEN_S: i64 = 24 * 3600;

/// What is wrong with what a call carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    Missing,
    Incorrect,
}

pub(super) struct Gate {
    /// The pair that login tokens use; another one after each start, as with NeuronEX since 3.7.1.
    built_in: BuiltIn,
    keys: PathBuf,
    access: Access,
    clock: Clock,
}

impl Gate {
    pub(super) fn new(keys: PathBuf, access: Access, clock: Clock) -> Self {
        Self {
            built_in: BuiltIn::default(),
            keys,
            access,
            clock,
        }
    }

    /// A token such as a login gives.
    ///
    /// # Errors
    /// It cannot be signed.
    pub(super) fn login_token(&self) -> Result<String, SignerError> {
        let now = self.clock.now_s();
        let claims = json!({
            "iss": NAME, "aud": NAME, "iat": now, "exp": now + LOGIN_TOKEN_S, "bodyEncode": "0",
        });
        self.built_in.signer()?.token(&claims)
    }

    /// Checks what a call carries.
    ///
    /// # Errors
    /// Why it may not go on.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.access == Access::Open {
            return Ok(());
        }
        let value = headers.get(AUTHORIZATION);
        let value = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // Blanks at the end of a header are gone by now.
        if value.is_empty() || value == "Bearer" {
            return Err(Refusal::Missing);
        }
        let token = value.strip_prefix("Bearer ").ok_or(Refusal::Incorrect)?;
        let claims = self.verified(token).ok_or(Refusal::Incorrect)?;
        let now_s = self.clock.now_s();
        let meant = claims["aud"].as_str() == Some(NAME);
        let lasts = claims["exp"]
            .as_i64()
            .is_some_and(|expires| now_s < expires);
        let begun = claims["nbf"].as_i64().is_none_or(|begins| now_s >= begins);
        (meant && lasts && begun)
            .then_some(())
            .ok_or(Refusal::Incorrect)
    }

    fn verified(&self, token: &str) -> Option<Value> {
        let segments = Segments::of(token)?;
        if decoded(segments.header)?["alg"].as_str() != Some("RS256") {
            return None;
        }
        let claims = decoded(segments.claims)?;
        let key = self.key_of(claims["iss"].as_str()?)?;
        segments.signed_by(&key, Algorithm::RS256).then_some(claims)
    }

    fn key_of(&self, issuer: &str) -> Option<DecodingKey> {
        if issuer == NAME {
            return Some(self.built_in.made()?.checking().clone());
        }
        let entries = std::fs::read_dir(&self.keys).ok()?;
        let mut names = entries.flatten().map(|entry| entry.file_name());
        let found = names.find(|name| name.to_str() == Some(issuer))?;
        key_in(&self.keys.join(found))
    }
}
