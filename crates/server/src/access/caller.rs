//! The extractor: who is calling, by cookie or bearer token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use edgeward_domain::access::{self, Action, Permit, Session};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};

use crate::api::ApiError;
use crate::app::Shared;

/// The console's cookie.
pub const COOKIE: &str = "edgeward_session";

/// Who is calling: a session that is good now.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session.
    pub session: Arc<Session>,
    /// SHA-256 of its token, hexadecimal.
    pub token_hash: String,
    /// By what it was shown.
    pub by: Proof,
}

/// What the caller showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A cookie, which a browser sends by itself.
    Cookie,
    /// A token that the caller's program sent on purpose.
    Bearer,
}

impl Caller {
    /// The proof that the caller may do this.
    pub fn permit(&self, action: Action) -> Result<Permit, ApiError> {
        access::permit(&self.session.actor, action)
            .map_err(|error| ApiError::new(StatusCode::FORBIDDEN, "not_allowed", error.to_string()))
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        let (token, by) = match bearer(&parts.headers) {
            Some(token) => (token.to_owned(), Proof::Bearer),
            None => {
                let jar = CookieJar::from_headers(&parts.headers);
                let cookie = jar.get(COOKIE).ok_or_else(ApiError::unauthorized)?;
                (cookie.value().to_owned(), Proof::Cookie)
            }
        };
        let token_hash = edgeward_pki::sha256_hex(token.as_bytes());
        let session = app
            .access
            .session_by_hash(&token_hash)
            .await?
            .ok_or_else(ApiError::unauthorized)?;
        Ok(Self {
            session,
            token_hash,
            by,
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
