//! `/api/v1/organisations` and `/api/v1/projects`.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::organisation::{Organisation, PlaceChange, PlaceRequest, Project};
use edgeward_domain::access::{Action, Actor, Scope};
use edgeward_domain::organisation as domain;
use edgeward_domain::organisation::{OrganisationRefusal, ProjectRefusal};
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use edgeward_store as store;
use edgeward_store::Failure;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::api::{ApiError, Body, Id};
use crate::app::{App, Shared};
use crate::people::{Places, checked_description};
use crate::{now, timestamp};

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(create_project))
        .routes(routes!(show_project, change_project, delete_project))
}

/// The organisations that the caller belongs to, with those of their projects that they may see.
#[utoipa::path(get, path = "/organisations", tag = "organisations",
    responses((status = 200, body = List<Organisation>), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<List<Organisation>>, ApiError> {
    let organisations = app.store.organisations();
    let found = organisations.organisations(caller.grants()).await?;
    let items: Vec<_> = found.into_iter().map(to_api).collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// Makes an organisation. Whoever makes it administers it, unless others are named.
#[utoipa::path(post, path = "/organisations", tag = "organisations", request_body = PlaceRequest,
    responses((status = 201, body = Organisation), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn create(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<PlaceRequest>,
) -> Result<(StatusCode, Json<Organisation>), ApiError> {
    caller.permit(Action::CreateOrganisation, Scope::System)?;
    let description = checked_description(&request.description)?;
    let admins = admins(&caller, request.admins);
    let organisations = app.store.organisations();
    let made = organisations
        .create_organisation(request.name, &description, &admins, &caller.by(), now())
        .await?;
    app.places_changed();
    Ok((StatusCode::CREATED, Json(to_api(made))))
}

/// One organisation.
#[utoipa::path(get, path = "/organisations/{id}", tag = "organisations", params(("id" = OrganisationId, Path)),
    responses((status = 200, body = Organisation), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
) -> Result<Json<Organisation>, ApiError> {
    let found = app
        .store
        .organisations()
        .organisation(id, caller.grants())
        .await?;
    found
        .map(|found| Json(to_api(found)))
        .ok_or_else(|| ApiError::not_found("organisation"))
}

/// Renames and describes an organisation.
#[utoipa::path(patch, path = "/organisations/{id}", tag = "organisations", params(("id" = OrganisationId, Path)), request_body = PlaceChange,
    responses((status = 200, body = Organisation), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
    Body(request): Body<PlaceChange>,
) -> Result<Json<Organisation>, ApiError> {
    caller.permit(Action::EditOrganisation, Scope::Organisation(id))?;
    let change = to_change(request)?;
    let organisations = app.store.organisations();
    organisations
        .update_organisation(id, change, &caller.by(), now())
        .await?;
    app.places_changed();
    show(State(app), caller, Id(id)).await
}

/// Deletes an organisation that holds no projects.
#[utoipa::path(delete, path = "/organisations/{id}", tag = "organisations", params(("id" = OrganisationId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
) -> Result<StatusCode, ApiError> {
    caller.permit(Action::DeleteOrganisation, Scope::Organisation(id))?;
    let organisations = app.store.organisations();
    organisations
        .delete_organisation(id, &caller.by(), now())
        .await?;
    app.places_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a project in an organisation. Whoever makes it administers it, unless others are named.
#[utoipa::path(post, path = "/organisations/{id}/projects", tag = "organisations", params(("id" = OrganisationId, Path)), request_body = PlaceRequest,
    responses((status = 201, body = Project), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn create_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
    Body(request): Body<PlaceRequest>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    caller.permit(Action::CreateProject, Scope::Organisation(id))?;
    let description = checked_description(&request.description)?;
    let admins = admins(&caller, request.admins);
    for admin in &admins {
        crate::people::visible_or_self(&app, &caller, *admin).await?;
    }
    let organisations = app.store.organisations();
    let made = organisations
        .create_project(id, request.name, &description, &admins, &caller.by(), now())
        .await?;
    app.places_changed();
    Ok((StatusCode::CREATED, Json(project_to_api(made))))
}

/// One project.
#[utoipa::path(get, path = "/projects/{id}", tag = "organisations", params(("id" = ProjectId, Path)),
    responses((status = 200, body = Project), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ProjectId>,
) -> Result<Json<Project>, ApiError> {
    let project = permitted(&app, &caller, id, Action::Look).await?;
    Ok(Json(project_to_api(project)))
}

/// Renames and describes a project.
#[utoipa::path(patch, path = "/projects/{id}", tag = "organisations", params(("id" = ProjectId, Path)), request_body = PlaceChange,
    responses((status = 200, body = Project), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn change_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ProjectId>,
    Body(request): Body<PlaceChange>,
) -> Result<Json<Project>, ApiError> {
    permitted(&app, &caller, id, Action::EditProject).await?;
    let change = to_change(request)?;
    let organisations = app.store.organisations();
    let changed = organisations
        .update_project(id, change, &caller.by(), now())
        .await?;
    app.places_changed();
    Ok(Json(project_to_api(changed)))
}

/// Deletes a project that has neither agents nor edge services.
#[utoipa::path(delete, path = "/projects/{id}", tag = "organisations", params(("id" = ProjectId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn delete_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ProjectId>,
) -> Result<StatusCode, ApiError> {
    permitted(&app, &caller, id, Action::DeleteProject).await?;
    let organisations = app.store.organisations();
    organisations
        .delete_project(id, &caller.by(), now())
        .await?;
    app.places_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// The project with this id, if the caller may do this in it.
async fn permitted(
    app: &App,
    caller: &Caller,
    id: ProjectId,
    action: Action,
) -> Result<domain::Project, ApiError> {
    let scope = Places::of(app, caller).await?.project(id)?;
    caller.permit(action, scope)?;
    let found = app.store.organisations().project(id).await?;
    found
        .map(|view| view.project)
        .ok_or_else(|| ApiError::not_found("project"))
}

/// Who administers what is made: those who are named, otherwise the person who makes it.
fn admins(caller: &Caller, named: Vec<UserId>) -> Vec<UserId> {
    match &caller.identity.actor {
        Actor::User(user) if named.is_empty() => vec![user.id],
        _ => named,
    }
}

fn to_change(request: PlaceChange) -> Result<store::PlaceChange, ApiError> {
    let description = request.description.as_deref();
    Ok(store::PlaceChange {
        name: request.name,
        description: description.map(checked_description).transpose()?,
    })
}

fn to_api(organisation: domain::Organisation) -> Organisation {
    Organisation {
        id: organisation.id,
        name: organisation.name,
        description: organisation.description,
        projects: organisation
            .projects
            .into_iter()
            .map(project_to_api)
            .collect(),
        created_at: timestamp(organisation.created_at),
    }
}

fn project_to_api(project: domain::Project) -> Project {
    Project {
        id: project.id,
        organisation_id: project.organisation,
        name: project.name,
        description: project.description,
        created_at: timestamp(project.created_at),
    }
}

impl From<Failure<OrganisationRefusal>> for ApiError {
    fn from(failure: Failure<OrganisationRefusal>) -> Self {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Store(error) => return error.into(),
        };
        match refusal {
            OrganisationRefusal::Unknown => Self::not_found("organisation"),
            OrganisationRefusal::UnknownUser(_) => Self::not_found("user"),
            OrganisationRefusal::HasProjects(_) => Self::conflict("not_empty", refusal),
            OrganisationRefusal::NameTaken => Self::conflict("name_taken", refusal),
            OrganisationRefusal::TooMany => Self::conflict("too_many", refusal),
        }
    }
}

impl From<Failure<ProjectRefusal>> for ApiError {
    fn from(failure: Failure<ProjectRefusal>) -> Self {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Store(error) => return error.into(),
        };
        match refusal {
            ProjectRefusal::Unknown => Self::not_found("project"),
            ProjectRefusal::UnknownUser(_) => Self::not_found("user"),
            ProjectRefusal::UnknownOrganisation => Self::not_found("organisation"),
            ProjectRefusal::InUse { .. } | ProjectRefusal::HasRegistrations(_) => {
                Self::conflict("not_empty", refusal)
            }
            ProjectRefusal::NameTaken => Self::conflict("name_taken", refusal),
            ProjectRefusal::TooManyInOrganisation | ProjectRefusal::TooMany => {
                Self::conflict("too_many", refusal)
            }
        }
    }
}
