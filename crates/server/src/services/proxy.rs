//! Carries one HTTP exchange, or one switched connection, between a caller and an edge service.
//!
//! The caller is already allowed in. Headers that belong to one connection only stay behind; bodies stream both ways, each to its own end. A
//! failure before the service has answered becomes an answer that says who is at fault ([`Failure`]); one after that breaks the body off, so that
//! nobody takes half an answer for a whole one.

use std::net::SocketAddr;
use std::time::Instant;

use axum::body::Body;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;

use super::failure::Failure;
use super::ways::{Route, Switched, Ways};

/// Buffer of each direction of a switched connection, in bytes.
const SWITCHED_BUFFER_BYTES: usize = 16 * 1024;

/// Headers that belong to one connection (RFC 9110, 7.6.1) and are never passed on.
pub(super) const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What a service is told of the caller.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The caller's address.
    pub address: Option<SocketAddr>,
    /// The host name that was asked for.
    pub host: String,
    /// `http` or `https`.
    pub scheme: &'static str,
}

/// Carries one exchange. `path` replaces the request's own.
pub async fn exchange(
    ways: &Ways,
    route: &Route,
    origin: &Origin,
    path: &str,
    mut request: Request<Body>,
) -> Result<Response<Body>, Failure> {
    let began = Instant::now();
    let result = match asked_to_switch(&request) {
        Some(protocol) => {
            let caller = hyper::upgrade::on(&mut request);
            let request = outgoing(origin, path, request)?;
            let switched = ways.switch(route, &protocol, request).await;
            switched.map(|answer| match answer {
                Switched::Yes(answer) => joined(answer, &protocol, caller),
                Switched::No(answer) => incoming(answer),
            })
        }
        None => {
            let answer = ways.send(route, outgoing(origin, path, request)?).await;
            answer.map(incoming)
        }
    };
    let outcome = match &result {
        Ok(response) => status_class(response.status()),
        Err(failure) => failure.code(),
    };
    metrics::counter!("edgeward_proxy_requests_total", "outcome" => outcome).increment(1);
    metrics::histogram!("edgeward_proxy_answer_seconds").record(began.elapsed().as_secs_f64());
    result
}

/// Joins the caller's connection and the service's, which both speak another protocol from now on; what the caller is answered.
fn joined(
    mut answer: Response<Body>,
    protocol: &str,
    caller: hyper::upgrade::OnUpgrade,
) -> Response<Body> {
    let service = hyper::upgrade::on(&mut answer);
    tokio::spawn(async move {
        let Ok((caller, service)) = futures::future::try_join(caller, service).await else {
            return;
        };
        let (mut caller, mut service) = (TokioIo::new(caller), TokioIo::new(service));
        let _ = tokio::io::copy_bidirectional_with_sizes(
            &mut caller,
            &mut service,
            SWITCHED_BUFFER_BYTES,
            SWITCHED_BUFFER_BYTES,
        )
        .await;
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = answer.headers().clone();
    clean(response.headers_mut());
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    if let Ok(value) = HeaderValue::from_str(protocol) {
        response.headers_mut().insert(header::UPGRADE, value);
    }
    response
}

fn asked_to_switch(request: &Request<Body>) -> Option<String> {
    let connection = request.headers().get(header::CONNECTION)?.to_str().ok()?;
    let asked = connection
        .split(',')
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    let protocol = request.headers().get(header::UPGRADE)?.to_str().ok()?;
    asked.then(|| protocol.to_ascii_lowercase())
}

fn outgoing(origin: &Origin, path: &str, request: Request<Body>) -> Result<Request<Body>, Failure> {
    let (mut parts, body) = request.into_parts();
    parts.uri = path.parse().map_err(|_| Failure::Path)?;
    parts.headers.remove(header::HOST);
    clean(&mut parts.headers);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            parts.headers.insert(name, value);
        }
    };
    set("x-forwarded-host", &origin.host);
    set("x-forwarded-proto", origin.scheme);
    if let Some(address) = origin.address {
        set("x-forwarded-for", &address.ip().to_string());
    }
    Ok(Request::from_parts(parts, body))
}

fn incoming(answer: Response<Body>) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    clean(&mut parts.headers);
    keep_cookies_at_home(&mut parts.headers);
    Response::from_parts(parts, body)
}

/// Removes what belongs to one connection, also what `Connection` itself names.
fn clean(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

/// A service's cookies stay with its own host: one for a parent domain would reach other services and the console.
fn keep_cookies_at_home(headers: &mut HeaderMap) {
    let has_domain = |value: &HeaderValue| {
        value
            .to_str()
            .is_ok_and(|text| text.to_ascii_lowercase().contains("domain="))
    };
    if !headers.get_all(header::SET_COOKIE).iter().any(has_domain) {
        return;
    }
    let cookies: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        let kept = cookie.to_str().ok().map(|text| {
            let parts = text
                .split(';')
                .filter(|part| !part.trim().to_ascii_lowercase().starts_with("domain="));
            parts.collect::<Vec<_>>().join(";")
        });
        if let Some(kept) = kept.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.append(header::SET_COOKIE, kept);
        }
    }
}

fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
