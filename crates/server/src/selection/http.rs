//! `/api/v1/devices/{id}/tags` and `/api/v1/tags`.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_api::selection::{TagFilter, TagUse, Tags};
use edgeward_domain::access::{Action, Scope};
use edgeward_ids::AgentId;
use edgeward_store::{Failure, UnknownDevice};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query};
use crate::app::Shared;
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show, replace))
        .routes(routes!(in_use))
}

/// A device's tags, in order.
#[utoipa::path(get, path = "/devices/{id}/tags", tag = "devices", params(("id" = AgentId, Path)),
    responses((status = 200, body = Tags), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Tags>, ApiError> {
    app.agents.find(caller.grants(), id).await?;
    let tags = app.store.rollouts().tags(id).await?;
    Ok(Json(Tags { tags }))
}

/// Gives a device these tags in place of those that it has.
#[utoipa::path(put, path = "/devices/{id}/tags", tag = "devices", params(("id" = AgentId, Path)), request_body = Tags,
    responses((status = 200, body = Tags), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn replace(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(request): Body<Tags>,
) -> Result<Json<Tags>, ApiError> {
    let scope = app.agents.find(caller.grants(), id).await?.1;
    if !matches!(scope, Scope::Project { .. }) {
        return Err(ApiError::not_managed(id));
    }
    caller.permit(Action::OperateDevices, scope)?;
    let tags = view::tags(&request.tags)?;
    let store = app.store.rollouts();
    store.set_tags(id, &tags, &caller.by(), now()).await?;
    app.events.changed(Kind::Agents);
    app.events.changed(Kind::Audit);
    let tags = store.tags(id).await?;
    Ok(Json(Tags { tags }))
}

/// The tags that devices have, in order.
#[utoipa::path(get, path = "/tags", tag = "devices", params(TagFilter),
    responses((status = 200, body = List<TagUse>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn in_use(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<TagFilter>,
) -> Result<Json<List<TagUse>>, ApiError> {
    let visible = caller.grants().visible(Action::Look.least_role());
    let store = app.store.rollouts();
    let tags = store
        .tags_in_use(filter.organisation, filter.project, &visible)
        .await?;
    let items: Vec<TagUse> = tags
        .into_iter()
        .map(|(tag, devices)| TagUse { tag, devices })
        .collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

impl From<Failure<UnknownDevice>> for ApiError {
    fn from(failure: Failure<UnknownDevice>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(UnknownDevice) => Self::not_found("managed device"),
        }
    }
}
