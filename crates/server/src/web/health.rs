//! Health and metrics, for machines.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{StatusCode, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::access::Caller;
use crate::api::ApiError;
use crate::app::Shared;
use crate::now;
use crate::web::listener::Remote;

/// How long the database may take to say that it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The process's metrics; several control planes in one process (tests) share them.
static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    handle
});

/// Begins to count.
pub fn install_metrics() {
    LazyLock::force(&METRICS);
}

/// `/healthz` (the process answers), `/readyz` (database and agent service are there), `/metrics` (to this machine, or with a token).
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(render))
}

async fn ready(State(app): State<Shared>) -> Response {
    let database = matches!(
        tokio::time::timeout(PING_TIMEOUT, app.store.ping()).await,
        Ok(Ok(()))
    );
    let agent_service = app.bus.link().borrow().connected;
    let stopping = app.shutdown.is_cancelled();
    let status = if database && agent_service && !stopping {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = serde_json::json!({"database": database, "agent_service": agent_service, "stopping": stopping});
    (status, axum::Json(body)).into_response()
}

async fn render(
    State(app): State<Shared>,
    ConnectInfo(remote): ConnectInfo<Remote>,
    caller: Result<Caller, ApiError>,
) -> Result<Response, ApiError> {
    if !remote.0.ip().is_loopback() {
        caller?;
    }
    METRICS.run_upkeep();
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        METRICS.render() + &app.iot.measured.render(now()),
    )
        .into_response())
}
