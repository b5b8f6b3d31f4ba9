//! What people do with links: asking for one, looking what it is for, and setting a password with it. Open to everybody.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use edgeward_api::access as api;
use edgeward_api::error::ErrorBody;
use edgeward_domain::access::{Email, SessionKind, UserState};
use edgeward_domain::audit::By;
use edgeward_store::{Failure, InvitationPurpose};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::links;
use crate::access::{Origin, checked_name, http::password_rules, signed_in};
use crate::api::{ApiError, Body, request_id};
use crate::app::{App, Shared};
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(forgotten))
        .routes(routes!(lookup))
        .routes(routes!(accept))
}

/// Asks for a link to set another password. The answer, and the time it takes, are the same whether there is such an account or not.
#[utoipa::path(post, path = "/password-reset", tag = "access", security(()), request_body = api::PasswordResetRequest,
    responses((status = 202), (status = 409, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn forgotten(
    State(app): State<Shared>,
    origin: Origin,
    Body(request): Body<api::PasswordResetRequest>,
) -> Result<StatusCode, ApiError> {
    app.access.attempt(&request.email, &origin.address)?;
    if !app.settings.mail_is_set() {
        return Err(ApiError::conflict(
            "no_mail",
            "this installation sends no e-mail; ask an administrator for a link",
        ));
    }
    let id = request_id::current();
    tokio::spawn(async move {
        if let Err(error) = send_reset(&app, &request.email, &origin, id).await {
            tracing::warn!(
                error = error.detail().message,
                "cannot send a link to reset a password"
            );
        }
    });
    Ok(StatusCode::ACCEPTED)
}

async fn send_reset(
    app: &App,
    email: &str,
    origin: &Origin,
    request_id: String,
) -> Result<(), ApiError> {
    let Ok(email) = email.parse::<Email>() else {
        return Ok(());
    };
    let Some(found) = app.store.users().credentials(&email).await? else {
        return Ok(());
    };
    if found.user.state != UserState::Active || found.user.sso_only {
        return Ok(());
    }
    let by = By {
        request_id: Some(request_id),
        ..By::anonymous(email.as_str(), &origin.address)
    };
    let purpose = InvitationPurpose::Reset;
    let drawn = links::draw(app, purpose);
    let invitation = drawn.invitation.clone();
    let expires_at = invitation.expires_at;
    app.store
        .users()
        .new_invitation(found.user.id, purpose, invitation, &by, now())
        .await?;
    let url = links::url(app, &drawn);
    if let Some(Err(problem)) = links::send(app, &found.user, purpose, &url, expires_at).await {
        tracing::warn!(problem, "cannot send a link to reset a password");
    }
    Ok(())
}

/// What a link is for.
#[utoipa::path(post, path = "/invitations/lookup", tag = "access", security(()), request_body = api::InvitationLookup,
    responses((status = 200, body = api::Invitation), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn lookup(
    State(app): State<Shared>,
    Body(request): Body<api::InvitationLookup>,
) -> Result<Json<api::Invitation>, ApiError> {
    let hash = edgeward_pki::sha256_hex(request.token.as_bytes());
    let found = app.store.users().invitation(&hash, now()).await?;
    let found = found.ok_or_else(not_valid)?;
    Ok(Json(api::Invitation {
        email: found.user.email.to_string(),
        display_name: found.user.display_name,
        purpose: match found.purpose {
            InvitationPurpose::Invite => api::InvitationPurpose::Invite,
            InvitationPurpose::Reset => api::InvitationPurpose::Reset,
        },
        password_rules: password_rules(&app),
    }))
}

/// Sets the password with a link, and signs in. The link works once.
#[utoipa::path(post, path = "/invitations/accept", tag = "access", security(()), request_body = api::InvitationAcceptance,
    responses((status = 201, body = api::Session), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn accept(
    State(app): State<Shared>,
    origin: Origin,
    jar: CookieJar,
    Body(request): Body<api::InvitationAcceptance>,
) -> Result<Response, ApiError> {
    let hash = edgeward_pki::sha256_hex(request.token.as_bytes());
    let found = app.store.users().invitation(&hash, now()).await?;
    let found = found.ok_or_else(not_valid)?;
    let name = request
        .display_name
        .as_deref()
        .map(checked_name)
        .transpose()?;
    let password = app.access.new_password(request.password).await?;
    let by = By {
        request_id: Some(request_id::current()),
        ..By::anonymous(found.user.email.as_str(), &origin.address)
    };
    let user = app
        .store
        .users()
        .accept_invitation(&hash, &password, name, &by, now())
        .await
        .map_err(|failure| match failure {
            Failure::Refused(_) => not_valid(),
            Failure::Store(error) => error.into(),
        })?;
    app.people_changed();
    let begun = app
        .access
        .begin(&user, SessionKind::Browser, false, &origin)
        .await?;
    signed_in(&app, jar, begun).await
}

fn not_valid() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "link_not_valid",
        "this link was used already, or has expired",
    )
    .hint("ask for a new one")
}
