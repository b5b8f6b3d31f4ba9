//! `GET /agent-service`: the broker that agents connect to.

use axum::Json;
use axum::extract::State;
use edgeward_api::error::ErrorBody;
use edgeward_api::settings::AgentServiceState;
use edgeward_domain::access::{Action, Scope};

use crate::access::Caller;
use crate::api::ApiError;
use crate::app::Shared;
use crate::timestamp;

/// The broker that agents connect to, in full: for every administrator, because agents are brought here by them.
#[utoipa::path(get, path = "/agent-service", tag = "settings",
    responses((status = 200, body = AgentServiceState), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub(super) async fn agent_service(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<AgentServiceState>, ApiError> {
    caller.permit(Action::ManageJoinTokens, Scope::Anywhere)?;
    let link = app.link.lock().clone();
    Ok(Json(AgentServiceState {
        kind: app.agent_service_kind.into(),
        address: link.link.address,
        enrolment_addresses: app.enrolment_addresses.clone(),
        connected: link.link.connected,
        since: timestamp(link.since),
        last_error: link.link.last_error,
        agents_online: app.presence.online().len() as u64,
        clients: app
            .broker
            .as_ref()
            .map(|broker| broker.connections() as u64),
        messages_in_per_s: app.rates.incoming.per_s(),
        messages_out_per_s: app.rates.outgoing.per_s(),
        ca_fingerprint: app.ca_fingerprint.clone(),
        ca_expires_at: timestamp(app.ca_expires_at),
    }))
}
