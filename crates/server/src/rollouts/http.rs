//! `/api/v1/rollouts`.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::rollout::{
    Preview, Rollout, RolloutDevice, RolloutDeviceFilter, RolloutFilter, RolloutRequest,
};
use edgeward_domain::access::{Action, Permit, Scope, permit};
use edgeward_domain::rollout::Change;
use edgeward_ids::RolloutId;
use edgeward_store::{Failure, RolloutChangeRefusal, RolloutRefusal, RolloutView};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::{BeginError, Wanted};
use super::view::{plan, to_api};
use crate::access::Caller;
use crate::actions::to_request;
use crate::api::{ApiError, Body, Id, Query, slice};
use crate::app::{App, Shared};
use crate::people::Places;
use crate::selection::to_domain;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(begin, list))
        .routes(routes!(preview))
        .routes(routes!(show))
        .routes(routes!(devices))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(abort))
        .routes(routes!(undo))
}

/// Says what a rollout would do: which devices match and why, which are not connected, in which wave each would be, what would be done, and how it would be undone.
#[utoipa::path(post, path = "/rollouts/preview", tag = "rollouts", request_body = RolloutRequest,
    responses((status = 200, body = Preview), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn preview(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<RolloutRequest>,
) -> Result<Json<Preview>, ApiError> {
    let (wanted, _) = checked(&app, &caller, request).await?;
    Ok(Json(app.rollouts.preview(&app, &wanted).await?))
}

/// Begins a rollout. It goes on by itself from then on.
#[utoipa::path(post, path = "/rollouts", tag = "rollouts", request_body = RolloutRequest,
    responses((status = 201, body = Rollout), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn begin(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<RolloutRequest>,
) -> Result<(StatusCode, Json<Rollout>), ApiError> {
    let (wanted, permit) = checked(&app, &caller, request).await?;
    let id = app
        .rollouts
        .begin(&app, &permit, &caller.by(), wanted)
        .await?;
    let view = found(&app, &caller, id).await?.0;
    Ok((StatusCode::CREATED, Json(to_api(view))))
}

/// Rollouts, the newest first.
#[utoipa::path(get, path = "/rollouts", tag = "rollouts", params(RolloutFilter),
    responses((status = 200, body = List<Rollout>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<RolloutFilter>,
) -> Result<Json<List<Rollout>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let visible = caller.grants().visible(Action::Look.least_role());
    Ok(Json(app.rollouts.list(visible, &filter, slice).await?))
}

/// One rollout.
#[utoipa::path(get, path = "/rollouts/{id}", tag = "rollouts", params(("id" = RolloutId, Path)),
    responses((status = 200, body = Rollout), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<Json<Rollout>, ApiError> {
    Ok(Json(to_api(found(&app, &caller, id).await?.0)))
}

/// A rollout's devices, in the order of their waves.
#[utoipa::path(get, path = "/rollouts/{id}/devices", tag = "rollouts", params(("id" = RolloutId, Path), RolloutDeviceFilter),
    responses((status = 200, body = List<RolloutDevice>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn devices(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
    Query(filter): Query<RolloutDeviceFilter>,
) -> Result<Json<List<RolloutDevice>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    found(&app, &caller, id).await?;
    Ok(Json(app.rollouts.devices(id, slice).await?))
}

/// Pauses a rollout: nothing more begins, and what waits for devices is held back. What a device is at goes on to its end.
#[utoipa::path(post, path = "/rollouts/{id}/pause", tag = "rollouts", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Rollout), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn pause(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Rollout>), ApiError> {
    let reason = format!("paused by {}", caller.by().author.name);
    changed(&app, &caller, id, &Change::Pause(reason)).await
}

/// Resumes a paused rollout: the failures so far are forgiven.
#[utoipa::path(post, path = "/rollouts/{id}/resume", tag = "rollouts", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Rollout), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn resume(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Rollout>), ApiError> {
    changed(&app, &caller, id, &Change::Resume).await
}

/// Ends a rollout: nothing more begins, and what waits for devices is called off. What a device is at goes on to its end.
#[utoipa::path(post, path = "/rollouts/{id}/abort", tag = "rollouts", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Rollout), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn abort(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Rollout>), ApiError> {
    changed(&app, &caller, id, &Change::Abort).await
}

/// Undoes a rollout on the devices on which it was done, as far as there is a way back; what waits for devices is called off.
#[utoipa::path(post, path = "/rollouts/{id}/undo", tag = "rollouts", params(("id" = RolloutId, Path)),
    responses((status = 202, body = Rollout), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn undo(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<RolloutId>,
) -> Result<(StatusCode, Json<Rollout>), ApiError> {
    changed(&app, &caller, id, &Change::Undo).await
}

/// What is asked for, and the permit to do it.
async fn checked(
    app: &App,
    caller: &Caller,
    request: RolloutRequest,
) -> Result<(Wanted, Permit), ApiError> {
    let places = Places::of(app, caller).await?;
    let (selection, scope) = to_domain(&places, &request.selection)?;
    let permit = caller.permit(Action::OperateDevices, scope)?;
    let wanted = Wanted {
        name: request.name,
        selection,
        request: to_request(&request.action).map_err(ApiError::invalid)?,
        plan: plan(&request.plan)?,
    };
    Ok((wanted, permit))
}

async fn changed(
    app: &App,
    caller: &Caller,
    id: RolloutId,
    change: &Change,
) -> Result<(StatusCode, Json<Rollout>), ApiError> {
    let (_, scope) = found(app, caller, id).await?;
    let permit = caller.permit(Action::OperateDevices, scope)?;
    app.rollouts
        .change(&permit, &caller.by(), id, change)
        .await?;
    let view = found(app, caller, id).await?.0;
    Ok((StatusCode::ACCEPTED, Json(to_api(view))))
}

async fn found(
    app: &App,
    caller: &Caller,
    id: RolloutId,
) -> Result<(RolloutView, Scope), ApiError> {
    let unknown = || ApiError::not_found("rollout");
    let view = app.rollouts.find(id).await?.ok_or_else(unknown)?;
    let organisation = view.rollout.organisation;
    let scope = match view.rollout.project {
        Some(project) => Scope::Project {
            organisation,
            project,
        },
        None => Scope::Organisation(organisation),
    };
    permit(caller.grants(), Action::Look, scope).map_err(|_| unknown())?;
    Ok((view, scope))
}

impl From<BeginError> for ApiError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Store(error) => error.into(),
            BeginError::Nobody | BeginError::TooMany(_) => Self::conflict("selection_size", error),
            BeginError::Refused(RolloutRefusal::UnknownPlace) => {
                Self::not_found("organisation or project")
            }
            BeginError::Refused(refusal @ RolloutRefusal::TooMany) => {
                Self::conflict("too_many_rollouts", refusal)
            }
        }
    }
}

impl From<Failure<RolloutChangeRefusal>> for ApiError {
    fn from(failure: Failure<RolloutChangeRefusal>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(RolloutChangeRefusal::Unknown) => Self::not_found("rollout"),
            Failure::Refused(refusal @ RolloutChangeRefusal::Change(_)) => {
                Self::conflict("rollout_state", refusal)
            }
        }
    }
}
