//! `/api/v1/services`, and the way for programs to reach a service's own API.

use axum::body::Body as HttpBody;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Json, Router};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::service::{
    CallAnswer, CallRequest, OpenAnswer, Service, ServiceChange, ServiceFigures, ServiceFilter,
    ServiceRequest,
};
use edgeward_domain::access::{Action, Permit};
use edgeward_ids::ServiceId;
use edgeward_store::{AddRefusal, ChangeRefusal, RemoveRefusal};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{self, CallError};
use super::guard::Meant;
use super::proxy::{self, Origin};
use super::{ReadOnly, ServiceError, host, many_http};
use crate::access::{Caller, Proof};
use crate::api::{ApiError, Body, Id, Query, slice};
use crate::app::Shared;
use crate::people::Places;
use crate::web::listener::Remote;
use crate::{now, timestamp};

/// The routes that the OpenAPI document describes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(many_http::routes())
        .routes(routes!(list, add))
        .routes(routes!(show, change, delete))
        .routes(routes!(prove))
        .routes(routes!(open))
        .routes(routes!(call))
        .routes(routes!(figures))
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

/// Adds a service that the control plane dials by itself. It is asked first whether it accepts the control plane: if not, the answer is
/// 422 with what has to be put right, unless `unproven` is true.
#[utoipa::path(post, path = "/services", tag = "services", request_body = ServiceRequest,
    responses((status = 201, body = Service), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn add(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<ServiceRequest>,
) -> Result<(StatusCode, Json<Service>), ApiError> {
    let places = Places::of(&app, &caller).await?;
    let permit = caller.permit(Action::ManageServices, places.project(request.project_id)?)?;
    let added = app.services.add(&permit, &caller.by(), request).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Changes a service. Of an agent's service, name and authentication; of another one, where it is too. It is asked first whether it accepts
/// the control plane as it will be, as when it is added.
#[utoipa::path(patch, path = "/services/{id}", tag = "services", params(("id" = ServiceId, Path)), request_body = ServiceChange,
    responses((status = 200, body = Service), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
    Body(request): Body<ServiceChange>,
) -> Result<Json<Service>, ApiError> {
    let permit = to_manage(&app, &caller, id).await?;
    let changed = app
        .services
        .change(&permit, &caller.by(), id, request)
        .await?;
    Ok(Json(changed))
}

/// Deletes a service: one that the control plane dials by itself is forgotten and not touched; a hosted one is destroyed with its data.
#[utoipa::path(delete, path = "/services/{id}", tag = "services", params(("id" = ServiceId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<StatusCode, ApiError> {
    let permit = to_manage(&app, &caller, id).await?;
    if app.hosting.is_hosted(id).await? {
        app.hosting.destroy(&app, &permit, &caller.by(), id).await?;
    } else {
        app.services.remove(&permit, &caller.by(), id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Finds out with a few harmless calls whether a service accepts the control plane, and if not, what has to be put right.
#[utoipa::path(post, path = "/services/{id}/prove", tag = "services", params(("id" = ServiceId, Path)),
    responses((status = 200, body = Service), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn prove(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<Service>, ApiError> {
    let permit = to_manage(&app, &caller, id).await?;
    Ok(Json(app.services.prove(&permit, id).await?))
}

async fn to_manage(app: &Shared, caller: &Caller, id: ServiceId) -> Result<Permit, ApiError> {
    let scope = app.services.scope(caller.grants(), id).await?;
    caller.permit(Action::ManageServices, scope)
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

/// Sends one call to the service's own API and says what it answered, both as JSON. Viewers may only send what changes nothing.
#[utoipa::path(post, path = "/services/{id}/call", tag = "services", params(("id" = ServiceId, Path)), request_body = CallRequest,
    responses((status = 200, body = CallAnswer), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 413, body = ErrorBody), (status = 502, body = ErrorBody), (status = 503, body = ErrorBody), (status = 504, body = ErrorBody)))]
async fn call(
    State(app): State<Shared>,
    caller: Caller,
    ConnectInfo(remote): ConnectInfo<Remote>,
    headers: HeaderMap,
    Id(id): Id<ServiceId>,
    Body(request): Body<CallRequest>,
) -> Result<Json<CallAnswer>, ApiError> {
    let opened = app.services.open(caller.grants(), id).await?;
    let origin = origin(&app, Some(remote), &headers);
    Ok(Json(
        call::call(&app.ways, &opened, &origin, request).await?,
    ))
}

/// A service's key figures over time, and what was wrong with it when it was asked last.
#[utoipa::path(get, path = "/services/{id}/figures", tag = "services", params(("id" = ServiceId, Path)),
    responses((status = 200, body = ServiceFigures), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn figures(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<ServiceFigures>, ApiError> {
    Ok(Json(app.services.figures(caller.grants(), id).await?))
}

/// What a service is told of whoever asks.
fn origin(app: &Shared, remote: Option<Remote>, headers: &HeaderMap) -> Origin {
    Origin {
        address: remote.map(|remote| remote.0),
        host: headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        scheme: if app.public().secure { "https" } else { "http" },
    }
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
    request.headers_mut().remove(header::AUTHORIZATION);
    request.headers_mut().remove(header::COOKIE);
    // What the service itself wants as credentials travels beside ours.
    if let Some(own) = request.headers_mut().remove(SERVICE_AUTHORIZATION) {
        request.headers_mut().insert(header::AUTHORIZATION, own);
    }
    if request.headers_mut().remove(MEANT).is_some() {
        request.extensions_mut().insert(Meant);
    }
    let remote = request.extensions().get::<ConnectInfo<Remote>>();
    let remote = remote.map(|ConnectInfo(remote)| *remote);
    let origin = origin(&app, remote, request.headers());
    let mut response = proxy::exchange(&app.ways, &route, &origin, &path, request).await?;
    // Should a browser show it all the same, it is nobody's page.
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox"),
    );
    Ok(response)
}

/// The `Authorization` that the service is to get, in a request of a program's.
const SERVICE_AUTHORIZATION: &str = "edgeward-service-authorization";

/// With which a program says that it means what would delete something first.
const MEANT: &str = "edgeward-meant";

impl From<ReadOnly> for ApiError {
    fn from(error: ReadOnly) -> Self {
        Self::new(StatusCode::FORBIDDEN, "read_only", error.to_string())
            .hint("ask an administrator of the project")
    }
}

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Invalid(problem) => Self::invalid(problem),
            CallError::ReadOnly(error) => error.into(),
            CallError::Failed(failure) => failure.into(),
        }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Unknown => Self::not_found("service"),
            ServiceError::Invalid(problem) => Self::invalid(problem),
            ServiceError::NotProven(finding) => {
                let fix = finding.fix();
                let fix = fix.as_deref().unwrap_or(
                    "look whether the service runs there, and at its address and the firewall between",
                );
                Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "not_proven",
                    finding.message(),
                )
                .hint(fix)
            }
            ServiceError::NotAdded(refusal) => match refusal {
                AddRefusal::UnknownProject => Self::not_found("project"),
                AddRefusal::NameTaken => Self::conflict("name_taken", refusal),
                AddRefusal::AddressTaken(_) => Self::conflict("address_taken", refusal),
                AddRefusal::Tags(_) => Self::conflict("too_many_tags", refusal),
            },
            ServiceError::NotChanged(refusal) => match refusal {
                ChangeRefusal::Unknown => Self::not_found("service"),
                ChangeRefusal::NameTaken => Self::conflict("name_taken", refusal),
                ChangeRefusal::AddressTaken(_) => Self::conflict("address_taken", refusal),
                ChangeRefusal::Tags(_) => Self::conflict("too_many_tags", refusal),
                ChangeRefusal::NotDirect => Self::conflict("of_agent", refusal),
            },
            ServiceError::NotRemoved(refusal) => match refusal {
                RemoveRefusal::Unknown => Self::not_found("service"),
                RemoveRefusal::OfAgent(_) => Self::conflict("of_agent", refusal)
                    .hint("release the agent, or take the service out of its configuration"),
            },
            ServiceError::Seal(ref error) => Self::internal(error),
            ServiceError::Store(error) => error.into(),
        }
    }
}
