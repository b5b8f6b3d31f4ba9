//! Who may call, as NanoMQ decides it.
//!
//! A token is looked at in this order: is there one behind `Bearer `; does the signature hold (RS256, whatever the header says); is the
//! issuer the key file's name; is there an expiry, and has it passed by more than the tolerance. Nothing else is looked at.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::Access;
use super::api::Code;
use crate::jwt::{Segments, json, key_in};

/// How long after its expiry a token is still taken, in seconds.
const TOLERANCE_S: i64 = 200;

/// Who may call, as it was decided when the process began.
pub(super) enum Gate {
    Token {
        /// The key, if the file had one.
        key: Option<DecodingKey>,
        issuer: String,
    },
    Basic {
        credentials: String,
    },
    Open,
}

impl Gate {
    pub(super) fn new(access: &Access) -> Self {
        match access {
            Access::Token { key_file } => Self::Token {
                key: key_in(key_file),
                issuer: key_file
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
            },
            Access::Basic { user, password } => Self::Basic {
                credentials: format!("{user}:{password}"),
            },
            Access::Open => Self::Open,
        }
    }

    /// Checks what a call carries.
    ///
    /// # Errors
    /// Why it may not go on.
    pub(super) fn check(&self, headers: &HeaderMap, now_s: i64) -> Result<(), Code> {
        match self {
            Self::Open => Ok(()),
            Self::Basic { credentials } => {
                let brought = after(headers, "Basic ")?;
                let brought = STANDARD.decode(brought).unwrap_or_default();
                let right = brought == credentials.as_bytes();
                right.then_some(()).ok_or(Code::WrongCredentials)
            }
            Self::Token { key, issuer } => {
                let token = after(headers, "Bearer ")?;
                let claims = verified(token, key.as_ref()).ok_or(Code::WrongCredentials)?;
                if claims["iss"].as_str() != Some(issuer) {
                    return Err(Code::WrongCredentials);
                }
                let expires = seconds(&claims["exp"]).ok_or(Code::TokenExpired)?;
                let expired = now_s > expires.saturating_add(TOLERANCE_S);
                (!expired).then_some(()).ok_or(Code::TokenExpired)
            }
        }
    }
}

/// What stands behind the scheme, up to the next blank.
fn after<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<&'a str, Code> {
    let value = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let brought = value.and_then(|value| value.strip_prefix(scheme));
    let brought = brought.and_then(|brought| brought.split_whitespace().next());
    brought.ok_or(Code::NoCredentials)
}

fn verified(token: &str, key: Option<&DecodingKey>) -> Option<Value> {
    let segments = Segments::of(token)?;
    let signed = segments.signed_by(key?, Algorithm::RS256);
    signed.then(|| json(segments.claims)).flatten()
}

/// A time as a number, or as a text with digits.
fn seconds(claim: &Value) -> Option<i64> {
    match claim {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
