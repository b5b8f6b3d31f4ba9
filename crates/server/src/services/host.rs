//! The host names of edge services: `<id>.<services domain>`.
//!
//! A service's page lives on a host of its own, so that its cookies, scripts and absolute paths are its own and cannot touch the console. Every
//! path but one belongs to the service; [`ENTER_PATH`] turns a ticket into this host's cookie.

use std::net::SocketAddr;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use edgeward_ids::ServiceId;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};

use super::guard::Meant;
use super::hand_over::{COOKIE, COOKIE_LIFETIME, SessionHash};
use super::page;
use super::proxy::{self, Origin};
use crate::api::ApiError;
use crate::app::Shared;
use crate::now;

/// The one path on a service's host that is not the service's.
pub const ENTER_PATH: &str = "/.edgeward/enter";

/// Answers a request on a service's host.
pub async fn handle(
    app: &Shared,
    service: ServiceId,
    remote: SocketAddr,
    request: Request<Body>,
) -> Response {
    let html = page::wanted(request.headers());
    let answer = if request.uri().path() == ENTER_PATH {
        enter(app, service, &request)
    } else {
        carry(app, service, remote, request).await
    };
    answer.unwrap_or_else(|error| {
        if html {
            page::failed(&error, app, service)
        } else {
            error.into_response()
        }
    })
}

/// The hash of a session's token as the hand-over keeps it.
pub fn session_hash(hex: &str) -> Option<SessionHash> {
    let mut hash = SessionHash::default();
    if hex.len() != hash.len() * 2 {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

fn enter(app: &Shared, service: ServiceId, request: &Request<Body>) -> Result<Response, ApiError> {
    let query = request.uri().query().unwrap_or_default();
    let ticket = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("ticket="))
        .unwrap_or_default();
    let (cookie, _) = app
        .hand_over
        .redeem(ticket, service, now())
        .ok_or_else(|| {
            ApiError::new(
                StatusCode::UNAUTHORIZED,
                "ticket_not_valid",
                "this link was used already, or is too old",
            )
            .hint("open the service from the console again")
        })?;
    let secure = if app.public().secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={cookie}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        COOKIE_LIFETIME.as_secs()
    );
    let headers = [
        (header::SET_COOKIE, cookie),
        (header::LOCATION, "/".into()),
        (header::CACHE_CONTROL, "no-store".into()),
        (header::REFERRER_POLICY, "no-referrer".into()),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

async fn carry(
    app: &Shared,
    service: ServiceId,
    remote: SocketAddr,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let not_signed_in = || ApiError::unauthorized().hint("open the service from the console");
    let jar = CookieJar::from_headers(request.headers());
    let cookie = jar.get(COOKIE).ok_or_else(not_signed_in)?;
    let session = app
        .hand_over
        .check(cookie.value(), service, now())
        .ok_or_else(not_signed_in)?;
    let hex: String = session.iter().map(|byte| format!("{byte:02x}")).collect();
    let found = match app.access.bearer(&hex).await? {
        Some(bearer) => Some(bearer.identity),
        None => app.api_tokens.identity(&hex).await?,
    };
    let identity = found.ok_or_else(not_signed_in)?;
    let opened = app.services.open(&identity.grants, service).await?;
    let (parts, body) = request.into_parts();
    opened.allows(&parts)?;
    let mut request = Request::from_parts(parts, body);
    let route = opened.route;
    keep_own_cookie(request.headers_mut());
    request.extensions_mut().insert(Meant);
    let origin = Origin {
        address: Some(remote),
        host: app.public().service_host(service),
        scheme: if app.public().secure { "https" } else { "http" },
    };
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(|| "/".to_owned(), |p| p.as_str().to_owned());
    Ok(proxy::exchange(&app.ways, &route, &origin, &path, request).await?)
}

/// The hand-over cookie is ours; the service sees its own ones only.
fn keep_own_cookie(headers: &mut HeaderMap) {
    let kept: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(COOKIE))
        .map(str::to_owned)
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&kept.join("; "))
        && !kept.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}
