//! `/api/v1/services`, and the way for programs to reach a service's own API.

use axum::body::Body as HttpBody;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Json, Router};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::service::{OpenAnswer, Service, ServiceFilter};
use edgeward_ids::ServiceId;
use http::{HeaderValue, Request, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::failure::Failure;
use super::proxy::{self, Origin};
use super::{ReadOnly, ServiceError, host};
use crate::access::{Caller, Proof};
use crate::api::{ApiError, Id, Query, slice};
use crate::app::Shared;
use crate::web::listener::Remote;
use crate::{now, timestamp};

/// The routes that the OpenAPI document describes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(open))
}

/// The way for programs. Any method, so that the document names it in words only.
pub fn program_routes() -> Router<Shared> {
    Router::new()
        .route("/api/v1/services/{id}/proxy", any(program))
        .route("/api/v1/services/{id}/proxy/", any(program))
        .route("/api/v1/services/{id}/proxy/{*path}", any(program))
}

/// Edge services. Programs reach a service's own API with any method at `/api/v1/services/{id}/proxy/{path}`, with a bearer token.
#[utoipa::path(get, path = "/services", tag = "services", params(ServiceFilter),
    responses((status = 200, body = List<Service>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<ServiceFilter>,
) -> Result<Json<List<Service>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let found = app.services.list(caller.grants(), &filter, slice).await?;
    Ok(Json(found))
}

/// One edge service.
#[utoipa::path(get, path = "/services/{id}", tag = "services", params(("id" = ServiceId, Path)),
    responses((status = 200, body = Service), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<Service>, ApiError> {
    Ok(Json(app.services.show(caller.grants(), id).await?))
}

/// A link to the service's own page, good once and for 60 s.
#[utoipa::path(post, path = "/services/{id}/open", tag = "services", params(("id" = ServiceId, Path)),
    responses((status = 200, body = OpenAnswer), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn open(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<OpenAnswer>, ApiError> {
    app.services.open(caller.grants(), id).await?;
    let session = host::session_hash(&caller.token_hash).ok_or_else(ApiError::unauthorized)?;
    let (ticket, expires_at) = app.hand_over.ticket(id, session, now());
    let url = format!(
        "{}{}?ticket={ticket}",
        app.public().service_origin(id),
        host::ENTER_PATH
    );
    Ok(Json(OpenAnswer {
        url,
        expires_at: timestamp(expires_at),
    }))
}

/// Carries a program's request. Only with a bearer token: with a cookie, a page of the service's could act as the console.
async fn program(
    State(app): State<Shared>,
    caller: Caller,
    request: Request<HttpBody>,
) -> Response {
    carry(app, caller, request)
        .await
        .unwrap_or_else(|error| error.into_response())
}

async fn carry(
    app: Shared,
    caller: Caller,
    request: Request<HttpBody>,
) -> Result<Response, ApiError> {
    if caller.proof == Proof::Cookie {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "bearer_needed",
            "this address is for programs and needs a bearer token",
        )
        .hint("open the service from the console, or send Authorization: Bearer <token>"));
    }
    let full = request
        .uri()
        .path_and_query()
        .map(|p| p.as_str().to_owned())
        .unwrap_or_default();
    let rest = full.strip_prefix("/api/v1/services/").unwrap_or_default();
    let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let id: ServiceId = id.parse().map_err(|_| ApiError::not_found("service"))?;
    let path = rest
        .strip_prefix("proxy")
        .filter(|p| p.starts_with('/'))
        .unwrap_or("/")
        .to_owned();
    let opened = app.services.open(caller.grants(), id).await?;
    let (parts, body) = request.into_parts();
    opened.allows(&parts)?;
    let mut request = Request::from_parts(parts, body);
    let route = opened.route;
    if !app.presence.is_online(route.agent) {
        return Err(Failure::Offline.into());
    }
    request.headers_mut().remove(header::AUTHORIZATION);
    request.headers_mut().remove(header::COOKIE);
    // What the service itself wants as credentials travels beside ours.
    if let Some(own) = request.headers_mut().remove(SERVICE_AUTHORIZATION) {
        request.headers_mut().insert(header::AUTHORIZATION, own);
    }
    let origin = Origin {
        address: request
            .extensions()
            .get::<ConnectInfo<Remote>>()
            .map(|ConnectInfo(remote)| remote.0),
        host: request
            .headers()
            .get(header::HOST)
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        scheme: if app.public().secure { "https" } else { "http" },
    };
    let mut response = proxy::exchange(&app.tunnels, &route, &origin, &path, request).await?;
    // Should a browser show it all the same, it is nobody's page.
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox"),
    );
    Ok(response)
}

/// The `Authorization` that the service is to get, in a request of a program's.
const SERVICE_AUTHORIZATION: &str = "edgeward-service-authorization";

impl From<ReadOnly> for ApiError {
    fn from(error: ReadOnly) -> Self {
        Self::new(StatusCode::FORBIDDEN, "read_only", error.to_string())
            .hint("ask an administrator of the project")
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Unknown => Self::not_found("service"),
            ServiceError::Store(error) => error.into(),
        }
    }
}
