//! `/api/v1/sso`: the two steps that a browser goes through. Open to everybody.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use edgeward_api::error::ErrorBody;
use edgeward_domain::access::SessionKind;
use edgeward_domain::audit::{By, Note};
use edgeward_runtime::Chain;
use edgeward_store::Failure;
use http::{HeaderValue, header};
use openidconnect::PkceCodeChallenge;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::claims::Claims;
use super::state::{Begun, COOKIE, LIFETIME};
use super::{Refusal, redirect_url, return_to};
use crate::access::{self, Origin};
use crate::api::{ApiError, Id, Query, request_id};
use crate::app::{App, Shared};
use crate::now;
use crate::settings::SsoProvider;

/// The one path that the cookie is for.
const COOKIE_PATH: &str = "/api/v1/sso";

/// The longest code and state that are taken, in bytes.
const MAX_PARAMETER_BYTES: usize = 4096;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(callback))
}

/// Where to go afterwards.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Start {
    /// A path of the console; its beginning unless given.
    return_to: Option<String>,
}

/// What a provider sends a browser back with. Providers add more; it is passed over.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Callback {
    /// What is exchanged for an identity.
    code: Option<String>,
    /// What the browser was sent away with.
    state: Option<String>,
    /// Why the provider says no.
    error: Option<String>,
}

/// Sends the browser to a provider of single sign-on, or back to the sign-in page with `sso_error` when that cannot be reached.
#[utoipa::path(get, path = "/sso/{id}/start", tag = "access", security(()), params(("id" = String, Path), Start),
    responses((status = 303, description = "to the provider, or to the sign-in page"), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn start(
    State(app): State<Shared>,
    jar: CookieJar,
    Id(id): Id<String>,
    Query(query): Query<Start>,
) -> Result<Response, ApiError> {
    let wanted = query.return_to.as_deref().unwrap_or("/");
    let return_to = return_to::local_path(wanted)
        .ok_or_else(|| ApiError::invalid("return_to must be a path of the console"))?;
    let provider = provider(&app, &id)?;
    let (_, verifier) = PkceCodeChallenge::new_random_sha256();
    let begun = app
        .sso
        .states
        .begin(&id, verifier.secret(), return_to, now());
    let back = redirect_url(&app.public().console_url, &id);
    let address = match app.sso.providers.address(&provider, &back, &begun).await {
        Ok(address) => address,
        Err(error) => {
            tracing::warn!(provider = id, error = %Chain(&error), "cannot send a browser to a provider");
            return Ok(to_sign_in(jar, Refusal::ProviderUnavailable));
        }
    };
    let sealed = app.sso.states.seal(&begun);
    let sealed = sealed.map_err(|error| ApiError::internal(&error))?;
    let jar = jar.add(cookie(&app, &sealed)?);
    Ok(unkept(
        (jar, Redirect::to(address.as_str())).into_response(),
    ))
}

/// Takes the browser back from a provider, and signs in. What is in the way is said to the sign-in page as `sso_error`:
/// `provider_unavailable`, `denied`, `state`, `answer`, `no_email`, `disabled`, `unknown_user`, `unverified_email` or `throttled`.
#[utoipa::path(get, path = "/sso/{id}/callback", tag = "access", security(()), params(("id" = String, Path), Callback),
    responses((status = 303, description = "to where the browser came from, signed in; or to the sign-in page"), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn callback(
    State(app): State<Shared>,
    origin: Origin,
    jar: CookieJar,
    Id(id): Id<String>,
    Query(query): Query<Callback>,
) -> Result<Response, ApiError> {
    let provider = provider(&app, &id)?;
    let sealed = jar.get(COOKIE).map(|cookie| cookie.value().to_owned());
    let state = query.state.as_deref().unwrap_or_default();
    let taken = sealed.and_then(|sealed| app.sso.states.take(&sealed, &id, state, now()));
    let Some(begun) = taken else {
        return Ok(to_sign_in(jar, Refusal::State));
    };
    let signed_in = match came_back(&app, &provider, &begun, &query, &origin).await {
        Ok(claims) => sign_in(&app, &provider, &claims, &origin).await?,
        Err(refusal) => Err((refusal, Claims::default())),
    };
    match signed_in {
        Ok(user) => {
            let (session, token) = app
                .access
                .begin(&user, SessionKind::Browser, false, &origin)
                .await?;
            // None is ever taken over.
            if let Some(before) = jar.get(access::COOKIE) {
                app.access.leave(before.value()).await?;
            }
            let jar =
                jar.remove(expired_cookie())
                    .add(access::cookie(&app, token, session.remembered));
            let to = Redirect::to(&begun.return_to);
            Ok(unkept((jar, to).into_response()))
        }
        Err((refusal, claims)) => {
            refused(&app, &provider, refusal, &claims, &origin).await?;
            Ok(to_sign_in(jar, refusal))
        }
    }
}

/// What the provider says of whoever came back.
async fn came_back(
    app: &App,
    provider: &SsoProvider,
    begun: &Begun,
    query: &Callback,
    origin: &Origin,
) -> Result<Claims, Refusal> {
    if let Some(error) = &query.error {
        let error: String = error
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect();
        tracing::info!(
            provider = provider.id,
            error,
            "a provider did not sign somebody in"
        );
        return Err(Refusal::Denied);
    }
    let code = query.code.as_deref().unwrap_or_default();
    if code.is_empty() || code.len() > MAX_PARAMETER_BYTES {
        return Err(Refusal::Answer);
    }
    let account = format!("sso {} {}", provider.id, origin.address);
    app.access
        .attempt(&account, &origin.address)
        .map_err(|_| Refusal::TooMany)?;
    let back = redirect_url(&app.public().console_url, &provider.id);
    let claims = app.sso.providers.claims(provider, &back, begun, code);
    claims.await.map_err(|error| {
        tracing::warn!(provider = provider.id, error = %Chain(&error), "a provider's answer was refused");
        match error {
            super::ProviderError::Fetch(_) => Refusal::ProviderUnavailable,
            _ => Refusal::Answer,
        }
    })
}

/// The user whom the claims mean, or why there is none.
async fn sign_in(
    app: &App,
    provider: &SsoProvider,
    claims: &Claims,
    origin: &Origin,
) -> Result<Result<edgeward_domain::access::User, (Refusal, Claims)>, ApiError> {
    let refused = |refusal: Refusal| Ok(Err((refusal, claims.clone())));
    let wanted = match claims.sign_in(provider) {
        Ok(wanted) => wanted,
        Err(refusal) => return refused(refusal),
    };
    let by = by(wanted.email.as_str(), origin);
    match app.store.users().sign_in_with_sso(wanted, &by, now()).await {
        Ok(found) => {
            app.people_changed();
            Ok(Ok(found.view.user))
        }
        Err(Failure::Refused(refusal)) => refused(refusal.into()),
        Err(Failure::Store(error)) => Err(error.into()),
    }
}

/// Records that somebody was not let in.
async fn refused(
    app: &App,
    provider: &SsoProvider,
    refusal: Refusal,
    claims: &Claims,
    origin: &Origin,
) -> Result<(), ApiError> {
    let account: String = claims.email_as_said().chars().take(254).collect();
    let note = Note::new("session.refuse", None, account.clone())
        .after(serde_json::json!({"provider": provider.id}))
        .refused(refusal.to_string());
    let by = by(&account, origin);
    Ok(app.store.audit().append(note, &by, now()).await?)
}

fn by(account: &str, origin: &Origin) -> By {
    By {
        request_id: Some(request_id::current()),
        ..By::anonymous(account, &origin.address)
    }
}

fn provider(app: &App, id: &str) -> Result<SsoProvider, ApiError> {
    let found = app.settings.provider(id)?;
    found.ok_or_else(|| ApiError::not_found("provider"))
}

fn to_sign_in(jar: CookieJar, refusal: Refusal) -> Response {
    let to = format!("/sign-in?sso_error={}", refusal.as_str());
    unkept((jar.remove(expired_cookie()), Redirect::to(&to)).into_response())
}

/// Nobody on the way keeps such an answer, and the provider's next page does not learn where one came from.
fn unkept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// `Lax`: the browser comes back from another site, by a link.
fn cookie(app: &App, sealed: &str) -> Result<Cookie<'static>, ApiError> {
    let secure = if app.public().secure { "; Secure" } else { "" };
    let text = format!(
        "{COOKIE}={sealed}; Path={COOKIE_PATH}; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        LIFETIME.as_secs()
    );
    Cookie::parse(text).map_err(|error| ApiError::internal(&error))
}

fn expired_cookie() -> Cookie<'static> {
    Cookie::build(COOKIE).path(COOKIE_PATH).build()
}
