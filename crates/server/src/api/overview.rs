//! `/api/v1/overview` and `/api/v1/ca`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edgeward_api::error::ErrorBody;
use edgeward_api::overview::{AgentCounts, AgentService, Overview, ServiceCounts};
use edgeward_api::service::{ServiceFilter, ServiceState};
use edgeward_domain::access::Action;
use edgeward_store::Management;
use http::header;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ApiError;
use crate::access::Caller;
use crate::app::Shared;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(ca))
}

/// What is running and how much there is.
#[utoipa::path(get, path = "/overview", tag = "overview", responses((status = 200, body = Overview), (status = 401, body = ErrorBody)))]
async fn overview(State(app): State<Shared>, caller: Caller) -> Result<Json<Overview>, ApiError> {
    let permit = caller.permit(Action::Look)?;
    let mut agents = AgentCounts::default();
    for entry in app.store.agents().roster().await? {
        let count = match (entry.management, app.presence.is_online(entry.id)) {
            (Management::Managed, true) => &mut agents.managed_online,
            (Management::Managed, false) => &mut agents.managed_offline,
            (Management::Unmanaged, true) => &mut agents.unmanaged_online,
            (Management::Unmanaged, false) => &mut agents.unmanaged_offline,
        };
        *count += 1;
    }
    let of = |state| ServiceFilter {
        state,
        ..ServiceFilter::default()
    };
    let all = app.services.list(&permit, &of(None)).await?.total;
    let online = app
        .services
        .list(&permit, &of(Some(ServiceState::Online)))
        .await?
        .total;
    let link = app.link.lock().clone();
    Ok(Json(Overview {
        version: env!("CARGO_PKG_VERSION").into(),
        agents,
        services: ServiceCounts {
            online,
            offline: all.saturating_sub(online),
        },
        agent_service: AgentService {
            kind: app.agent_service_kind.into(),
            address: link.link.address,
            connected: link.link.connected,
            since: crate::timestamp(link.since),
            last_error: link.link.last_error,
        },
        ca_fingerprint: app.ca_fingerprint.clone(),
        database: app.store.database_kind().to_string().to_lowercase(),
    }))
}

/// The CA's certificate, PEM.
#[utoipa::path(get, path = "/ca", tag = "overview", responses((status = 200, body = String, content_type = "application/x-pem-file"), (status = 401, body = ErrorBody)))]
async fn ca(State(app): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    caller.permit(Action::Look)?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"edgeward-ca.pem\"",
        ),
    ];
    Ok((headers, app.ca_pem.clone()).into_response())
}
