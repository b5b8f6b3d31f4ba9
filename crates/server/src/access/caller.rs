//! The extractor: who is calling, by cookie, bearer token or API token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use edgeward_domain::access::{
    self, Action, Actor, Denied, Grants, Identity, Permit, Scope, Session, User,
};
use edgeward_domain::audit::By;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};

use crate::api::{ApiError, address_of, request_id};
use crate::app::{App, Shared};

/// The console's cookie.
pub const COOKIE: &str = "edgeward_session";

/// Who is calling: somebody whose right to act is good now.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who, and what they were given.
    pub identity: Arc<Identity>,
    /// The session in which they act; none for an API token.
    pub session: Option<Arc<Session>>,
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// By what it was shown.
    pub proof: Proof,
    /// Where the call comes from.
    pub address: String,
}

/// What the caller showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A cookie, which a browser sends by itself.
    Cookie,
    /// A token that the caller's program sent on purpose.
    Bearer,
}

/// Whoever is behind a token: somebody in a session, or a program.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Who, and what they were given.
    pub identity: Arc<Identity>,
    /// The session; none for an API token.
    pub session: Option<Arc<Session>>,
}

impl Caller {
    /// The proof that the caller may do this there; a scope that they may not see answers as missing.
    pub fn permit(&self, action: Action, scope: Scope) -> Result<Permit, ApiError> {
        access::permit(self.grants(), action, scope).map_err(|denied| match denied {
            Denied::Hidden => ApiError::not_found(match scope {
                Scope::Organisation(_) => "organisation",
                _ => "project",
            }),
            Denied::Role(least) => ApiError::not_allowed(least),
        })
    }

    /// Whether the caller may do this there.
    pub fn may(&self, action: Action, scope: Scope) -> bool {
        access::permit(self.grants(), action, scope).is_ok()
    }

    /// What the caller was given.
    pub fn grants(&self) -> &Grants {
        &self.identity.grants
    }

    /// What the caller's changes are recorded with.
    pub fn by(&self) -> By {
        By {
            author: self.identity.actor.author(),
            address: Some(self.address.clone()),
            request_id: Some(request_id::current()),
        }
    }

    /// Whether the right to act still stands, for what goes on for long.
    pub async fn still_good(&self, app: &App) -> bool {
        let found = match self.session {
            Some(_) => app
                .access
                .bearer(&self.token_hash)
                .await
                .map(|b| b.is_some()),
            None => app
                .api_tokens
                .identity(&self.token_hash)
                .await
                .map(|i| i.is_some()),
        };
        found.unwrap_or(false)
    }

    /// The person who is calling; programs are refused.
    pub fn person(&self) -> Result<&User, ApiError> {
        match &self.identity.actor {
            Actor::User(user) => Ok(user),
            Actor::Token(_) | Actor::Machine => Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "person_needed",
                "only a person who has signed in can do this",
            )
            .hint("sign in with an e-mail address and a password")),
        }
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        let (token, proof) = match bearer(&parts.headers) {
            Some(token) => (token.to_owned(), Proof::Bearer),
            None => {
                let jar = CookieJar::from_headers(&parts.headers);
                let cookie = jar.get(COOKIE).ok_or_else(ApiError::unauthorized)?;
                (cookie.value().to_owned(), Proof::Cookie)
            }
        };
        let token_hash = edgeward_pki::sha256_hex(token.as_bytes());
        let found = match proof {
            Proof::Bearer if crate::api_tokens::is_one(&token) => {
                let identity = app.api_tokens.identity(&token_hash).await?;
                identity.map(|identity| Bearer {
                    identity,
                    session: None,
                })
            }
            _ => app.access.bearer(&token_hash).await?,
        };
        let Bearer { identity, session } = found.ok_or_else(ApiError::unauthorized)?;
        let caller = Self {
            identity,
            session,
            token_hash,
            proof,
            address: address_of(&parts.extensions),
        };
        if let Some(seen) = parts.extensions.get::<super::Seen>() {
            seen.set(&caller);
        }
        Ok(caller)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
