//! The token check, as eKuiper and the library below it do it.
//!
//! A token is looked at in this order: three segments, header, claims, algorithm, signature segment; is there a key file of the issuer's
//! name, in whatever case; does the signature hold, by any of the RSA algorithms; has it expired, is it valid yet; is it for eKuiper. The
//! old library looks at the times before the signature, and adds up what it finds.

mod claims;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{self, Next};
use axum::response::Response;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::{Shared, Texts, go};
use crate::Access;
use crate::clock::Clock;
use crate::jwt::{Segments, key_in};
use claims::Claims;

/// Who must be meant by a token.
const AUDIENCE: &str = "eKuiper";

/// What everybody may see.
const OPEN: [&str; 2] = ["/", "/ping"];

/// What the old library calls what it finds wrong; they add up.
mod old {
    pub(super) const MALFORMED: u32 = 1;
    pub(super) const UNVERIFIABLE: u32 = 2;
    pub(super) const SIGNATURE: u32 = 4;
    pub(super) const EXPIRED: u32 = 16;
    pub(super) const ISSUED_LATER: u32 = 32;
    pub(super) const NOT_YET: u32 = 128;
}

/// Who may call.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) access: Access,
    pub(super) keys: PathBuf,
    pub(super) texts: Texts,
    pub(super) clock: Clock,
}

/// How far a token came before something was wrong with it.
enum Wrong {
    Malformed(String),
    Unverifiable(String),
}

/// Asks for a token before each call that there is. What is not there answers so to everybody.
pub(super) fn guarded(calls: Router<Arc<Shared>>, gate: Gate) -> Router<Arc<Shared>> {
    calls.route_layer(middleware::from_fn_with_state(gate, guard))
}

async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if gate.access == Access::Open || OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let token = request.headers().get(AUTHORIZATION);
    let token = token
        .and_then(|token| token.to_str().ok())
        .unwrap_or_default();
    match gate.check(token) {
        Ok(()) => next.run(request).await,
        Err(text) => go::plain_error(StatusCode::UNAUTHORIZED, &text),
    }
}

impl Gate {
    /// Checks the whole value of the header, which is a token and nothing else.
    ///
    /// # Errors
    /// The text that goes back.
    fn check(&self, token: &str) -> Result<(), String> {
        if token.is_empty() {
            return Err("missing_token".to_owned());
        }
        match self.texts {
            Texts::Current => self.check_now(token),
            Texts::Old => self.check_old(token),
        }
    }

    fn check_now(&self, token: &str) -> Result<(), String> {
        let invalid = |text: String| format!("validate token error: {text}");
        let read = Self::read(token, Claims::read);
        let (segments, algorithm, claims) = read.map_err(|wrong| {
            invalid(match wrong {
                Wrong::Malformed(why) => format!("token is malformed: {why}"),
                Wrong::Unverifiable(why) => format!("token is unverifiable: {why}"),
            })
        })?;
        go::base64(segments.signature).map_err(|why| {
            invalid(format!(
                "token is malformed: could not base64 decode signature: {why}"
            ))
        })?;
        let key = self.key_of(&claims.issuer).map_err(|why| {
            invalid(format!(
                "token is unverifiable: error while executing keyfunc: {why}"
            ))
        })?;
        signature(segments, &algorithm, &key)
            .map_err(|why| invalid(format!("token signature is invalid: {why}")))?;
        let now_s = self.clock.now_s();
        let mut found = Vec::new();
        if claims.expires.is_some_and(|expires| now_s >= expires) {
            found.push("token is expired");
        }
        if claims.begins.is_some_and(|begins| now_s < begins) {
            found.push("token is not valid yet");
        }
        if !found.is_empty() {
            return Err(invalid(format!(
                "token has invalid claims: {}",
                found.join(", ")
            )));
        }
        if claims.audience.iter().any(|audience| audience == AUDIENCE) {
            return Ok(());
        }
        Err(format!(
            "audience field should contain eKuiper, but got {}",
            go::list(&claims.audience)
        ))
    }

    fn check_old(&self, token: &str) -> Result<(), String> {
        let invalid = |code: u32, text: String| {
            format!("JWTVAL__ERRCODE:{code}__ERRSTR:{text}__TOKEN:{token}")
        };
        let read = Self::read(token, Claims::read_old);
        let (segments, algorithm, claims) = read.map_err(|wrong| match wrong {
            Wrong::Malformed(_) if has_scheme(token) => invalid(
                old::MALFORMED,
                "tokenstring should not contain 'bearer '".to_owned(),
            ),
            Wrong::Malformed(why) => {
                // The old library does not say what it was decoding.
                let bare = why.split_once(": ").map_or(why.as_str(), |(_, bare)| bare);
                invalid(old::MALFORMED, bare.to_owned())
            }
            Wrong::Unverifiable(why) => invalid(old::UNVERIFIABLE, format!("{why}.")),
        })?;
        let key = self
            .key_of(&claims.issuer)
            .map_err(|why| invalid(old::UNVERIFIABLE, why))?;
        let now_s = self.clock.now_s();
        let (mut code, mut text) = (0, String::new());
        if let Some(expires) = claims.expires.filter(|expires| now_s > *expires) {
            code |= old::EXPIRED;
            text = format!("token is expired by {}", go::duration(now_s - expires));
        }
        if claims.issued.is_some_and(|issued| now_s < issued) {
            code |= old::ISSUED_LATER;
            "token used before issued".clone_into(&mut text);
        }
        if claims.begins.is_some_and(|begins| now_s < begins) {
            code |= old::NOT_YET;
            "token is not valid yet".clone_into(&mut text);
        }
        if let Err(why) = signature(segments, &algorithm, &key) {
            code |= old::SIGNATURE;
            text = why;
        }
        if code != 0 {
            return Err(invalid(code, text));
        }
        let audience = claims.audience.concat();
        (audience == AUDIENCE)
            .then_some(())
            .ok_or_else(|| format!("audience field should be eKuiper, but got {audience}"))
    }

    /// Everything up to the name of the algorithm.
    fn read<'a>(
        token: &'a str,
        claims: impl FnOnce(&Value) -> Result<Claims, String>,
    ) -> Result<(Segments<'a>, String, Claims), Wrong> {
        let segments = Segments::of(token).ok_or_else(|| {
            Wrong::Malformed("token contains an invalid number of segments".to_owned())
        })?;
        let header = decoded(segments.header, "header")?;
        let body = decoded(segments.claims, "claim")?;
        let claims = claims(&body)
            .map_err(|why| Wrong::Malformed(format!("could not JSON decode claim: {why}")))?;
        let unverifiable =
            |why: &str| Wrong::Unverifiable(format!("signing method (alg) is {why}"));
        let algorithm = header["alg"]
            .as_str()
            .ok_or_else(|| unverifiable("unspecified"))?;
        if method(algorithm).is_none() {
            return Err(unverifiable("unavailable"));
        }
        Ok((segments, algorithm.to_owned(), claims))
    }

    /// The key in the file that the issuer names, in whatever case.
    fn key_of(&self, issuer: &str) -> Result<DecodingKey, String> {
        if issuer.is_empty() {
            return Err("issuer field not exist in jwt payload".to_owned());
        }
        let file = file_named(&self.keys, issuer)?;
        key_in(&file).ok_or_else(|| {
            "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 private key".to_owned()
        })
    }
}

/// What the old library looks for when it cannot read a header.
fn has_scheme(token: &str) -> bool {
    Segments::of(token).is_some() && token.to_lowercase().starts_with("bearer ")
}

fn decoded(segment: &str, what: &str) -> Result<Value, Wrong> {
    let bytes = go::base64(segment)
        .map_err(|why| Wrong::Malformed(format!("could not base64 decode {what}: {why}")))?;
    go::json(&bytes).map_err(|why| Wrong::Malformed(format!("could not JSON decode {what}: {why}")))
}

fn file_named(folder: &Path, issuer: &str) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder)
        .map_err(|_| format!("open {}: no such file or directory", folder.display()))?;
    let wanted = issuer.to_lowercase();
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let found = names
        .into_iter()
        .find(|name| name.to_string_lossy().to_lowercase() == wanted);
    found
        .map(|name| folder.join(name))
        .ok_or_else(|| format!("not found target key file {issuer} in /etc/mgmt"))
}

/// What the library knows under an algorithm's name: a way to check with an RSA key, or why that cannot be.
fn method(name: &str) -> Option<Result<Algorithm, &'static str>> {
    Some(match name {
        "RS256" => Ok(Algorithm::RS256),
        "RS384" => Ok(Algorithm::RS384),
        "RS512" => Ok(Algorithm::RS512),
        "PS256" => Ok(Algorithm::PS256),
        "PS384" => Ok(Algorithm::PS384),
        "PS512" => Ok(Algorithm::PS512),
        "none" => Err("token is unverifiable: 'none' signature type is not allowed"),
        "HS256" | "HS384" | "HS512" => Err("key is of invalid type: HMAC verify expects []byte"),
        "ES256" | "ES384" | "ES512" => {
            Err("key is of invalid type: ECDSA verify expects *ecdsa.PublicKey")
        }
        "EdDSA" => Err("key is of invalid type: Ed25519 verify expects ed25519.PublicKey"),
        _ => return None,
    })
}

fn signature(segments: Segments<'_>, algorithm: &str, key: &DecodingKey) -> Result<(), String> {
    let algorithm = match method(algorithm) {
        Some(Ok(algorithm)) => algorithm,
        Some(Err(why)) => return Err(why.to_owned()),
        None => return Err("the requested hash function is unavailable".to_owned()),
    };
    let holds = segments.signed_by(key, algorithm);
    holds
        .then_some(())
        .ok_or_else(|| "crypto/rsa: verification error".to_owned())
}
