//! `/api/v1/organisations/{id}/members` and `/api/v1/projects/{id}/members`.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::list::List;
use edgeward_api::user::{Member, MemberByEmail, MemberRequest, MemberRole, MembershipRequest};
use edgeward_domain::access::{Action, Email};
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use edgeward_store::{Failure, MemberOf, MemberRefusal, Origin, Slice, UserView};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::places::{Places, organisation_role, project_role};
use super::service::state_to_api;
use crate::access::{Caller, checked_email};
use crate::api::{ApiError, Body, Id, Ids};
use crate::app::{App, Shared};
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(of_organisation, add_to_organisation))
        .routes(routes!(set_in_organisation, remove_from_organisation))
        .routes(routes!(of_project, add_to_project))
        .routes(routes!(set_in_project, remove_from_project))
}

/// The members of an organisation, those of its projects among them.
#[utoipa::path(get, path = "/organisations/{id}/members", tag = "members", params(("id" = OrganisationId, Path)),
    responses((status = 200, body = List<Member>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn of_organisation(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
) -> Result<Json<List<Member>>, ApiError> {
    let scope = Places::of(&app, &caller).await?.organisation(id)?;
    caller.permit(Action::LookAtMembers, scope)?;
    let members = app.store.members();
    let page = members.organisation_members(id, None, Slice::FIRST).await?;
    let items = page.items.into_iter();
    let items = items.map(|m| to_api(m.user, organisation_role(m.role), m.origin));
    Ok(Json(List {
        items: items.collect(),
        total: page.total,
    }))
}

/// The members of a project.
#[utoipa::path(get, path = "/projects/{id}/members", tag = "members", params(("id" = ProjectId, Path)),
    responses((status = 200, body = List<Member>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn of_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ProjectId>,
) -> Result<Json<List<Member>>, ApiError> {
    let scope = Places::of(&app, &caller).await?.project(id)?;
    caller.permit(Action::LookAtMembers, scope)?;
    let page = app
        .store
        .members()
        .project_members(id, None, Slice::FIRST)
        .await?;
    let items = page.items.into_iter();
    let items = items.map(|m| to_api(m.user, project_role(m.role), m.origin));
    Ok(Json(List {
        items: items.collect(),
        total: page.total,
    }))
}

/// Makes the user with an e-mail address a member of an organisation, or changes what they are there.
#[utoipa::path(put, path = "/organisations/{id}/members", tag = "members", params(("id" = OrganisationId, Path)), request_body = MemberByEmail,
    responses((status = 200, body = Member), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn add_to_organisation(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<OrganisationId>,
    Body(request): Body<MemberByEmail>,
) -> Result<Json<Member>, ApiError> {
    let wanted = at_organisation(id, request.role);
    set(&app, &caller, Who::Email(request.email), wanted).await
}

/// Makes a user a member of an organisation, or changes what they are there.
#[utoipa::path(put, path = "/organisations/{id}/members/{user}", tag = "members", params(("id" = OrganisationId, Path), ("user" = UserId, Path)), request_body = MemberRequest,
    responses((status = 200, body = Member), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn set_in_organisation(
    State(app): State<Shared>,
    caller: Caller,
    Ids(id, user): Ids<OrganisationId, UserId>,
    Body(request): Body<MemberRequest>,
) -> Result<Json<Member>, ApiError> {
    let wanted = at_organisation(id, request.role);
    set(&app, &caller, Who::Id(user), wanted).await
}

/// Makes the user with an e-mail address a member of a project, or changes what they are there.
#[utoipa::path(put, path = "/projects/{id}/members", tag = "members", params(("id" = ProjectId, Path)), request_body = MemberByEmail,
    responses((status = 200, body = Member), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn add_to_project(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ProjectId>,
    Body(request): Body<MemberByEmail>,
) -> Result<Json<Member>, ApiError> {
    let wanted = at_project(id, request.role);
    set(&app, &caller, Who::Email(request.email), wanted).await
}

/// Makes a user a member of a project, or changes what they are there.
#[utoipa::path(put, path = "/projects/{id}/members/{user}", tag = "members", params(("id" = ProjectId, Path), ("user" = UserId, Path)), request_body = MemberRequest,
    responses((status = 200, body = Member), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn set_in_project(
    State(app): State<Shared>,
    caller: Caller,
    Ids(id, user): Ids<ProjectId, UserId>,
    Body(request): Body<MemberRequest>,
) -> Result<Json<Member>, ApiError> {
    let wanted = at_project(id, request.role);
    set(&app, &caller, Who::Id(user), wanted).await
}

/// Ends a membership of an organisation, and of its projects.
#[utoipa::path(delete, path = "/organisations/{id}/members/{user}", tag = "members", params(("id" = OrganisationId, Path), ("user" = UserId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn remove_from_organisation(
    State(app): State<Shared>,
    caller: Caller,
    Ids(id, user): Ids<OrganisationId, UserId>,
) -> Result<StatusCode, ApiError> {
    let scope = Places::of(&app, &caller).await?.organisation(id)?;
    caller.permit(Action::ManageOrganisationMembers, scope)?;
    remove(&app, &caller, user, MemberOf::Organisation(id)).await
}

/// Ends a membership of a project.
#[utoipa::path(delete, path = "/projects/{id}/members/{user}", tag = "members", params(("id" = ProjectId, Path), ("user" = UserId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn remove_from_project(
    State(app): State<Shared>,
    caller: Caller,
    Ids(id, user): Ids<ProjectId, UserId>,
) -> Result<StatusCode, ApiError> {
    let scope = Places::of(&app, &caller).await?.project(id)?;
    caller.permit(Action::ManageProjectMembers, scope)?;
    remove(&app, &caller, user, MemberOf::Project(id)).await
}

/// Who is to be a member.
enum Who {
    Id(UserId),
    Email(String),
}

const fn at_organisation(id: OrganisationId, role: MemberRole) -> MembershipRequest {
    MembershipRequest {
        organisation_id: Some(id),
        project_id: None,
        role,
    }
}

const fn at_project(id: ProjectId, role: MemberRole) -> MembershipRequest {
    MembershipRequest {
        organisation_id: None,
        project_id: Some(id),
        role,
    }
}

async fn set(
    app: &App,
    caller: &Caller,
    who: Who,
    wanted: MembershipRequest,
) -> Result<Json<Member>, ApiError> {
    let places = Places::of(app, caller).await?;
    let membership = places.to_give(caller, &wanted)?;
    let user = match who {
        Who::Id(id) => super::service::visible(app, caller, id).await?.user.id,
        Who::Email(text) => {
            let email: Email = checked_email(&text)?;
            let found = app.store.users().credentials(&email).await?;
            found.ok_or_else(|| ApiError::not_found("user"))?.user.id
        }
    };
    app.store
        .members()
        .set_member(user, membership, &caller.by(), now())
        .await?;
    app.people_changed();
    let view = app.store.users().user(user).await?;
    let view = view.ok_or_else(|| ApiError::not_found("user"))?;
    Ok(Json(to_api(view, wanted.role, Origin::Hand)))
}

async fn remove(
    app: &App,
    caller: &Caller,
    user: UserId,
    of: MemberOf,
) -> Result<StatusCode, ApiError> {
    app.store
        .members()
        .remove_member(user, of, &caller.by(), now())
        .await?;
    app.people_changed();
    Ok(StatusCode::NO_CONTENT)
}

fn to_api(view: UserView, role: MemberRole, origin: Origin) -> Member {
    Member {
        user_id: view.user.id,
        email: view.user.email.to_string(),
        display_name: view.user.display_name,
        state: state_to_api(view.user.state),
        role,
        by_sso: origin == Origin::Sso,
    }
}

impl From<Failure<MemberRefusal>> for ApiError {
    fn from(failure: Failure<MemberRefusal>) -> Self {
        match failure {
            Failure::Refused(MemberRefusal::UnknownUser) => Self::not_found("user"),
            Failure::Refused(MemberRefusal::UnknownOrganisation) => Self::not_found("organisation"),
            Failure::Refused(MemberRefusal::UnknownProject) => Self::not_found("project"),
            Failure::Refused(MemberRefusal::NotAMember) => Self::not_found("member"),
            Failure::Refused(MemberRefusal::LastAdmin(last)) => Self::conflict("last_admin", last),
            Failure::Store(error) => error.into(),
        }
    }
}
