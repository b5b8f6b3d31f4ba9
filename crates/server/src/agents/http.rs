//! `/api/v1/agents`.

use axum::Json;
use axum::extract::State;
use edgeward_api::agent::{AdoptRequest, Agent, AgentFilter, MAX_TRANSFERRED, TransferRequest};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_domain::access::{Action, Scope};
use edgeward_ids::AgentId;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AgentError;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query, slice};
use crate::app::Shared;
use crate::people::Places;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, delete))
        .routes(routes!(adopt))
        .routes(routes!(release))
        .routes(routes!(transfer))
}

/// Agents, managed and unmanaged.
#[utoipa::path(get, path = "/agents", tag = "agents", params(AgentFilter),
    responses((status = 200, body = List<Agent>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<AgentFilter>,
) -> Result<Json<List<Agent>>, ApiError> {
    let slice = slice(filter.offset, filter.limit)?;
    Ok(Json(
        app.agents.list(caller.grants(), &filter, slice).await?,
    ))
}

/// One agent.
#[utoipa::path(get, path = "/agents/{id}", tag = "agents", params(("id" = AgentId, Path)),
    responses((status = 200, body = Agent), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Agent>, ApiError> {
    Ok(Json(app.agents.find(caller.grants(), id).await?.0))
}

/// Adopts an unmanaged agent into a project; an edge service is made for each of its offers.
#[utoipa::path(post, path = "/agents/{id}/adopt", tag = "agents", params(("id" = AgentId, Path)), request_body = AdoptRequest,
    responses((status = 201, body = Agent), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn adopt(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(request): Body<AdoptRequest>,
) -> Result<(StatusCode, Json<Agent>), ApiError> {
    app.agents.find(caller.grants(), id).await?;
    let scope = Scope::Project {
        organisation: request.organisation_id,
        project: request.project_id,
    };
    let permit = caller.permit(Action::ManageAgents, scope)?;
    let adopted = app.agents.adopt(&permit, &caller.by(), id, request).await?;
    Ok((StatusCode::CREATED, Json(adopted)))
}

/// Releases a managed agent: its edge services go, what runs on the device is not touched.
#[utoipa::path(post, path = "/agents/{id}/release", tag = "agents", params(("id" = AgentId, Path)),
    responses((status = 200, body = Agent), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn release(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Agent>, ApiError> {
    let (_, scope) = app.agents.find(caller.grants(), id).await?;
    let permit = match scope {
        Scope::Project { .. } => caller.permit(Action::ManageAgents, scope)?,
        waiting => caller.permit(waiting_agents(waiting), waiting)?,
    };
    Ok(Json(app.agents.release(&permit, &caller.by(), id).await?))
}

/// Moves managed agents, with their edge services, to another project: all of them or none. Services whose names are taken there get a number.
#[utoipa::path(post, path = "/agents/transfer", tag = "agents", request_body = TransferRequest,
    responses((status = 200, body = List<Agent>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn transfer(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<TransferRequest>,
) -> Result<Json<List<Agent>>, ApiError> {
    let number = request.agent_ids.len();
    if !(1..=MAX_TRANSFERRED).contains(&number) {
        return Err(ApiError::invalid(format!(
            "agent_ids has {number} ids; 1 to {MAX_TRANSFERRED} can be given at once"
        )));
    }
    let target = Places::of(&app, &caller)
        .await?
        .project(request.project_id)?;
    let permit = caller.permit(Action::ManageAgents, target)?;
    for id in &request.agent_ids {
        let (_, scope) = app.agents.find(caller.grants(), *id).await?;
        if matches!(scope, Scope::Project { .. }) {
            caller.permit(Action::ManageAgents, scope)?;
        }
    }
    let ids = &request.agent_ids;
    let by = caller.by();
    let items = app
        .agents
        .transfer(&permit, &by, ids, request.project_id)
        .await?;
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// Deletes an unmanaged agent; its certificate is refused from now on.
#[utoipa::path(delete, path = "/agents/{id}", tag = "agents", params(("id" = AgentId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<StatusCode, ApiError> {
    let (_, scope) = app.agents.find(caller.grants(), id).await?;
    let permit = match scope {
        Scope::Project { .. } => caller.permit(Action::ManageAgents, scope)?,
        waiting => caller.permit(waiting_agents(waiting), waiting)?,
    };
    app.agents.delete(&permit, &caller.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What it takes to manage an agent that waits there.
const fn waiting_agents(scope: Scope) -> Action {
    match scope {
        Scope::Organisation(_) => Action::ManageWaitingAgents,
        _ => Action::ManageUnassignedAgents,
    }
}

impl From<AgentError> for ApiError {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Unknown => Self::not_found("agent"),
            AgentError::UnknownProject => Self::not_found("project in that organisation"),
            AgentError::Forbidden { code, message } => Self::conflict(code, message),
            AgentError::Store(error) => error.into(),
        }
    }
}
