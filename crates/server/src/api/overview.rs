//! `/api/v1/overview` and `/api/v1/ca`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edgeward_api::error::ErrorBody;
use edgeward_api::overview::{AgentCounts, AgentService, Overview, ServiceCounts};
use edgeward_api::service::{ServiceFilter, ServiceState};
use edgeward_domain::access::Action;
use edgeward_domain::audit::Note;
use edgeward_ids::{OrganisationId, ProjectId};
use edgeward_store::{Homes, Management, Slice};
use http::header;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, Query};
use crate::access::Caller;
use crate::app::{App, Shared};
use crate::now;

/// The routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(ca))
}

/// Which part of the overview.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Only of this organisation.
    organisation: Option<OrganisationId>,
    /// Only of this project.
    project: Option<ProjectId>,
}

/// What is running and how much there is, of what the caller may see.
#[utoipa::path(get, path = "/overview", tag = "overview", params(Part), responses((status = 200, body = Overview), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn overview(
    State(app): State<Shared>,
    caller: Caller,
    Query(part): Query<Part>,
) -> Result<Json<Overview>, ApiError> {
    let agents = agents(&app, &caller, &part).await?;
    let of = |state| ServiceFilter {
        state,
        organisation: part.organisation,
        project: part.project,
        ..ServiceFilter::default()
    };
    let first = Slice {
        offset: 0,
        limit: 1,
    };
    let grants = caller.grants();
    let all = app.services.list(grants, &of(None), first).await?.total;
    let online = of(Some(ServiceState::Online));
    let online = app.services.list(grants, &online, first).await?.total;
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

async fn agents(app: &App, caller: &Caller, part: &Part) -> Result<AgentCounts, ApiError> {
    let visible = caller.grants().visible(Action::Look.least_role());
    let homes = Homes::seen_with(caller.grants());
    let mut counts = AgentCounts::default();
    for entry in app.store.agents().roster().await? {
        let seen = match (entry.organisation, entry.project) {
            (Some(organisation), Some(project)) => visible.project(organisation, project),
            (home, _) => homes.contains(home),
        };
        let asked = part
            .organisation
            .is_none_or(|id| entry.organisation == Some(id))
            && part.project.is_none_or(|id| entry.project == Some(id));
        if !seen || !asked {
            continue;
        }
        let count = match (entry.management, app.presence.is_online(entry.id)) {
            (Management::Managed, true) => &mut counts.managed_online,
            (Management::Managed, false) => &mut counts.managed_offline,
            (Management::Unmanaged, true) => &mut counts.unmanaged_online,
            (Management::Unmanaged, false) => &mut counts.unmanaged_offline,
        };
        *count += 1;
    }
    Ok(counts)
}

/// The CA's certificate, PEM.
#[utoipa::path(get, path = "/ca", tag = "overview", responses((status = 200, body = String, content_type = "application/x-pem-file"), (status = 401, body = ErrorBody)))]
async fn ca(State(app): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    let note = Note::new("certificate.export", None, "CA");
    app.store.audit().append(note, &caller.by(), now()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"edgeward-ca.pem\"",
        ),
    ];
    Ok((headers, app.ca_pem.clone()).into_response())
}
