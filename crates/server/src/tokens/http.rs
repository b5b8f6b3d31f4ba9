//! `/api/v1/agent-tokens`.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_api::token::{JoinToken, JoinTokenRequest, MAX_LIFETIME_S, MAX_USES, NewJoinToken};
use edgeward_domain::access::{Action, Membership, Scope};
use edgeward_domain::token as domain;
use edgeward_ids::{JoinTokenId, OrganisationId, ProjectId};
use edgeward_store::{Failure, Homes, TokenRefusal};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::api::{ApiError, Body, Id};
use crate::app::{App, Shared};
use crate::people::Places;
use crate::{now, timestamp};

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

/// Join tokens, without their secrets.
#[utoipa::path(get, path = "/agent-tokens", tag = "agent tokens",
    responses((status = 200, body = List<JoinToken>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<List<JoinToken>>, ApiError> {
    caller.permit(Action::ManageJoinTokens, Scope::Anywhere)?;
    let visible = caller
        .grants()
        .visible(Action::ManageJoinTokens.least_role());
    let homes = homes(&caller);
    let items: Vec<_> = app
        .store
        .tokens()
        .tokens(&visible, &homes)
        .await?
        .into_iter()
        .map(to_api)
        .collect();
    let total = items.len() as u64;
    Ok(Json(List { items, total }))
}

/// Makes a join token. Its text is shown this once.
#[utoipa::path(post, path = "/agent-tokens", tag = "agent tokens", request_body = JoinTokenRequest,
    responses((status = 201, body = NewJoinToken), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn create(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<JoinTokenRequest>,
) -> Result<(StatusCode, Json<NewJoinToken>), ApiError> {
    let scope = scope(&app, &caller, request.project_id, request.organisation_id).await?;
    caller.permit(Action::ManageJoinTokens, scope)?;
    if matches!(scope, Scope::Organisation(_)) {
        caller.permit(Action::ManageWaitingAgents, scope)?;
    }
    if !(1..=MAX_USES).contains(&request.uses) {
        return Err(ApiError::invalid(format!(
            "uses is {}; it must be 1 to {MAX_USES}",
            request.uses
        )));
    }
    if !(1..=MAX_LIFETIME_S).contains(&request.expires_in_s) {
        return Err(ApiError::invalid(format!(
            "expires_in_s is {}; it must be 1 to {MAX_LIFETIME_S} (30 days)",
            request.expires_in_s
        )));
    }
    let created_at = now();
    let token = domain::JoinToken {
        id: JoinTokenId::generate(),
        uses_left: request.uses,
        created_at,
        expires_at: created_at + Duration::from_secs(request.expires_in_s),
        organisation: request.organisation_id,
        project: request.project_id,
    };
    let secret = edgeward_pki::random_text();
    let hash = edgeward_pki::sha256_hex(secret.as_bytes());
    let token = app
        .store
        .tokens()
        .create_token(token, &hash, &caller.by(), created_at)
        .await
        .map_err(|failure| match failure {
            Failure::Refused(TokenRefusal::UnknownProject) => ApiError::not_found("project"),
            Failure::Refused(TokenRefusal::UnknownOrganisation) => {
                ApiError::not_found("organisation")
            }
            Failure::Refused(refusal @ TokenRefusal::TooMany) => {
                ApiError::conflict("too_many_tokens", refusal)
            }
            Failure::Store(error) => error.into(),
        })?;
    app.events.changed(Kind::JoinTokens);
    let text = edgeward_wire::token::JoinToken {
        addresses: app.enrolment_addresses.clone(),
        ca_fingerprint: app.ca_fingerprint.clone(),
        secret,
    }
    .to_string();
    let command = format!("edgeward-agent join {text}");
    Ok((
        StatusCode::CREATED,
        Json(NewJoinToken {
            token: to_api(token),
            text,
            command,
        }),
    ))
}

/// Deletes a join token; devices that joined with it stay.
#[utoipa::path(delete, path = "/agent-tokens/{id}", tag = "agent tokens", params(("id" = JoinTokenId, Path)),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id<JoinTokenId>,
) -> Result<StatusCode, ApiError> {
    let tokens = app.store.tokens();
    let missing = || ApiError::not_found("join token");
    let token = tokens.token(id).await?.ok_or_else(missing)?;
    let seen = match (token.organisation, token.project) {
        (Some(organisation), Some(project)) => caller.may(
            Action::ManageJoinTokens,
            Scope::Project {
                organisation,
                project,
            },
        ),
        (home, _) => homes(&caller).contains(home),
    };
    if !seen || !tokens.delete_token(id, &caller.by(), now()).await? {
        return Err(missing());
    }
    app.events.changed(Kind::JoinTokens);
    Ok(StatusCode::NO_CONTENT)
}

/// The organisations for which the caller may make tokens that let agents wait there.
fn homes(caller: &Caller) -> Homes {
    if caller.grants().is_system_admin() {
        return Homes::Everything;
    }
    let organisations = caller.grants().memberships().filter_map(|m| match m {
        Membership::Organisation { id, .. } => Some(id),
        Membership::Project { .. } => None,
    });
    let may =
        |id: &OrganisationId| caller.may(Action::ManageWaitingAgents, Scope::Organisation(*id));
    Homes::Of(organisations.filter(may).collect())
}

/// Where a token leads.
async fn scope(
    app: &App,
    caller: &Caller,
    project: Option<ProjectId>,
    organisation: Option<OrganisationId>,
) -> Result<Scope, ApiError> {
    match (project, organisation) {
        (None, None) => Ok(Scope::System),
        (None, Some(id)) => Places::of(app, caller).await?.organisation(id),
        (Some(id), stated) => {
            let scope = Places::of(app, caller).await?.project(id)?;
            match (scope, stated) {
                (Scope::Project { organisation, .. }, Some(stated)) if organisation != stated => {
                    Err(ApiError::not_found("project in that organisation"))
                }
                _ => Ok(scope),
            }
        }
    }
}

fn to_api(token: domain::JoinToken) -> JoinToken {
    JoinToken {
        id: token.id,
        uses_left: token.uses_left,
        created_at: timestamp(token.created_at),
        expires_at: timestamp(token.expires_at),
        project_id: token.project,
        organisation_id: token.organisation,
    }
}
