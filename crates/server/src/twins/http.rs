//! `/api/v1/devices/{id}/twin` and `/api/v1/devices/differing`.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{KeepAlive, Sse};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::twin::{
    Change, Differing, DifferingFilter, HistoryFilter, PastTwin, SeenVersion, Then, Twin,
};
use edgeward_domain::Moment;
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::twin::WriteRefusal;
use edgeward_ids::AgentId;
use edgeward_store::{Failure, Wish, WishRefusal};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::PastError;
use super::view::part_from_api;
use super::watch;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query};
use crate::app::Shared;

/// The most changes in one answer.
const MAX_CHANGES: u64 = 500;

/// How many changes are answered unless said otherwise.
const CHANGES: u64 = 100;

/// The most devices in one answer.
const MAX_DIFFERING: usize = 1000;

/// A word every so often, so that nothing in between takes the silence for death.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(replace, change))
        .routes(routes!(history))
        .routes(routes!(then))
        .routes(routes!(differing))
        .routes(routes!(watch_differing))
}

/// A device's twin: what it reports, what it is wished to be, and what lies between.
#[utoipa::path(get, path = "/devices/{id}/twin", tag = "twins", params(("id" = AgentId, Path)),
    responses((status = 200, body = Twin), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Twin>, ApiError> {
    app.agents.find(caller.grants(), id).await?;
    Ok(Json(app.twins.show(id).await?))
}

/// Says what a device is wished to be, in place of what was wished before.
#[utoipa::path(put, path = "/devices/{id}/twin/desired", tag = "twins", params(("id" = AgentId, Path), SeenVersion), request_body = Object,
    responses((status = 200, body = Twin), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn replace(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Query(seen): Query<SeenVersion>,
    Body(content): Body<Map<String, Value>>,
) -> Result<Json<Twin>, ApiError> {
    wish(&app, &caller, id, Wish::Replace(content), seen).await
}

/// Changes what a device is wished to be by a merge patch (RFC 7396): a null removes.
#[utoipa::path(patch, path = "/devices/{id}/twin/desired", tag = "twins", params(("id" = AgentId, Path), SeenVersion), request_body = Object,
    responses((status = 200, body = Twin), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Query(seen): Query<SeenVersion>,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<Twin>, ApiError> {
    wish(&app, &caller, id, Wish::Merge(patch), seen).await
}

async fn wish(
    app: &Shared,
    caller: &Caller,
    id: AgentId,
    wish: Wish,
    seen: SeenVersion,
) -> Result<Json<Twin>, ApiError> {
    let scope = managed(app, caller, id).await?;
    let permit = caller.permit(Action::OperateDevices, scope)?;
    let twin = app
        .twins
        .wish(&permit, &caller.by(), id, wish, seen.version)
        .await?;
    Ok(Json(twin))
}

/// What was written of a device's twin, the newest first: who set what, and when.
#[utoipa::path(get, path = "/devices/{id}/twin/history", tag = "twins", params(("id" = AgentId, Path), HistoryFilter),
    responses((status = 200, body = List<Change>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn history(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Query(filter): Query<HistoryFilter>,
) -> Result<Json<List<Change>>, ApiError> {
    let limit = filter.limit.unwrap_or(CHANGES);
    if !(1..=MAX_CHANGES).contains(&limit) {
        return Err(ApiError::invalid(format!(
            "limit is {limit}; it must be 1 to {MAX_CHANGES}"
        )));
    }
    let path = filter.path.as_deref().map(pointer).transpose()?;
    if path.is_some() && filter.part.is_none() {
        return Err(ApiError::invalid(
            "a path needs a part: reported or desired",
        ));
    }
    app.agents.find(caller.grants(), id).await?;
    let part = filter.part.map(part_from_api);
    let items = app.twins.history(id, part, path, limit).await?;
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// The members of a JSON pointer (RFC 6901).
fn pointer(text: &str) -> Result<Vec<String>, ApiError> {
    let Some(members) = text.strip_prefix('/') else {
        return Err(ApiError::invalid(
            "a path begins with \"/\" and has \"/\" between its members, such as /snaps/hello/channel",
        ));
    };
    let members = members.split('/');
    Ok(members
        .map(|member| member.replace("~1", "/").replace("~0", "~"))
        .collect())
}

/// What a device's twin was at a moment.
#[utoipa::path(get, path = "/devices/{id}/twin/then", tag = "twins", params(("id" = AgentId, Path), Then),
    responses((status = 200, body = PastTwin), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn then(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Query(then): Query<Then>,
) -> Result<Json<PastTwin>, ApiError> {
    app.agents.find(caller.grants(), id).await?;
    let at = Moment::from_micros(then.at.as_microsecond());
    Ok(Json(app.twins.then(id, at).await?))
}

/// The devices that have not been what is wished of them for so long; the longest first, at most 1000.
#[utoipa::path(get, path = "/devices/differing", tag = "twins", params(DifferingFilter),
    responses((status = 200, body = List<Differing>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn differing(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<DifferingFilter>,
) -> Result<Json<List<Differing>>, ApiError> {
    let (mut items, _) = watch::answer(&app, &caller, &filter).await?;
    let total = items.len() as u64;
    items.truncate(MAX_DIFFERING);
    Ok(Json(List { items, total }))
}

/// The same as it changes: server-sent events named `answer`, each with the whole list, the first at once. They end with the caller's session.
#[utoipa::path(get, path = "/devices/differing/watch", tag = "twins", params(DifferingFilter),
    responses((status = 200, body = Vec<Differing>, content_type = "text/event-stream"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn watch_differing(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<DifferingFilter>,
) -> impl IntoResponse {
    let until_stop = app.shutdown.clone().cancelled_owned();
    let told = watch::stream(app, caller, filter);
    let told = futures::StreamExt::take_until(told, until_stop);
    Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// Where a managed device is.
async fn managed(app: &Shared, caller: &Caller, id: AgentId) -> Result<Scope, ApiError> {
    match app.agents.find(caller.grants(), id).await?.1 {
        scope @ Scope::Project { .. } => Ok(scope),
        _ => Err(ApiError::not_managed(id)),
    }
}

impl From<Failure<WishRefusal>> for ApiError {
    fn from(failure: Failure<WishRefusal>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(WishRefusal::UnknownDevice) => Self::not_found("managed device"),
            Failure::Refused(WishRefusal::Write(refusal)) => match refusal {
                WriteRefusal::Conflict { .. } => {
                    Self::conflict("version_conflict", refusal.to_string())
                }
                WriteRefusal::TooLarge { .. } | WriteRefusal::TooDeep => {
                    Self::invalid(refusal.to_string())
                }
            },
        }
    }
}

impl From<PastError> for ApiError {
    fn from(error: PastError) -> Self {
        match error {
            PastError::Forgotten => {
                Self::new(http::StatusCode::NOT_FOUND, "forgotten", error.to_string())
            }
            PastError::Store(error) => error.into(),
        }
    }
}
