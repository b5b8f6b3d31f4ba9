//! The token check, as Neuron does it, oddities included.
//!
//! A token is looked at in this order: is there one behind the first seven characters; does it parse and have an `iss`; is
//! there a key for it; does the signature (RS256) hold; has it expired; is it valid yet. Nothing else is looked at.

mod keys;

use std::path::PathBuf;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Value, json};

use super::code::Code;
use crate::Access;
use crate::clock::Clock;
use crate::signer::{BuiltIn, SignerError};
use keys::KeyFolder;

/// Neuron skips as many characters as `Bearer ` has, whatever they are.
const SCHEME_CHARS: usize = 7;

/// Whose tokens the built-in key signs and checks.
const BUILT_IN: &str = "neuron";

/// How long a token from a login is valid, in seconds.
const LOGIN_TOKEN_S: i64 = 3600;

/// The cookie in which the page keeps its token for what cannot carry a header.
const TOKEN_COOKIE: &str = "neuron_token";

/// Who may call.
pub(in crate::neuron) struct Gate {
    /// The pair that login tokens use; another one after each start, so that no installation knows another's.
    built_in: BuiltIn,
    folder: KeyFolder,
    access: Access,
    clock: Clock,
}

impl Gate {
    pub(in crate::neuron) fn new(certs: PathBuf, access: Access, clock: Clock) -> Self {
        Self {
            built_in: BuiltIn::default(),
            folder: KeyFolder::new(certs),
            access,
            clock,
        }
    }

    /// A token such as a login gives. The first takes a moment: not for an async thread.
    ///
    /// # Errors
    /// It cannot be signed.
    pub(in crate::neuron) fn login_token(&self) -> Result<String, SignerError> {
        let now = self.clock.now_s();
        let claims = json!({
            "iss": BUILT_IN, "aud": BUILT_IN, "iat": now, "exp": now + LOGIN_TOKEN_S, "bodyEncode": "0",
        });
        self.built_in.signer()?.token(&claims)
    }

    /// Checks what a call carries.
    ///
    /// # Errors
    /// Why it may not go on.
    pub(in crate::neuron) fn check(&self, headers: &HeaderMap) -> Result<(), Code> {
        if self.access == Access::Open {
            return Ok(());
        }
        let value = headers.get(AUTHORIZATION);
        let value = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match value.get(SCHEME_CHARS..) {
            None | Some("") => Err(Code::TokenMissing),
            Some(token) => self.check_token(token, self.clock.now_s()),
        }
    }

    /// Checks what a WebSocket or an event stream of the page carries: a header, or the page's cookie.
    ///
    /// # Errors
    /// Why it may not go on.
    pub(in crate::neuron) fn check_viewer(&self, headers: &HeaderMap) -> Result<(), Code> {
        if self.access == Access::Open || headers.contains_key(AUTHORIZATION) {
            return self.check(headers);
        }
        let cookies = headers.get_all(COOKIE).into_iter();
        let token = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == TOKEN_COOKIE);
        match token {
            None | Some((_, "")) => Err(Code::TokenMissing),
            Some((_, token)) => self.check_token(token, self.clock.now_s()),
        }
    }

    fn check_token(&self, token: &str, now_s: i64) -> Result<(), Code> {
        let unverified = jsonwebtoken::dangerous::insecure_decode::<Value>(token);
        let unverified = unverified.map_err(|_| Code::TokenInvalid)?;
        let issuer = unverified.claims["iss"]
            .as_str()
            .ok_or(Code::TokenInvalid)?;
        let key = match self.folder.find(issuer) {
            Some(key) => key,
            None if issuer == BUILT_IN => {
                let made = self.built_in.made().ok_or(Code::TokenInvalid)?;
                made.checking().clone()
            }
            None => {
                // A key added at run time fails once and works on the next try.
                self.folder.scan();
                return Err(Code::TokenInvalid);
            }
        };
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let verified = jsonwebtoken::decode::<Value>(token, &key, &validation);
        let claims = verified.map_err(|_| Code::TokenInvalid)?.claims;
        // A number that is a text counts as absent, and so never expires.
        if claims["exp"]
            .as_i64()
            .is_some_and(|expires| now_s >= expires)
        {
            return Err(Code::TokenExpired);
        }
        if claims["nbf"].as_i64().is_some_and(|begins| now_s < begins) {
            return Err(Code::TokenNotYetValid);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
