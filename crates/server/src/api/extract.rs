//! Extractors whose refusals have our shape.

use std::str::FromStr;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request};
use http::request::Parts;
use http::{Extensions, header};
use serde::de::DeserializeOwned;
use std::convert::Infallible;

use super::ApiError;
use crate::access::Origin;
use crate::web::listener::Remote;

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let json = Json::<T>::from_request(request, state).await;
        json.map(|Json(value)| Self(value)).map_err(|rejection| {
            ApiError::new(rejection.status(), "invalid_request", rejection.body_text())
                .hint("send JSON as the API documentation shows")
        })
    }
}

/// The query, each key at most once.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| ApiError::invalid(rejection.body_text()))
    }
}

/// The id in the path. One that does not parse is an id that does not exist.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let text = path.map(|Path(text)| text).unwrap_or_default();
        text.parse().map(Self).map_err(|_| {
            ApiError::not_found("thing; an id looks like 0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d")
        })
    }
}

/// Two ids in the path, such as a project's and a member's.
pub struct Ids<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (a, b) = path.map(|Path(texts)| texts).unwrap_or_default();
        match (a.parse(), b.parse()) {
            (Ok(a), Ok(b)) => Ok(Self(a, b)),
            _ => Err(ApiError::not_found(
                "thing; an id looks like 0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d",
            )),
        }
    }
}

/// Where a request comes from, without the port.
pub fn address_of(extensions: &Extensions) -> String {
    let remote = extensions.get::<ConnectInfo<Remote>>();
    remote.map_or_else(String::new, |ConnectInfo(remote)| remote.0.ip().to_string())
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let program = parts.headers.get(header::USER_AGENT);
        let program = program.and_then(|name| name.to_str().ok());
        Ok(Self {
            address: address_of(&parts.extensions),
            program: program.unwrap_or_default().to_owned(),
        })
    }
}
