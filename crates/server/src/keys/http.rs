//! `/api/v1/keys`: the key pairs that edge services check the control plane's tokens with, and their rotation.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::event::Kind;
use edgeward_api::key::{Key, MAX_PLACED, PlaceRequest, Placed, RetireRequest};
use edgeward_api::list::List;
use edgeward_api::settings::PublicKey;
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::audit::Note;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::placing;
use super::rotation::RotationError;
use super::{KeyPair, PairError};
use crate::access::Caller;
use crate::api::{ApiError, Body, Id};
use crate::app::{App, Shared};
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, rotate))
        .routes(routes!(newest))
        .routes(routes!(show))
        .routes(routes!(retire))
        .routes(routes!(place))
}

/// The key pairs, the oldest first, and how many services accept each. There are two while one is exchanged.
#[utoipa::path(get, path = "/keys", tag = "keys",
    responses((status = 200, body = List<Key>), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn list(State(app): State<Shared>, caller: Caller) -> Result<Json<List<Key>>, ApiError> {
    caller.permit(Action::DownloadPublicKey, Scope::Anywhere)?;
    Ok(Json(app.rotation.list(caller.grants()).await?))
}

/// Makes the next key pair, beside the current one. All services that want tokens are asked for both from now on, and shown tokens of the
/// newest that they are known to accept.
#[utoipa::path(post, path = "/keys", tag = "keys",
    responses((status = 201, body = Key), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn rotate(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<(StatusCode, Json<Key>), ApiError> {
    let permit = caller.permit(Action::ManageSettings, Scope::System)?;
    let made = app.rotation.begin(&permit, &caller.by()).await?;
    app.services.ask_everybody();
    changed(&app);
    let all = app.rotation.list(caller.grants()).await?;
    let made = all
        .items
        .into_iter()
        .find(|key| key.number == made.number());
    let made = made.ok_or_else(unknown)?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The newest public key with which edge services check the control plane's tokens. That it was fetched is in the audit log.
#[utoipa::path(get, path = "/keys/edge-services", tag = "keys",
    responses((status = 200, body = PublicKey), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn newest(State(app): State<Shared>, caller: Caller) -> Result<Json<PublicKey>, ApiError> {
    caller.permit(Action::DownloadPublicKey, Scope::Anywhere)?;
    let pair = app.ways.credentials().keys().newest();
    download(&app, &caller, &pair).await
}

/// One public key with which edge services check the control plane's tokens. That it was fetched is in the audit log.
#[utoipa::path(get, path = "/keys/{number}", tag = "keys", params(("number" = u32, Path)),
    responses((status = 200, body = PublicKey), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Id(number): Id<u32>,
) -> Result<Json<PublicKey>, ApiError> {
    caller.permit(Action::DownloadPublicKey, Scope::Anywhere)?;
    let pair = pair(&app, number)?;
    download(&app, &caller, &pair).await
}

async fn download(app: &App, caller: &Caller, pair: &KeyPair) -> Result<Json<PublicKey>, ApiError> {
    let note = Note::new("key.download", None, pair.public_file());
    app.store.audit().append(note, &caller.by(), now()).await?;
    Ok(Json(PublicKey {
        number: pair.number(),
        file_name: pair.public_file(),
        pem: pair.key().public_pem(),
        fingerprint: pair.key().fingerprint(),
    }))
}

/// Deletes the older of two key pairs. It stays while services are not known to accept the newer one, unless it is forced; then the audit
/// log says which.
#[utoipa::path(post, path = "/keys/{number}/retire", tag = "keys", params(("number" = u32, Path)), request_body = RetireRequest,
    responses((status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn retire(
    State(app): State<Shared>,
    caller: Caller,
    Id(number): Id<u32>,
    Body(request): Body<RetireRequest>,
) -> Result<StatusCode, ApiError> {
    let permit = caller.permit(Action::ManageSettings, Scope::System)?;
    let by = caller.by();
    app.rotation.retire(&permit, &by, number, request).await?;
    changed(&app);
    Ok(StatusCode::NO_CONTENT)
}

/// Has agents put a public key into the folders that their own configurations name for their services (`key_folder`); each of these
/// services is asked right after whether it accepts the key. Each is answered for by itself.
#[utoipa::path(post, path = "/keys/{number}/place", tag = "keys", params(("number" = u32, Path)), request_body = PlaceRequest,
    responses((status = 200, body = Vec<Placed>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn place(
    State(app): State<Shared>,
    caller: Caller,
    Id(number): Id<u32>,
    Body(request): Body<PlaceRequest>,
) -> Result<Json<Vec<Placed>>, ApiError> {
    caller.permit(Action::DownloadPublicKey, Scope::Anywhere)?;
    let pair = pair(&app, number)?;
    let named = request.services.as_ref().map_or(0, Vec::len);
    if named > MAX_PLACED {
        return Err(ApiError::invalid(format!(
            "services names {named} services; at most {MAX_PLACED} are allowed"
        )));
    }
    let (by, services) = (caller.by(), request.services);
    let placed = placing::place(&app, caller.grants(), &by, &pair, services).await?;
    app.events.changed(Kind::Services);
    app.events.changed(Kind::Audit);
    Ok(Json(placed))
}

fn pair(app: &App, number: u32) -> Result<Arc<KeyPair>, ApiError> {
    app.ways
        .credentials()
        .keys()
        .get(number)
        .ok_or_else(unknown)
}

fn unknown() -> ApiError {
    ApiError::not_found("key pair")
}

/// Whoever shows keys, services or the audit log looks again.
fn changed(app: &App) {
    app.services.forget_routes();
    for kind in [Kind::Settings, Kind::Services, Kind::Audit] {
        app.events.changed(kind);
    }
}

impl From<RotationError> for ApiError {
    fn from(error: RotationError) -> Self {
        let message = error.to_string();
        match error {
            RotationError::Pair(PairError::Begun(..)) => Self::conflict("rotation_begun", message),
            RotationError::Pair(PairError::Unknown(_)) => unknown(),
            RotationError::Pair(PairError::Newest(_)) => Self::conflict("newest_key", message),
            RotationError::Left(..) => Self::conflict("services_left", message).hint(
                "put the file there, or retire the key by force: these services refuse the control plane until they have it",
            ),
            RotationError::Pair(PairError::File(_)) | RotationError::Ended(_) => {
                Self::internal(&error)
            }
            RotationError::Store(error) => error.into(),
        }
    }
}
