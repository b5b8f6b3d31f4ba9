//! `/api/v1/agents`.

use axum::Json;
use axum::extract::State;
use edgeward_api::agent::{AdoptRequest, Agent, AgentFilter};
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_domain::access::Action;
use edgeward_ids::AgentId;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AgentError;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query};
use crate::app::Shared;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, delete))
        .routes(routes!(adopt))
        .routes(routes!(release))
}

/// Agents, managed and unmanaged.
#[utoipa::path(get, path = "/agents", tag = "agents", params(AgentFilter),
    responses((status = 200, body = List<Agent>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<AgentFilter>,
) -> Result<Json<List<Agent>>, ApiError> {
    let permit = caller.permit(Action::Look)?;
    Ok(Json(app.agents.list(&permit, &filter).await?))
}

/// One agent.
#[utoipa::path(get, path = "/agents/{id}", tag = "agents", params(("id" = AgentId, Path)),
    responses((status = 200, body = Agent), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Agent>, ApiError> {
    let permit = caller.permit(Action::Look)?;
    Ok(Json(app.agents.show(&permit, id).await?))
}

/// Adopts an unmanaged agent into a project; an edge service is made for each of its offers.
#[utoipa::path(post, path = "/agents/{id}/adopt", tag = "agents", params(("id" = AgentId, Path)), request_body = AdoptRequest,
    responses((status = 201, body = Agent), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn adopt(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(request): Body<AdoptRequest>,
) -> Result<(StatusCode, Json<Agent>), ApiError> {
    let permit = caller.permit(Action::ManageAgents)?;
    Ok((
        StatusCode::CREATED,
        Json(app.agents.adopt(&permit, id, request).await?),
    ))
}

/// Releases a managed agent: its edge services go, what runs on the device is not touched.
#[utoipa::path(post, path = "/agents/{id}/release", tag = "agents", params(("id" = AgentId, Path)),
    responses((status = 200, body = Agent), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn release(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Agent>, ApiError> {
    let permit = caller.permit(Action::ManageAgents)?;
    Ok(Json(app.agents.release(&permit, id).await?))
}

/// Deletes an unmanaged agent; its certificate is refused from now on.
#[utoipa::path(delete, path = "/agents/{id}", tag = "agents", params(("id" = AgentId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<StatusCode, ApiError> {
    let permit = caller.permit(Action::ManageAgents)?;
    app.agents.delete(&permit, id).await?;
    Ok(StatusCode::NO_CONTENT)
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
