//! `/api/v1/api-tokens`.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use edgeward_api::api_token as api;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_domain::access::{Action, Actor, ApiToken, Grants, Membership, Role, Scope, Visible};
use edgeward_ids::{ApiTokenId, UserId};
use edgeward_store::{ApiTokenFilter, ApiTokenRefusal, Failure, NewApiToken, Slice};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::draw;
use crate::access::Caller;
use crate::api::{ApiError, Body, Id, Query};
use crate::app::Shared;
use crate::people::Places;
use crate::{now, timestamp};

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

/// Which tokens to list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Whatever the caller may delete, instead of their own.
    #[serde(default)]
    all: bool,
}

/// API tokens, without their texts: one's own, or all that may be deleted.
#[utoipa::path(get, path = "/api-tokens", tag = "api tokens", params(Wanted),
    responses((status = 200, body = List<api::ApiToken>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<List<api::ApiToken>>, ApiError> {
    let filter = match (wanted.all, owner(&caller)) {
        (false, Some(owner)) => ApiTokenFilter {
            owner: Some(owner),
            visible: Visible::Everything,
        },
        _ => ApiTokenFilter {
            owner: None,
            visible: caller.grants().visible(Role::ProjectAdmin),
        },
    };
    let page = app
        .store
        .api_tokens()
        .api_tokens(&filter, Slice::FIRST)
        .await?;
    let places = Places::of(&app, &caller).await?;
    let items = page.items.into_iter();
    let items = items.filter(|token| may_delete(&caller, token));
    let items: Vec<_> = items.map(|token| to_api(&places, token)).collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// Makes an API token. Its text is shown this once. A token cannot make tokens.
#[utoipa::path(post, path = "/api-tokens", tag = "api tokens", request_body = api::ApiTokenRequest,
    responses((status = 201, body = api::NewApiToken), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn create(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<api::ApiTokenRequest>,
) -> Result<(StatusCode, Json<api::NewApiToken>), ApiError> {
    if matches!(caller.identity.actor, Actor::Token(_)) {
        caller.person()?;
    }
    let places = Places::of(&app, &caller).await?;
    let text = draw();
    let token = NewApiToken {
        id: ApiTokenId::generate(),
        secret_hash: edgeward_pki::sha256_hex(text.as_bytes()),
        name: checked_name(&request.name)?,
        owner: owner(&caller),
        granted: granted(&caller, &places, &request)?,
        expires_at: match request.expires_in_s {
            None => None,
            Some(seconds) if (1..=api::MAX_LIFETIME_S).contains(&seconds) => {
                Some(now() + Duration::from_secs(seconds))
            }
            Some(seconds) => {
                return Err(ApiError::invalid(format!(
                    "expires_in_s is {seconds}; it must be 1 to {} (two years)",
                    api::MAX_LIFETIME_S
                )));
            }
        },
    };
    let made = app
        .store
        .api_tokens()
        .create_api_token(token, &caller.by(), now())
        .await
        .map_err(|failure| match failure {
            Failure::Refused(ApiTokenRefusal::UnknownOwner) => ApiError::not_found("user"),
            Failure::Refused(refusal @ ApiTokenRefusal::TooMany) => {
                ApiError::conflict("too_many", refusal)
            }
            Failure::Store(error) => error.into(),
        })?;
    app.events.changed(Kind::ApiTokens);
    let token = to_api(&places, made);
    Ok((StatusCode::CREATED, Json(api::NewApiToken { token, text })))
}

/// Deletes an API token; whatever uses it is refused at once.
#[utoipa::path(delete, path = "/api-tokens/{id}", tag = "api tokens", params(("id" = ApiTokenId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<ApiTokenId>,
) -> Result<StatusCode, ApiError> {
    let tokens = app.store.api_tokens();
    let found = tokens.api_token(id).await?;
    let found = found.filter(|token| may_delete(&caller, token));
    if found.is_none() || !tokens.delete_api_token(id, &caller.by(), now()).await? {
        return Err(ApiError::not_found("API token"));
    }
    app.api_tokens.forget_cached();
    app.events.changed(Kind::ApiTokens);
    Ok(StatusCode::NO_CONTENT)
}

fn owner(caller: &Caller) -> Option<UserId> {
    match &caller.identity.actor {
        Actor::User(user) => Some(user.id),
        Actor::Token(token) => token.owner,
        Actor::Machine => None,
    }
}

/// One's own, and those that were given nothing but what lies in places that the caller administers.
fn may_delete(caller: &Caller, token: &ApiToken) -> bool {
    let own = match &caller.identity.actor {
        Actor::User(user) => token.owner == Some(user.id),
        Actor::Token(acting) => token.id == acting.id,
        Actor::Machine => true,
    };
    own || edgeward_domain::access::may_manage_account(caller.grants(), &token.granted)
}

/// What the caller may give: nothing that they are not themselves.
fn granted(
    caller: &Caller,
    places: &Places,
    request: &api::ApiTokenRequest,
) -> Result<Grants, ApiError> {
    match (request.system_admin, &request.membership) {
        (true, None) => {
            caller.permit(Action::ManageSystem, Scope::System)?;
            Ok(Grants::system_admin())
        }
        (true, Some(_)) => Err(ApiError::invalid(
            "a token with everything needs no membership; leave out one of the two",
        )),
        (false, None) => Err(ApiError::invalid(
            "a token needs a membership: an organisation or project, and a role",
        )),
        (false, Some(wanted)) => {
            let membership = places.named(wanted)?;
            let granted = Grants::new(false, [membership]);
            if granted.both(caller.grants()) == granted {
                return Ok(granted);
            }
            Err(ApiError::not_allowed(match membership {
                Membership::Organisation { .. } => Role::OrganisationAdmin,
                Membership::Project { .. } => Role::ProjectAdmin,
            }))
        }
    }
}

fn checked_name(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 || chars > api::MAX_NAME_CHARS || text.chars().any(char::is_control) {
        return Err(ApiError::invalid(format!(
            "the name must have 1 to {} characters",
            api::MAX_NAME_CHARS
        )));
    }
    Ok(text.to_owned())
}

fn to_api(places: &Places, token: ApiToken) -> api::ApiToken {
    api::ApiToken {
        id: token.id,
        name: token.name,
        owner_id: token.owner,
        owner_name: token.owner_name,
        system_admin: token.granted.is_system_admin(),
        memberships: places.shown(&token.granted),
        created_at: timestamp(token.created_at),
        expires_at: token.expires_at.map(timestamp),
        last_used_at: token.last_used_at.map(timestamp),
    }
}
