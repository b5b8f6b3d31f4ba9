//! What is known to harm a product is not sent to it, what must not overlap waits its turn, and what gives secrets away is not shown.
//!
//! Which calls these are is the products' knowledge. Bodies are looked into only where a product says so; all others stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use edgeward_ids::ServiceId;
use edgeward_products::{Call, Kind, mask, product, serialised, validate};
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use super::failure::Failure;

/// The largest body that is looked into, in bytes.
pub const MAX_LOOKED_INTO_BYTES: usize = 4 * 1024 * 1024;

/// How long a call waits for its turn.
pub const TURN_TIMEOUT: Duration = Duration::from_secs(30);

/// Among a request's extensions: whoever sent it was told what it does, or uses the service's own page, which asks by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meant;

/// Turns of calls that must not overlap, by service.
#[derive(Default)]
pub(super) struct Turns {
    services: Mutex<HashMap<ServiceId, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn; over when dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// Waits for the turn of a call with this path; none is needed for most.
    pub(super) async fn take(
        &self,
        service: ServiceId,
        kind: Kind,
        path: &str,
    ) -> Result<Option<Turn>, Failure> {
        if !serialised(kind, path) {
            return Ok(None);
        }
        let turns = {
            let mut services = self.services.lock();
            services.retain(|_, turns| Arc::strong_count(turns) > 1);
            services.entry(service).or_default().clone()
        };
        let turn = tokio::time::timeout(TURN_TIMEOUT, turns.lock_owned()).await;
        turn.map(Some).map_err(|_| Failure::Busy)
    }
}

/// The answer with the turn, which is over when its body has been read or dropped.
pub(super) fn during(turn: Option<Turn>, answer: Response<Body>) -> Response<Body> {
    match turn {
        None => answer,
        Some(turn) => answer.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _until_then = &turn;
                frame
            }))
        }),
    }
}

/// The request, unless it would harm the service.
pub(super) async fn checked(kind: Kind, request: Request<Body>) -> Result<Request<Body>, Failure> {
    if kind == Kind::Http {
        return Ok(request);
    }
    let (mut parts, mut body) = request.into_parts();
    let mut call = Call::get(parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    call.method = parts.method.clone();
    if product(kind).looks_into(&call) {
        let whole = whole(body).await?;
        call.body = Some(whole.clone());
        parts.headers.insert(CONTENT_LENGTH, whole.len().into());
        body = Body::from(whole);
    }
    match validate(kind, &call) {
        Ok(()) => {}
        Err(hazard) if hazard.may_be_meant() && parts.extensions.get::<Meant>().is_some() => {}
        Err(hazard) => return Err(hazard.into()),
    }
    if product(kind).gives_secrets_away() {
        // What is packed, or a part, cannot be looked through.
        parts.headers.remove(RANGE);
        parts
            .headers
            .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    Ok(Request::from_parts(parts, body))
}

/// The answer to a call with this path, without secrets.
pub(super) async fn masked(
    kind: Kind,
    path: &str,
    answer: Response<Body>,
) -> Result<Response<Body>, Failure> {
    if !product(kind).gives_secrets_away() {
        return Ok(answer);
    }
    let (mut parts, body) = answer.into_parts();
    let whole = whole(body).await?;
    let body = if whole.is_empty() {
        whole
    } else {
        mask(kind, path, whole)
    };
    if parts.headers.contains_key(CONTENT_LENGTH) {
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn whole(body: Body) -> Result<Bytes, Failure> {
    let read = Limited::new(body, MAX_LOOKED_INTO_BYTES).collect().await;
    read.map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                Failure::TooLarge
            } else {
                Failure::BadAnswer(error.to_string())
            }
        })
}
