//! `/api/v1/setup` and `/api/v1/session`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use edgeward_api::access as api;
use edgeward_api::error::ErrorBody;
use edgeward_api::settings::PasswordRules;
use edgeward_domain::access::{Actor, Session, SessionKind};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccessError, COOKIE, Caller, Origin, permissions, profile};
use crate::api::{ApiError, Body};
use crate::app::{App, Shared};
use crate::timestamp;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(options))
        .routes(routes!(set_up))
        .routes(routes!(sign_in, show, sign_out))
        .merge(profile::routes())
}

/// What the sign-in page needs to know.
#[utoipa::path(get, path = "/session/options", tag = "access", security(()), responses((status = 200, body = api::SignInOptions)))]
async fn options(State(app): State<Shared>) -> Result<Json<api::SignInOptions>, ApiError> {
    Ok(Json(api::SignInOptions {
        setup_needed: app.access.setup_needed().await?,
        language: app.settings.language(),
        password_rules: password_rules(&app),
        password_reset: app.settings.mail_is_set(),
        providers: app.settings.providers_offered(),
    }))
}

/// What passwords must be like, as it is shown.
pub(crate) fn password_rules(app: &App) -> PasswordRules {
    let rules = app.access.rules().passwords;
    PasswordRules {
        min_chars: rules.min_chars,
        letter: rules.letter,
        digit: rules.digit,
        symbol: rules.symbol,
    }
}

/// Makes the first administrator with the one-time link's key, and signs in.
#[utoipa::path(post, path = "/setup", tag = "access", security(()), request_body = api::SetupRequest,
    responses((status = 201, body = api::Session), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn set_up(
    State(app): State<Shared>,
    origin: Origin,
    jar: CookieJar,
    Body(request): Body<api::SetupRequest>,
) -> Result<Response, ApiError> {
    let user = app
        .access
        .set_up(
            &request.key,
            &request.email,
            &request.display_name,
            request.password,
            &origin,
        )
        .await?;
    app.people_changed();
    let begun = app
        .access
        .begin(&user, SessionKind::Browser, false, &origin)
        .await?;
    signed_in(&app, jar, begun).await
}

/// Signs in. Sets the cookie `edgeward_session`, or answers with a bearer token when asked to.
#[utoipa::path(post, path = "/session", tag = "access", security(()), request_body = api::SignInRequest,
    responses((status = 201, body = api::Session), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn sign_in(
    State(app): State<Shared>,
    origin: Origin,
    jar: CookieJar,
    Body(request): Body<api::SignInRequest>,
) -> Result<Response, ApiError> {
    let kind = if request.bearer {
        SessionKind::Bearer
    } else {
        SessionKind::Browser
    };
    let remember = request.remember || request.bearer;
    let begun = app
        .access
        .sign_in(&request.email, request.password, kind, remember, &origin)
        .await?;
    signed_in(&app, jar, begun).await
}

/// Who is signed in, and what they may do.
#[utoipa::path(get, path = "/session", tag = "access", responses((status = 200, body = api::Session), (status = 401, body = ErrorBody)))]
async fn show(State(app): State<Shared>, caller: Caller) -> Result<Json<api::Session>, ApiError> {
    Ok(Json(
        session_to_api(&app, &caller.identity, caller.session.as_deref(), None).await?,
    ))
}

/// Signs out: the session ends everywhere. An API token is not a session: delete it instead.
#[utoipa::path(delete, path = "/session", tag = "access", responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn sign_out(
    State(app): State<Shared>,
    caller: Caller,
    jar: CookieJar,
) -> Result<Response, ApiError> {
    if matches!(caller.identity.actor, Actor::Machine) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "person_needed",
            "the token of the machine's own operator lasts until the next start",
        ));
    }
    let Some(session) = &caller.session else {
        caller.person()?;
        return Err(ApiError::unauthorized());
    };
    app.access.end(session.id, &caller.by()).await?;
    app.events.changed(edgeward_api::event::Kind::Sessions);
    Ok((
        StatusCode::NO_CONTENT,
        jar.remove(Cookie::build(COOKIE).path("/")),
    )
        .into_response())
}

/// The answer to whoever has just signed in. The session that their browser had until now ends: none is ever taken over.
pub(crate) async fn signed_in(
    app: &App,
    jar: CookieJar,
    (session, token): (std::sync::Arc<Session>, String),
) -> Result<Response, ApiError> {
    if let Some(before) = jar.get(COOKIE) {
        app.access.leave(before.value()).await?;
    }
    Ok(match session.kind {
        SessionKind::Bearer => {
            let answer =
                session_to_api(app, &session.identity, Some(&session), Some(token)).await?;
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        SessionKind::Browser => {
            let answer = session_to_api(app, &session.identity, Some(&session), None).await?;
            let jar = jar.add(cookie(app, token, session.remembered));
            (StatusCode::CREATED, jar, Json(answer)).into_response()
        }
    })
}

/// The console's cookie: one that is remembered outlasts the browser.
pub(crate) fn cookie(app: &App, token: String, remembered: bool) -> Cookie<'static> {
    let cookie = Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .secure(app.public().secure)
        .same_site(SameSite::Lax);
    if remembered {
        cookie.permanent().build()
    } else {
        cookie.build()
    }
}

async fn session_to_api(
    app: &App,
    identity: &edgeward_domain::access::Identity,
    session: Option<&Session>,
    bearer_token: Option<String>,
) -> Result<api::Session, ApiError> {
    let organisations = app
        .store
        .organisations()
        .organisations(&identity.grants)
        .await?;
    let (mut user, mut token, mut expires_at) = (None, None, None);
    match &identity.actor {
        Actor::User(found) => {
            let view = app.store.users().user(found.id).await?;
            let has_password = view.is_some_and(|view| view.has_password);
            user = Some(profile::to_api(found, has_password));
        }
        Actor::Token(found) => {
            token = Some(api::TokenName {
                id: found.id,
                name: found.name.clone(),
            });
            expires_at = found.expires_at;
        }
        Actor::Machine => {}
    }
    Ok(api::Session {
        id: session.map(|session| session.id),
        user,
        token,
        permissions: permissions::to_api(&identity.grants, organisations),
        expires_at: session.map(|s| s.expires_at).or(expires_at).map(timestamp),
        bearer_token,
    })
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        let message = error.to_string();
        match error {
            AccessError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong_credentials", message)
                    .hint("check both and try again")
            }
            AccessError::Disabled => Self::new(StatusCode::FORBIDDEN, "account_disabled", message)
                .hint("ask an administrator to enable it"),
            AccessError::TooMany => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message)
                    .retry_after_s(60)
            }
            AccessError::Setup(edgeward_store::SetupRefusal::AlreadyDone) => {
                Self::conflict("setup_done", message)
            }
            AccessError::Setup(edgeward_store::SetupRefusal::WrongKey) => {
                Self::new(StatusCode::FORBIDDEN, "setup_key_wrong", message)
            }
            AccessError::Invalid(_) | AccessError::PasswordRules(_) => Self::invalid(message),
            AccessError::Password(error) => Self::internal(&error),
            AccessError::Store(error) => error.into(),
        }
    }
}
