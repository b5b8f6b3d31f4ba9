//! `GET /keys/edge-services`: what edge services check the control plane's tokens with.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::settings::PublicKey;
use edgeward_domain::access::{Action, Scope};
use edgeward_domain::audit::Note;

use crate::access::Caller;
use crate::api::ApiError;
use crate::app::Shared;
use crate::keys::EDGE_SERVICES_PUBLIC_FILE;
use crate::now;

/// The public key with which edge services check the control plane's tokens. That it was fetched is in the audit log.
#[utoipa::path(get, path = "/keys/edge-services", tag = "settings",
    responses((status = 200, body = PublicKey), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub(super) async fn edge_services(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<PublicKey>, ApiError> {
    caller.permit(Action::DownloadPublicKey, Scope::Anywhere)?;
    let key = &app.edge_services_key;
    let note = Note::new("key.download", None, EDGE_SERVICES_PUBLIC_FILE);
    app.store.audit().append(note, &caller.by(), now()).await?;
    Ok(Json(PublicKey {
        file_name: EDGE_SERVICES_PUBLIC_FILE.into(),
        pem: key.public_pem(),
        fingerprint: key.fingerprint(),
    }))
}
