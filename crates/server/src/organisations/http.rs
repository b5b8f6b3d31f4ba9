//! `/api/v1/organisations`.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_api::organisation::{NameRequest, Organisation, Project};
use edgeward_domain::access::Action;
use edgeward_domain::organisation as domain;
use edgeward_domain::organisation::ProjectRefusal;
use edgeward_ids::OrganisationId;
use edgeward_store::Failure;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::api::{ApiError, Body, Id};
use crate::app::Shared;
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(create_project))
}

/// Organisations with their projects.
#[utoipa::path(get, path = "/organisations", tag = "organisations",
    responses((status = 200, body = List<Organisation>), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<List<Organisation>>, ApiError> {
    caller.permit(Action::Look)?;
    let items: Vec<_> = app
        .store
        .organisations()
        .organisations()
        .await?
        .into_iter()
        .map(to_api)
        .collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// Makes an organisation.
#[utoipa::path(post, path = "/organisations", tag = "organisations", request_body = NameRequest,
    responses((status = 201, body = Organisation), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn create(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<NameRequest>,
) -> Result<(StatusCode, Json<Organisation>), ApiError> {
    caller.permit(Action::ManageOrganisations)?;
    let made = app
        .store
        .organisations()
        .create_organisation(request.name, now())
        .await
        .map_err(|failure| match failure {
            Failure::Refused(refusal) => ApiError::conflict("organisation_refused", refusal),
            Failure::Store(error) => error.into(),
        })?;
    app.events.changed(Kind::Organisations);
    Ok((StatusCode::CREATED, Json(to_api(made))))
}

/// Makes a project in an organisation.
#[utoipa::path(post, path = "/organisations/{id}/projects", tag = "organisations", params(("id" = OrganisationId, Path)), request_body = NameRequest,
    responses((status = 201, body = Project), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn create_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
    Body(request): Body<NameRequest>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    caller.permit(Action::ManageOrganisations)?;
    let made = app
        .store
        .organisations()
        .create_project(id, request.name, now())
        .await
        .map_err(|failure| match failure {
            Failure::Refused(ProjectRefusal::UnknownOrganisation) => {
                ApiError::not_found("organisation")
            }
            Failure::Refused(refusal) => ApiError::conflict("project_refused", refusal),
            Failure::Store(error) => error.into(),
        })?;
    app.events.changed(Kind::Organisations);
    Ok((
        StatusCode::CREATED,
        Json(Project {
            id: made.id,
            name: made.name,
        }),
    ))
}

fn to_api(organisation: domain::Organisation) -> Organisation {
    let projects = organisation
        .projects
        .into_iter()
        .map(|p| Project {
            id: p.id,
            name: p.name,
        })
        .collect();
    Organisation {
        id: organisation.id,
        name: organisation.name,
        projects,
    }
}
