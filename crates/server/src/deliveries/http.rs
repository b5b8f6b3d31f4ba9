//! `/api/v1/deliveries`.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use edgeward_api::delivery::{
    DeliveredService, DeliveredServiceFilter, Delivery, DeliveryFilter, DeliveryPreview,
    DeliveryRequest, MAX_DELIVERY_BYTES, Values,
};
use edgeward_api::error::{ErrorBody, Fault};
use edgeward_api::list::List;
use edgeward_domain::access::{Action, Permit, Scope, permit};
use edgeward_domain::rollout::{Change, MAX_DEVICES};
use edgeward_ids::{RolloutId, ServiceId};
use edgeward_runtime::Chain;
use edgeward_store::{DeliveryView, RolloutRefusal};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::carry::CarryError;
use super::service::{BeginError, To, Wanted, once};
use super::view::plan;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query, slice};
use crate::app::{App, Shared};
use crate::templates;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    let long = OpenApiRouter::new()
        .routes(routes!(begin, list))
        .routes(routes!(preview))
        .layer(DefaultBodyLimit::max(MAX_DELIVERY_BYTES));
    OpenApiRouter::new()
        .merge(long)
        .routes(routes!(show))
        .routes(routes!(services))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(abort))
        .routes(routes!(undo))
}

/// Says what a delivery would do: which leaves of each service's configuration would change. The first 100 services are read for it.
#[utoipa::path(post, path = "/deliveries/preview", tag = "deliveries", request_body = DeliveryRequest,
    responses((status = 200, body = DeliveryPreview), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn preview(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<DeliveryRequest>,
) -> Result<Json<DeliveryPreview>, ApiError> {
    let (wanted, _) = checked(&app, &caller, request).await?;
    Ok(Json(app.deliveries.preview(&app, &wanted).await?))
}

/// Begins a delivery. It goes on by itself from then on: each service is read, written and read again, and put back where that fails.
#[utoipa::path(post, path = "/deliveries", tag = "deliveries", request_body = DeliveryRequest,
    responses((status = 201, body = Delivery), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn begin(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<DeliveryRequest>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    let (wanted, permit) = checked(&app, &caller, request).await?;
    let id = app.deliveries.begin(&permit, &caller.by(), wanted).await?;
    let view = found(&app, &caller, id).await?.0;
    Ok((StatusCode::CREATED, Json(app.deliveries.shown(view))))
}

/// Deliveries, the newest first.
#[utoipa::path(get, path = "/deliveries", tag = "deliveries", params(DeliveryFilter),
    responses((status = 200, body = List<Delivery>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<DeliveryFilter>,
) -> Result<Json<List<Delivery>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let visible = caller.grants().visible(Action::Look.least_role());
    Ok(Json(app.deliveries.list(visible, &filter, slice).await?))
}

/// One delivery.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "deliveries", params(("id" = RolloutId, Path)),
    responses((status = 200, body = Delivery), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<Json<Delivery>, ApiError> {
    let view = found(&app, &caller, id).await?.0;
    Ok(Json(app.deliveries.shown(view)))
}

/// A delivery's services, in the order of their waves and names, each with what became of it.
#[utoipa::path(get, path = "/deliveries/{id}/services", tag = "deliveries", params(("id" = RolloutId, Path), DeliveredServiceFilter),
    responses((status = 200, body = List<DeliveredService>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn services(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
    Query(filter): Query<DeliveredServiceFilter>,
) -> Result<Json<List<DeliveredService>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    found(&app, &caller, id).await?;
    let found = app.deliveries.services(id, filter.state, slice).await?;
    Ok(Json(found))
}

/// Pauses a delivery: nothing more begins. A service that is being written is brought to its end.
#[utoipa::path(post, path = "/deliveries/{id}/pause", tag = "deliveries", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Delivery), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn pause(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    let reason = format!("paused by {}", caller.by().author.name);
    changed(&app, &caller, id, &Change::Pause(reason)).await
}

/// Resumes a paused delivery: the failures so far are forgiven.
#[utoipa::path(post, path = "/deliveries/{id}/resume", tag = "deliveries", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Delivery), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn resume(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    changed(&app, &caller, id, &Change::Resume).await
}

/// Ends a delivery: nothing more begins. A service that is being written is brought to its end.
#[utoipa::path(post, path = "/deliveries/{id}/abort", tag = "deliveries", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Delivery), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn abort(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    changed(&app, &caller, id, &Change::Abort).await
}

/// Undoes a delivery: what was there before is put back, on each service to which it was delivered.
#[utoipa::path(post, path = "/deliveries/{id}/undo", tag = "deliveries", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Delivery), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn undo(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    changed(&app, &caller, id, &Change::Undo).await
}

/// What is asked for, and the permit to do it.
async fn checked(
    app: &App,
    caller: &Caller,
    request: DeliveryRequest,
) -> Result<(Wanted, Permit), ApiError> {
    let (template, scope) = templates::found(app, caller, request.template_id).await?;
    let permit = caller.permit(Action::ManageServices, scope)?;
    let number = request.version.unwrap_or(template.newest);
    let version = app
        .templates
        .store
        .version(template.id, number)
        .await?
        .ok_or_else(|| {
            ApiError::invalid(format!(
                "version is {number}; the template has the versions 1 to {}",
                template.newest
            ))
        })?;
    let mut named: Vec<(ServiceId, Values)> = request
        .services
        .into_iter()
        .map(|to| (to.service_id, to.values))
        .collect();
    if let Some(tag) = &request.tag {
        let tagged = app
            .services
            .tagged(template.project, &template.kind, tag, MAX_DEVICES)
            .await?;
        named.extend(tagged.into_iter().map(|id| (id, Values::new())));
    }
    let mut to = Vec::with_capacity(named.len());
    for (id, values) in once(named) {
        let (name, route) = app.services.in_project(id, template.project).await?;
        if route.kind.as_str() != template.kind {
            return Err(ApiError::invalid(format!(
                "the service {name} is of the kind {}; the template is for {}",
                route.kind.as_str(),
                template.kind
            )));
        }
        to.push(To {
            route,
            name,
            values,
        });
    }
    let wanted = Wanted {
        name: request.name,
        plan: plan(&request.plan)?,
        template,
        version,
        defaults: request.defaults,
        to,
    };
    Ok((wanted, permit))
}

async fn changed(
    app: &App,
    caller: &Caller,
    id: RolloutId,
    change: &Change,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    let (_, scope) = found(app, caller, id).await?;
    let permit = caller.permit(Action::ManageServices, scope)?;
    app.deliveries
        .change(&permit, &caller.by(), id, change)
        .await?;
    let view = found(app, caller, id).await?.0;
    Ok((StatusCode::ACCEPTED, Json(app.deliveries.shown(view))))
}

async fn found(
    app: &App,
    caller: &Caller,
    id: RolloutId,
) -> Result<(DeliveryView, Scope), ApiError> {
    let unknown = || ApiError::not_found("delivery");
    let view = app.deliveries.find(id).await?.ok_or_else(unknown)?;
    let organisation = view.course.organisation;
    let scope = match view.course.project {
        Some(project) => Scope::Project {
            organisation,
            project,
        },
        None => Scope::Organisation(organisation),
    };
    permit(caller.grants(), Action::Look, scope).map_err(|_| unknown())?;
    Ok((view, scope))
}

impl From<CarryError> for ApiError {
    fn from(error: CarryError) -> Self {
        match error {
            CarryError::Unreached { source, .. } => source.into(),
            CarryError::NoConfiguration | CarryError::Template(_) => Self::invalid(error),
            CarryError::Configuration { .. } | CarryError::NotKept(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                "service_bad_answer",
                Chain(&error).to_string(),
            )
            .fault(Fault::Service),
        }
    }
}

impl From<BeginError> for ApiError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Store(error) => error.into(),
            BeginError::Ended(ref error) => Self::internal(error),
            BeginError::Seal(ref error) => Self::internal(error),
            BeginError::Invalid(problem) => Self::invalid(problem),
            BeginError::Nobody | BeginError::TooMany(_) => Self::conflict("selection_size", error),
            BeginError::Refused(RolloutRefusal::UnknownPlace) => {
                Self::not_found("organisation or project")
            }
            BeginError::Refused(refusal @ RolloutRefusal::TooMany) => {
                Self::conflict("too_many_deliveries", refusal)
            }
        }
    }
}
