//! `/api/v1/setup` and `/api/v1/session`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use edgeward_api::access as api;
use edgeward_api::error::ErrorBody;
use edgeward_domain::access::{Actor, Session, SessionKind, User};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::COOKIE;
use super::{AccessError, Caller};
use crate::api::{ApiError, Body, CallerAddress};
use crate::app::Shared;
use crate::timestamp;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(setup_state, set_up))
        .routes(routes!(sign_in, show, sign_out))
}

/// Whether the first administrator is still to be made.
#[utoipa::path(get, path = "/setup", tag = "access", security(()), responses((status = 200, body = api::SetupState)))]
async fn setup_state(State(app): State<Shared>) -> Result<Json<api::SetupState>, ApiError> {
    Ok(Json(api::SetupState {
        needed: app.access.setup_needed().await?,
    }))
}

/// Makes the first administrator with the one-time link's key, and signs in.
#[utoipa::path(post, path = "/setup", tag = "access", security(()), request_body = api::SetupRequest,
    responses((status = 201, body = api::Session), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn set_up(
    State(app): State<Shared>,
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
        )
        .await?;
    let (session, token) = app
        .access
        .begin(
            Some(user.id),
            SessionKind::Browser,
            super::service::SESSION_LIFETIME,
        )
        .await?;
    Ok((
        StatusCode::CREATED,
        jar.add(cookie(&app, token)),
        Json(to_api(&session, None)),
    )
        .into_response())
}

/// Signs in. Sets the cookie `edgeward_session`, or answers with a bearer token when asked to.
#[utoipa::path(post, path = "/session", tag = "access", security(()), request_body = api::SignInRequest,
    responses((status = 201, body = api::Session), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn sign_in(
    State(app): State<Shared>,
    CallerAddress(from): CallerAddress,
    jar: CookieJar,
    Body(request): Body<api::SignInRequest>,
) -> Result<Response, ApiError> {
    let kind = if request.bearer {
        SessionKind::Bearer
    } else {
        SessionKind::Browser
    };
    let (session, token) = app
        .access
        .sign_in(&request.email, request.password, &from, kind)
        .await?;
    Ok(match kind {
        SessionKind::Bearer => {
            (StatusCode::CREATED, Json(to_api(&session, Some(token)))).into_response()
        }
        SessionKind::Browser => (
            StatusCode::CREATED,
            jar.add(cookie(&app, token)),
            Json(to_api(&session, None)),
        )
            .into_response(),
    })
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "access", responses((status = 200, body = api::Session), (status = 401, body = ErrorBody)))]
async fn show(caller: Caller) -> Json<api::Session> {
    Json(to_api(&caller.session, None))
}

/// Signs out: the session ends everywhere.
#[utoipa::path(delete, path = "/session", tag = "access", responses((status = 204), (status = 401, body = ErrorBody)))]
async fn sign_out(
    State(app): State<Shared>,
    caller: Caller,
    jar: CookieJar,
) -> Result<Response, ApiError> {
    app.access.end(caller.session.id).await?;
    Ok((
        StatusCode::NO_CONTENT,
        jar.remove(Cookie::build(COOKIE).path("/")),
    )
        .into_response())
}

fn cookie(app: &Shared, token: String) -> Cookie<'static> {
    Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .secure(app.public.secure)
        .same_site(SameSite::Lax)
        .permanent()
        .build()
}

fn to_api(session: &Session, bearer_token: Option<String>) -> api::Session {
    let user = match &session.actor {
        Actor::User(User {
            id,
            email,
            display_name,
            ..
        }) => Some(api::User {
            id: *id,
            email: email.to_string(),
            display_name: display_name.clone(),
        }),
        Actor::Machine => None,
    };
    api::Session {
        user,
        expires_at: timestamp(session.expires_at),
        bearer_token,
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        let message = error.to_string();
        match error {
            AccessError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong_credentials", message)
                    .hint("check both and try again")
            }
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
            AccessError::Invalid(_) => Self::invalid(message),
            AccessError::Password(error) => Self::internal(&error),
            AccessError::Store(error) => error.into(),
        }
    }
}
