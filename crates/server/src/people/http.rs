//! `/api/v1/users`.

use axum::Json;
use axum::extract::State;
use edgeward_api::access::SessionInfo;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_api::user as api;
use edgeward_domain::access::{Action, Scope, UserState};
use edgeward_ids::UserId;
use edgeward_store::{InvitationPurpose, Sort, UserChange, UserColumn, UserFilter};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::places::Places;
use super::{invitations, links, members, service};
use crate::access::{Caller, checked_name, checked_phone, sessions_of};
use crate::api::{ApiError, Body, Id, Query, direction, searched, slice};
use crate::app::Shared;
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(enable))
        .routes(routes!(disable))
        .routes(routes!(reset_password))
        .routes(routes!(invite))
        .routes(routes!(sessions, end_sessions))
        .merge(members::routes())
        .merge(invitations::routes())
}

/// Users: all for a system administrator, otherwise the members of organisations at whose members the caller may look.
#[utoipa::path(get, path = "/users", tag = "users", params(api::UserFilter),
    responses((status = 200, body = List<api::User>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(filter): Query<api::UserFilter>,
) -> Result<Json<List<api::User>>, ApiError> {
    service::sees_members(&caller)?;
    let wanted = UserFilter {
        text: searched(filter.text.as_deref()),
        state: filter.state.map(|state| match state {
            api::UserState::Invited => UserState::Invited,
            api::UserState::Active => UserState::Active,
            api::UserState::Disabled => UserState::Disabled,
        }),
        organisation: filter.organisation,
        project: filter.project,
        system_admin: filter.system_admin,
        ..UserFilter::new(service::seen(&caller))
    };
    let sort = Sort {
        by: match filter.sort.unwrap_or_default() {
            api::UserSort::Name => UserColumn::Name,
            api::UserSort::Email => UserColumn::Email,
            api::UserSort::LastSignIn => UserColumn::LastSignIn,
            api::UserSort::Created => UserColumn::Created,
        },
        direction: direction(filter.direction.unwrap_or_default()),
    };
    let slice = slice(filter.offset, filter.limit)?;
    let page = app.store.users().users(&wanted, sort, slice).await?;
    let places = Places::of(&app, &caller).await?;
    let items = page.items.into_iter();
    let items = items.map(|view| service::to_api(&caller, &places, view));
    Ok(Json(List {
        items: items.collect(),
        total: page.total,
    }))
}

/// Makes users, or invites them; each address has its own result.
#[utoipa::path(post, path = "/users", tag = "users", request_body = api::CreateUsers,
    responses((status = 201, body = api::CreatedUsers), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn create(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::CreateUsers>,
) -> Result<(StatusCode, Json<api::CreatedUsers>), ApiError> {
    let made = service::create(&app, &caller, request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One user.
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = api::User), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<Json<api::User>, ApiError> {
    let view = service::visible(&app, &caller, id).await?;
    let places = Places::of(&app, &caller).await?;
    Ok(Json(service::to_api(&caller, &places, view)))
}

/// Changes what is said of a user.
#[utoipa::path(patch, path = "/users/{id}", tag = "users", params(("id" = UserId, Path)), request_body = api::UserChange,
    responses((status = 200, body = api::User), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
    Body(request): Body<api::UserChange>,
) -> Result<Json<api::User>, ApiError> {
    service::managed(&app, &caller, id).await?;
    if request.system_admin.is_some() {
        caller.permit(Action::ManageSystem, Scope::System)?;
    }
    let change = UserChange {
        display_name: request
            .display_name
            .as_deref()
            .map(checked_name)
            .transpose()?,
        phone: request.phone.as_deref().map(checked_phone).transpose()?,
        language: None,
        system_admin: request.system_admin,
        sso_only: request.sso_only,
    };
    let view = app
        .store
        .users()
        .update_user(id, change, &caller.by(), now())
        .await?;
    app.people_changed();
    let places = Places::of(&app, &caller).await?;
    Ok(Json(service::to_api(&caller, &places, view)))
}

/// Deletes a user with their sessions, API tokens and memberships.
#[utoipa::path(delete, path = "/users/{id}", tag = "users", params(("id" = UserId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    service::managed(&app, &caller, id).await?;
    app.store
        .users()
        .delete_user(id, &caller.by(), now())
        .await?;
    app.people_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a user sign in again.
#[utoipa::path(post, path = "/users/{id}/enable", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = api::User), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn enable(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<Json<api::User>, ApiError> {
    set_enabled(&app, &caller, id, true).await
}

/// Keeps a user from signing in; their sessions and API tokens stop working at once.
#[utoipa::path(post, path = "/users/{id}/disable", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = api::User), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn disable(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<Json<api::User>, ApiError> {
    set_enabled(&app, &caller, id, false).await
}

async fn set_enabled(
    app: &Shared,
    caller: &Caller,
    id: UserId,
    enabled: bool,
) -> Result<Json<api::User>, ApiError> {
    service::managed(app, caller, id).await?;
    let view = app
        .store
        .users()
        .set_enabled(id, enabled, &caller.by(), now())
        .await?;
    app.people_changed();
    let places = Places::of(app, caller).await?;
    Ok(Json(service::to_api(caller, &places, view)))
}

/// Gives a user another password, or a link to set one. Their sessions end when the password changes.
#[utoipa::path(post, path = "/users/{id}/reset-password", tag = "users", params(("id" = UserId, Path)), request_body = api::PasswordReset,
    responses((status = 200, body = api::PasswordResetAnswer), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn reset_password(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
    Body(request): Body<api::PasswordReset>,
) -> Result<Json<api::PasswordResetAnswer>, ApiError> {
    let view = service::managed(&app, &caller, id).await?;
    if view.user.sso_only {
        return Err(ApiError::conflict(
            "sso_only",
            "this user signs in with single sign-on only",
        ));
    }
    let link = match request.password {
        Some(password) => {
            let hash = app.access.new_password(password).await?;
            app.store
                .users()
                .set_password(id, &hash, None, &caller.by(), now())
                .await?;
            None
        }
        None => Some(new_link(&app, &caller, view, InvitationPurpose::Reset).await?),
    };
    app.people_changed();
    Ok(Json(api::PasswordResetAnswer { link }))
}

/// Invites a user again who has not followed their link; the link before is not valid any more.
#[utoipa::path(post, path = "/users/{id}/invite", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = api::Link), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn invite(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<Json<api::Link>, ApiError> {
    let view = service::managed(&app, &caller, id).await?;
    if view.user.state != UserState::Invited {
        return Err(ApiError::conflict(
            "not_invited",
            "this user has set a password already; reset it instead",
        ));
    }
    let link = new_link(&app, &caller, view, InvitationPurpose::Invite).await?;
    app.people_changed();
    Ok(Json(link))
}

async fn new_link(
    app: &Shared,
    caller: &Caller,
    view: edgeward_store::UserView,
    purpose: InvitationPurpose,
) -> Result<api::Link, ApiError> {
    let drawn = links::draw(app, purpose);
    let invitation = drawn.invitation.clone();
    app.store
        .users()
        .new_invitation(view.user.id, purpose, invitation, &caller.by(), now())
        .await?;
    Ok(links::hand_over(app, &view.user, purpose, drawn).await)
}

/// A user's sessions.
#[utoipa::path(get, path = "/users/{id}/sessions", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = List<SessionInfo>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn sessions(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<Json<List<SessionInfo>>, ApiError> {
    service::managed(&app, &caller, id).await?;
    let current = caller.session.as_ref().map(|session| session.id);
    Ok(Json(sessions_of(&app, id, current).await?))
}

/// Ends all sessions of a user.
#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "users", params(("id" = UserId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn end_sessions(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    service::managed(&app, &caller, id).await?;
    app.store
        .sessions()
        .end_sessions_of(id, None, &caller.by(), now())
        .await?;
    app.access.forget_cached();
    app.events.changed(Kind::Sessions);
    Ok(StatusCode::NO_CONTENT)
}
