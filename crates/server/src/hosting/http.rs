//! `/api/v1/hosting`, and what of `/api/v1/services` is about hosted services and operations on many.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::service::{
    Hosted, HostedMade, HostedRequest, HostingAgent, HostingFilter, MAX_HOSTED_AT_ONCE,
    MAX_OPERATED_AT_ONCE, Operated, Operation, OperationRequest,
};
use edgeward_domain::access::Action;
use edgeward_domain::hosting::OrderRefusal;
use edgeward_ids::ServiceId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operations::NotDone;
use super::service::HostingError;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query, slice};
use crate::app::Shared;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(agents))
        .routes(routes!(host))
        .routes(routes!(show))
        .routes(routes!(operate))
}

/// The managed agents that may make services on their devices, by name, with what they can make them with.
#[utoipa::path(get, path = "/hosting", tag = "services", params(HostingFilter),
    responses((status = 200, body = List<HostingAgent>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn agents(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<HostingFilter>,
) -> Result<Json<List<HostingAgent>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    let found = app.hosting.list(caller.grants(), &filter, slice).await?;
    Ok(Json(found))
}

/// Makes a service on each of these agents' devices: a container, or a snap. Those that can be are written down at once, and made as soon
/// as their agents are there; the others come back with why not.
#[utoipa::path(post, path = "/services/hosted", tag = "services", request_body = HostedRequest,
    responses((status = 200, body = HostedMade), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn host(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<HostedRequest>,
) -> Result<Json<HostedMade>, ApiError> {
    let ids = &request.agents;
    if ids.is_empty() || ids.len() > MAX_HOSTED_AT_ONCE {
        return Err(ApiError::invalid(format!(
            "agents names {} agents; 1 to {MAX_HOSTED_AT_ONCE} are possible",
            ids.len()
        )));
    }
    let seen = app.hosting.seen(caller.grants(), ids).await?;
    let managed = ids.iter().find_map(|id| seen.get(id)?.managed.as_ref());
    let Some((_, scope)) = managed else {
        let waiting = ids.iter().find(|id| seen.contains_key(id));
        return Err(match waiting {
            Some(waiting) => ApiError::not_managed(*waiting),
            None => ApiError::not_found("agent"),
        });
    };
    let permit = caller.permit(Action::ManageServices, *scope)?;
    let by = caller.by();
    let made = app
        .hosting
        .host(&app, &permit, &by, &request, &seen)
        .await?;
    Ok(Json(made))
}

/// How a hosted service is to be, and how far its agent is. Neither the registry's password nor the values of secret variables are in it.
#[utoipa::path(get, path = "/services/{id}/hosted", tag = "services", params(("id" = ServiceId, Path)),
    responses((status = 200, body = Hosted), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ServiceId>,
) -> Result<Json<Hosted>, ApiError> {
    app.services.scope(caller.grants(), id).await?;
    Ok(Json(app.hosting.shown(id).await?))
}

/// Does one operation on many services, each by itself: the answer says of each whether it is done, or why not. Of hosted services it is
/// written down, and done as soon as their agents are there. Where none of them may be managed by the caller, the whole is refused.
#[utoipa::path(post, path = "/services/operations", tag = "services", request_body = OperationRequest,
    responses((status = 200, body = List<Operated>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn operate(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<OperationRequest>,
) -> Result<Json<List<Operated>>, ApiError> {
    checked(&request)?;
    let ids = &request.services;
    let scopes = app.services.scopes(caller.grants(), ids).await?;
    let mut permits = HashMap::new();
    let mut denied = HashMap::new();
    let mut last = None;
    for id in ids {
        match scopes.get(id) {
            None => {
                denied.insert(*id, NotDone::Unknown);
            }
            Some(scope) => match caller.permit(Action::ManageServices, *scope) {
                Ok(permit) => {
                    permits.insert(*id, permit);
                }
                Err(error) => {
                    denied.insert(*id, NotDone::NotAllowed);
                    last = Some(error);
                }
            },
        }
    }
    if permits.is_empty() {
        return Err(last.unwrap_or_else(|| ApiError::not_found("service")));
    }
    let by = caller.by();
    let items = app
        .hosting
        .operate(&app, &by, &request, &permits, denied)
        .await?;
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

fn checked(request: &OperationRequest) -> Result<(), ApiError> {
    let count = request.services.len();
    if count == 0 || count > MAX_OPERATED_AT_ONCE {
        return Err(ApiError::invalid(format!(
            "services names {count} services; 1 to {MAX_OPERATED_AT_ONCE} are possible at once"
        )));
    }
    match (request.operation, &request.to) {
        (Operation::Upgrade, None) => Err(ApiError::invalid(
            "to is missing; give the image or channel to upgrade to",
        )),
        (Operation::Upgrade, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(ApiError::invalid(
            "to is for the operation \"upgrade\" only; leave it out",
        )),
    }
}

impl From<HostingError> for ApiError {
    fn from(error: HostingError) -> Self {
        match error {
            HostingError::Invalid(problem) => Self::invalid(problem),
            HostingError::Order(refusal) => match refusal {
                OrderRefusal::Unknown => Self::not_found("service"),
                OrderRefusal::NotHosted => Self::conflict("not_hosted", refusal),
                OrderRefusal::Going => Self::conflict("going", refusal),
            },
            HostingError::Seal(error) => Self::internal(&error),
            HostingError::Service(error) => error.into(),
            HostingError::Store(error) => error.into(),
        }
    }
}
