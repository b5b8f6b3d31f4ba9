//! `/api/v1/actions`.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use edgeward_api::action::{Action as ApiAction, ActionFilter, AskRequest, Asked, MAX_DEVICES};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::selection::Selection;
use edgeward_domain::access::{Action, Permit, Scope, permit};
use edgeward_ids::{ActionId, AgentId};
use edgeward_store::{ActionView, AskRefusal, CallOffRefusal, Failure};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::lifetime;
use super::view::{to_api, to_request};
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query, slice};
use crate::app::Shared;
use crate::people::Places;
use crate::selection;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(ask, list))
        .routes(routes!(show))
        .routes(routes!(call_off))
}

/// Asks one device or many for an action: all of them or none. It is written down when this is answered, and followed to its end from then on.
#[utoipa::path(post, path = "/actions", tag = "actions", request_body = AskRequest,
    responses((status = 202, body = Asked), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn ask(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<AskRequest>,
) -> Result<(StatusCode, Json<Asked>), ApiError> {
    let lifetime = lifetime(request.expires_in_s)?;
    let asked = to_request(&request.action).map_err(ApiError::invalid)?;
    let devices = match (&request.selection, request.device_ids.is_empty()) {
        (None, _) => named(&app, &caller, &request.device_ids).await?,
        (Some(selection), true) => selected(&app, &caller, selection).await?,
        (Some(_), false) => {
            return Err(ApiError::invalid(
                "give device_ids or a selection, not both",
            ));
        }
    };
    let actions = app
        .actions
        .ask(&devices, asked, lifetime, None, &caller.by())
        .await?;
    Ok((StatusCode::ACCEPTED, Json(Asked { actions })))
}

/// The devices with these ids, each with the permit to ask it.
async fn named(
    app: &Shared,
    caller: &Caller,
    ids: &[AgentId],
) -> Result<Vec<(AgentId, Permit)>, ApiError> {
    let number = ids.len();
    if !(1..=MAX_DEVICES).contains(&number) {
        return Err(ApiError::invalid(format!(
            "device_ids has {number} ids; 1 to {MAX_DEVICES} can be given at once"
        )));
    }
    if ids.iter().collect::<HashSet<_>>().len() != number {
        return Err(ApiError::invalid("device_ids has an id twice"));
    }
    let mut devices = Vec::with_capacity(number);
    for id in ids {
        let (_, scope) = app.agents.find(caller.grants(), *id).await?;
        if !matches!(scope, Scope::Project { .. }) {
            return Err(ApiError::not_managed(*id));
        }
        devices.push((*id, caller.permit(Action::OperateDevices, scope)?));
    }
    Ok(devices)
}

/// The devices that are meant, each with the permit to ask it.
async fn selected(
    app: &Shared,
    caller: &Caller,
    selection: &Selection,
) -> Result<Vec<(AgentId, Permit)>, ApiError> {
    let places = Places::of(app, caller).await?;
    let (selection, scope) = selection::to_domain(&places, selection)?;
    let permit = caller.permit(Action::OperateDevices, scope)?;
    let chosen = selection::choose(app, &selection).await?;
    if !(1..=MAX_DEVICES).contains(&chosen.len()) {
        return Err(ApiError::conflict(
            "selection_size",
            format!(
                "{} devices match; 1 to {MAX_DEVICES} can be asked at once",
                chosen.len()
            ),
        ));
    }
    let devices = chosen.into_iter();
    Ok(devices
        .map(|chosen| (chosen.device.agent, permit.clone()))
        .collect())
}

/// Actions, the newest first.
#[utoipa::path(get, path = "/actions", tag = "actions", params(ActionFilter),
    responses((status = 200, body = List<ApiAction>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<ActionFilter>,
) -> Result<Json<List<ApiAction>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let visible = caller.grants().visible(Action::Look.least_role());
    Ok(Json(app.actions.list(visible, &filter, slice).await?))
}

/// One action.
#[utoipa::path(get, path = "/actions/{id}", tag = "actions", params(("id" = ActionId, Path)),
    responses((status = 200, body = ApiAction), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ActionId>,
) -> Result<Json<ApiAction>, ApiError> {
    Ok(Json(to_api(find(&app, &caller, id).await?.0)))
}

/// Calls an action off: one that was not sent ends at once, another when its device has answered.
#[utoipa::path(post, path = "/actions/{id}/cancel", tag = "actions", params(("id" = ActionId, Path)),
    responses((status = 202, body = ApiAction), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn call_off(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ActionId>,
) -> Result<(StatusCode, Json<ApiAction>), ApiError> {
    let (_, scope) = find(&app, &caller, id).await?;
    let permit = caller.permit(Action::OperateDevices, scope)?;
    app.actions.call_off(&permit, &caller.by(), id).await?;
    let action = find(&app, &caller, id).await?.0;
    Ok((StatusCode::ACCEPTED, Json(to_api(action))))
}

async fn find(
    app: &Shared,
    caller: &Caller,
    id: ActionId,
) -> Result<(ActionView, Scope), ApiError> {
    let unknown = || ApiError::not_found("action");
    let view = app.actions.find(id).await?.ok_or_else(unknown)?;
    let scope = Scope::Project {
        organisation: view.organisation,
        project: view.project,
    };
    permit(caller.grants(), Action::Look, scope).map_err(|_| unknown())?;
    Ok((view, scope))
}

impl From<Failure<AskRefusal>> for ApiError {
    fn from(failure: Failure<AskRefusal>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(AskRefusal::UnknownDevice(_)) => Self::not_found("managed device"),
            Failure::Refused(refusal @ AskRefusal::TooManyWaiting(_)) => {
                Self::conflict("too_many_waiting", refusal)
            }
        }
    }
}

impl From<Failure<CallOffRefusal>> for ApiError {
    fn from(failure: Failure<CallOffRefusal>) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Refused(CallOffRefusal::Unknown) => Self::not_found("action"),
            Failure::Refused(refusal @ CallOffRefusal::Ended(_)) => {
                Self::conflict("action_ended", refusal)
            }
        }
    }
}
