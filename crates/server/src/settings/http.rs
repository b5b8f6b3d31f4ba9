//! `/api/v1/settings`, and where every host says which installation it belongs to.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::settings as api;
use edgeward_domain::access::{Action, Grants, Permit, Scope};
use edgeward_domain::audit::Note;
use edgeward_runtime::Chain;
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{SettingsError, agent_service, check, reach};
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query};
use crate::app::{App, Shared};
use crate::mail::Letter;
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(set_root_address, remove_root_address))
        .routes(routes!(test_root_address))
        .routes(routes!(set_language))
        .routes(routes!(set_passwords))
        .routes(routes!(set_sessions))
        .routes(routes!(set_links))
        .routes(routes!(set_guide))
        .routes(routes!(set_mail, remove_mail))
        .routes(routes!(test_mail))
        .routes(routes!(set_provider, remove_provider))
        .routes(routes!(test_provider))
        .routes(routes!(agent_service::agent_service))
}

/// What every host answers, for [`reach::Proof::test`]; also those of edge services.
pub fn open_routes() -> Router<Shared> {
    Router::new().route(reach::PATH, axum::routing::get(installation))
}

#[derive(Deserialize)]
struct Question {
    nonce: String,
}

async fn installation(
    State(app): State<Shared>,
    Query(question): Query<Question>,
) -> Result<Response, ApiError> {
    let answer = app.proof.answer(&question.nonce);
    let answer = answer.ok_or_else(|| ApiError::invalid("this nonce is not one of ours"))?;
    let headers = [(http::header::CACHE_CONTROL, "no-store")];
    Ok((headers, Json(answer)).into_response())
}

fn permit(caller: &Caller) -> Result<Permit, ApiError> {
    caller.permit(Action::ManageSettings, Scope::System)
}

/// All settings after a change, told to whoever shows them.
fn changed(app: &App) -> Json<api::Settings> {
    app.events.changed(Kind::Settings);
    app.events.changed(Kind::Audit);
    Json(app.settings.shown())
}

/// All settings, without their secrets.
#[utoipa::path(get, path = "/settings", tag = "settings",
    responses((status = 200, body = api::Settings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn show(State(app): State<Shared>, caller: Caller) -> Result<Json<api::Settings>, ApiError> {
    permit(&caller)?;
    Ok(Json(app.settings.shown()))
}

/// Sets the address under which people and devices know the console. Links in e-mails and redirects use it at once.
#[utoipa::path(put, path = "/settings/root-address", tag = "settings", request_body = api::RootAddressRequest,
    responses((status = 200, body = api::Settings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn set_root_address(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::RootAddressRequest>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_root_address(&permit, Some(&request.url), &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Forgets the address that was set; where the control plane listens is used instead.
#[utoipa::path(delete, path = "/settings/root-address", tag = "settings",
    responses((status = 200, body = api::Settings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn remove_root_address(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_root_address(&permit, None, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Whether an address leads to this control plane, seen from its own machine. Nothing is changed.
#[utoipa::path(post, path = "/settings/root-address/test", tag = "settings", request_body = api::RootAddressRequest,
    responses((status = 200, body = api::RootAddressTest), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn test_root_address(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::RootAddressRequest>,
) -> Result<Json<api::RootAddressTest>, ApiError> {
    permit(&caller)?;
    let url = check::root_address(&request.url).map_err(ApiError::invalid)?;
    let domain = app.settings.shown().root_address.services_domain;
    Ok(Json(app.proof.test(&url, &domain).await))
}

/// Sets the language of whoever has not chosen one.
#[utoipa::path(put, path = "/settings/language", tag = "settings", request_body = api::LanguageRequest,
    responses((status = 200, body = api::Settings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_language(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::LanguageRequest>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_language(&permit, request.language, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Sets what passwords must be like. Those that are in use stay good.
#[utoipa::path(put, path = "/settings/passwords", tag = "settings", request_body = api::PasswordRules,
    responses((status = 200, body = api::Settings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_passwords(
    State(app): State<Shared>,
    caller: Caller,
    Body(rules): Body<api::PasswordRules>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_passwords(&permit, rules, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Sets how long sessions last without use. Open ones follow when they are used next.
#[utoipa::path(put, path = "/settings/sessions", tag = "settings", request_body = api::SessionRules,
    responses((status = 200, body = api::Settings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_sessions(
    State(app): State<Shared>,
    caller: Caller,
    Body(rules): Body<api::SessionRules>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_sessions(&permit, rules, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Sets how long links last. Those that were given keep their end.
#[utoipa::path(put, path = "/settings/links", tag = "settings", request_body = api::LinkRules,
    responses((status = 200, body = api::Settings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_links(
    State(app): State<Shared>,
    caller: Caller,
    Body(rules): Body<api::LinkRules>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings.set_links(&permit, rules, &caller.by()).await?;
    Ok(changed(&app))
}

/// Says whether the first-run guide is done.
#[utoipa::path(put, path = "/settings/guide", tag = "settings", request_body = api::GuideRequest,
    responses((status = 200, body = api::Settings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_guide(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::GuideRequest>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_guide(&permit, request.done, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Sets the mail server. Without a password, the one that is set stays, if server and user name stay the same.
#[utoipa::path(put, path = "/settings/mail", tag = "settings", request_body = api::MailRequest,
    responses((status = 200, body = api::Settings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_mail(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::MailRequest>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .set_mail(&permit, &request, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Forgets the mail server: links are shown to whoever makes them instead of sent.
#[utoipa::path(delete, path = "/settings/mail", tag = "settings",
    responses((status = 200, body = api::Settings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn remove_mail(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings.remove_mail(&permit, &caller.by()).await?;
    Ok(changed(&app))
}

/// Sends a mail with what is set, or with what is given. That the server refuses it is an answer, in the server's words.
#[utoipa::path(post, path = "/settings/mail/test", tag = "settings", request_body = api::MailTestRequest,
    responses((status = 200, body = api::MailTest), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn test_mail(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::MailTestRequest>,
) -> Result<Json<api::MailTest>, ApiError> {
    permit(&caller)?;
    let mailer = match &request.settings {
        Some(given) => app.settings.mailer_as(given)?,
        None => app.settings.mailer()?.ok_or_else(|| {
            ApiError::conflict("no_mail", "no mail server is set")
                .hint("set one, or send its settings along")
        })?,
    };
    let to = crate::access::checked_email(&request.to)?;
    let letter = Letter::Test {
        console_url: app.public().console_url.clone(),
    };
    let sent = mailer
        .send(to.as_str(), app.settings.language(), &letter)
        .await;
    let problem = sent.err().map(|error| Chain(&error).to_string());
    let mut note = Note::new("mail.test", None, to.as_str());
    if let Some(problem) = &problem {
        note = note.refused(problem.clone());
    }
    app.store.audit().append(note, &caller.by(), now()).await?;
    app.events.changed(Kind::Audit);
    Ok(Json(api::MailTest {
        sent: problem.is_none(),
        problem,
    }))
}

/// Makes or changes a provider of single sign-on. Without a secret, the one that is set stays, if the issuer stays the same.
#[utoipa::path(put, path = "/settings/sso/{id}", tag = "settings", params(("id" = String, Path)), request_body = api::ProviderRequest,
    responses((status = 200, body = api::Settings), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn set_provider(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<String>,
    Body(request): Body<api::ProviderRequest>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    places_exist(&app, &request.rules).await?;
    app.settings
        .set_provider(&permit, &id, request, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// A rule for a place that is not there is a mistake when it is written. Later the place may go, and the rule gives nothing.
async fn places_exist(app: &App, rules: &[api::ClaimRule]) -> Result<(), ApiError> {
    let everything = Grants::system_admin();
    let found = app.store.organisations().organisations(&everything).await?;
    for (at, rule) in rules.iter().enumerate() {
        let Some(id) = rule.organisation_id else {
            continue;
        };
        let missing =
            |what: &str| ApiError::invalid(format!("rule {}: there is no such {what}", at + 1));
        let organisation = found.iter().find(|organisation| organisation.id == id);
        let organisation = organisation.ok_or_else(|| missing("organisation"))?;
        if let Some(project) = rule.project_id
            && !organisation.projects.iter().any(|p| p.id == project)
        {
            return Err(missing("project in that organisation"));
        }
    }
    Ok(())
}

/// Forgets a provider of single sign-on. Whoever signed in with it stays signed in.
#[utoipa::path(delete, path = "/settings/sso/{id}", tag = "settings", params(("id" = String, Path)),
    responses((status = 200, body = api::Settings), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove_provider(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<String>,
) -> Result<Json<api::Settings>, ApiError> {
    let permit = permit(&caller)?;
    app.settings
        .remove_provider(&permit, &id, &caller.by())
        .await?;
    Ok(changed(&app))
}

/// Reads a provider's discovery document and keys. Nothing is changed.
#[utoipa::path(post, path = "/settings/sso/test", tag = "settings", request_body = api::ProviderTestRequest,
    responses((status = 200, body = api::ProviderTest), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn test_provider(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::ProviderTestRequest>,
) -> Result<Json<api::ProviderTest>, ApiError> {
    permit(&caller)?;
    check::issuer(&request.issuer).map_err(ApiError::invalid)?;
    let problem = app.sso.test(&request.issuer).await.err();
    let problem = problem.map(|error| Chain(&error).to_string());
    Ok(Json(api::ProviderTest {
        usable: problem.is_none(),
        problem,
    }))
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        let message = error.to_string();
        match error {
            SettingsError::Invalid(_) => Self::invalid(message),
            SettingsError::Configured => Self::conflict("set_by_configuration", message),
            SettingsError::UnknownProvider => {
                Self::new(StatusCode::NOT_FOUND, "not_found", message)
            }
            SettingsError::TooManyProviders => Self::conflict("too_many", message),
            SettingsError::Secret(..) | SettingsError::Damaged(..) => Self::internal(&error),
            SettingsError::Store(error) => error.into(),
        }
    }
}
