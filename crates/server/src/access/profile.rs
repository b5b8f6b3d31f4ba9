//! `/api/v1/profile` and `/api/v1/sessions`: what everybody manages of their own.

use axum::Json;
use axum::extract::State;
use edgeward_api::access as api;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_domain::access::{Session, SessionKind, User};
use edgeward_ids::{SessionId, UserId};
use edgeward_store::{Failure, UserChange};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccessError, Caller, password};
use crate::api::{ApiError, Body, Id};
use crate::app::{App, Shared};
use crate::{now, timestamp};

/// The longest display name, in characters.
const MAX_DISPLAY_NAME_CHARS: usize = 100;

/// The longest telephone number, in characters.
const MAX_PHONE_CHARS: usize = 40;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(change))
        .routes(routes!(change_password))
        .routes(routes!(sessions, end_others))
        .routes(routes!(end))
}

/// Changes one's own profile.
#[utoipa::path(patch, path = "/profile", tag = "access", request_body = api::ProfileChange,
    responses((status = 200, body = api::Profile), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::ProfileChange>,
) -> Result<Json<api::Profile>, ApiError> {
    let user = caller.person()?.id;
    let change = UserChange {
        display_name: request.display_name.map(|n| checked_name(&n)).transpose()?,
        phone: request.phone.map(|p| checked_phone(&p)).transpose()?,
        language: request.language.map(|l| Some(language_word(l).to_owned())),
        ..UserChange::default()
    };
    let changed = app
        .store
        .users()
        .update_user(user, change, &caller.by(), now())
        .await?;
    app.people_changed();
    Ok(Json(to_api(&changed.user, changed.has_password)))
}

/// Changes one's own password; all other sessions end.
#[utoipa::path(post, path = "/profile/password", tag = "access", request_body = api::PasswordChange,
    responses((status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn change_password(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::PasswordChange>,
) -> Result<StatusCode, ApiError> {
    let user = caller.person()?;
    app.access.attempt(user.email.as_str(), &caller.address)?;
    let hash = app
        .store
        .users()
        .credentials(&user.email)
        .await?
        .and_then(|found| found.password_hash);
    if !password::verify(request.current_password, hash).await {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "wrong_password",
            "the current password is wrong",
        ));
    }
    let hash = app.access.new_password(request.new_password).await?;
    let keep = caller.session.as_ref().map(|session| session.id);
    app.store
        .users()
        .set_password(user.id, &hash, keep, &caller.by(), now())
        .await?;
    app.people_changed();
    app.events.changed(Kind::Sessions);
    Ok(StatusCode::NO_CONTENT)
}

/// One's own sessions.
#[utoipa::path(get, path = "/sessions", tag = "access",
    responses((status = 200, body = List<api::SessionInfo>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn sessions(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<List<api::SessionInfo>>, ApiError> {
    let user = caller.person()?.id;
    let current = caller.session.as_ref().map(|session| session.id);
    Ok(Json(sessions_of(&app, user, current).await?))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "access", params(("id" = SessionId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn end(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<StatusCode, ApiError> {
    let user = caller.person()?.id;
    let own = app.store.sessions().sessions_of(user, now()).await?;
    if !own.iter().any(|session| session.id == id) || !app.access.end(id, &caller.by()).await? {
        return Err(ApiError::not_found("session"));
    }
    app.events.changed(Kind::Sessions);
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's own sessions but this one.
#[utoipa::path(delete, path = "/sessions", tag = "access",
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn end_others(State(app): State<Shared>, caller: Caller) -> Result<StatusCode, ApiError> {
    let user = caller.person()?.id;
    let keep = caller.session.as_ref().map(|session| session.id);
    app.store
        .sessions()
        .end_sessions_of(user, keep, &caller.by(), now())
        .await?;
    app.access.forget_cached();
    app.events.changed(Kind::Sessions);
    Ok(StatusCode::NO_CONTENT)
}

/// A user's sessions, for a list.
pub(crate) async fn sessions_of(
    app: &App,
    user: UserId,
    current: Option<SessionId>,
) -> Result<List<api::SessionInfo>, ApiError> {
    let found = app.store.sessions().sessions_of(user, now()).await?;
    let items: Vec<_> = found
        .into_iter()
        .map(|session| session_to_api(session, current))
        .collect();
    let total = items.len() as u64;
    Ok(List { items, total })
}

fn session_to_api(session: Session, current: Option<SessionId>) -> api::SessionInfo {
    api::SessionInfo {
        id: session.id,
        current: current == Some(session.id),
        kind: match session.kind {
            SessionKind::Browser => api::SessionKind::Browser,
            SessionKind::Bearer => api::SessionKind::Bearer,
        },
        remembered: session.remembered,
        address: session.address,
        program: session.program,
        created_at: timestamp(session.created_at),
        last_used_at: timestamp(session.last_used_at),
        expires_at: timestamp(session.expires_at),
    }
}

/// A person as they see themselves.
pub(super) fn to_api(user: &User, has_password: bool) -> api::Profile {
    api::Profile {
        id: user.id,
        email: user.email.to_string(),
        display_name: user.display_name.clone(),
        phone: user.phone.clone(),
        language: user.language.as_deref().map(|word| match word {
            "zh" => api::Language::Zh,
            _ => api::Language::En,
        }),
        has_password,
    }
}

/// A language's stable word.
pub(crate) const fn language_word(language: api::Language) -> &'static str {
    match language {
        api::Language::En => "en",
        api::Language::Zh => "zh",
    }
}

/// A name that others see: 1 to 100 characters, none of them a control character.
pub(crate) fn checked_name(text: &str) -> Result<String, AccessError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 || chars > MAX_DISPLAY_NAME_CHARS || text.chars().any(char::is_control) {
        return Err(AccessError::Invalid(format!(
            "the display name must have 1 to {MAX_DISPLAY_NAME_CHARS} characters"
        )));
    }
    Ok(text.to_owned())
}

/// A telephone number, or nothing: at most 40 characters, none of them a control character.
pub(crate) fn checked_phone(text: &str) -> Result<String, AccessError> {
    let text = text.trim();
    if text.chars().count() > MAX_PHONE_CHARS || text.chars().any(char::is_control) {
        return Err(AccessError::Invalid(format!(
            "the telephone number must have at most {MAX_PHONE_CHARS} characters"
        )));
    }
    Ok(text.to_owned())
}

impl From<Failure<edgeward_store::UserRefusal>> for ApiError {
    fn from(failure: Failure<edgeward_store::UserRefusal>) -> Self {
        use edgeward_store::UserRefusal;
        match failure {
            Failure::Refused(UserRefusal::Unknown) => Self::not_found("user"),
            Failure::Refused(UserRefusal::LastAdmin(last)) => Self::conflict("last_admin", last),
            Failure::Store(error) => error.into(),
        }
    }
}
