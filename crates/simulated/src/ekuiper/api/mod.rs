//! The API: what a manager calls of it.

mod data;
mod definitions;
mod rules;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::state::Kind;
use super::{Shared, go};
use crate::serving::Order;

/// The largest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 16 << 20;

/// What handlers share.
type Here = State<Arc<Shared>>;

/// All calls, as yet for everybody.
pub(super) fn calls() -> Router<Arc<Shared>> {
    let router = Router::new()
        .route("/", get(about))
        .route("/ping", get(async || ()))
        .route("/rules", get(rules::list).post(rules::add))
        .route("/rules/status/all", get(rules::all_status))
        .route("/rules/validate", post(rules::validate))
        .route(
            "/rules/{id}",
            get(rules::one).put(rules::replace).delete(rules::remove),
        )
        .route("/rules/{id}/status", get(rules::status))
        .route("/rules/{id}/{order}", post(rules::order))
        .route("/data/export", get(data::export).post(data::export))
        .route("/data/import", post(data::import))
        .route("/data/import/status", get(data::import_status))
        .route("/ruleset/export", post(data::export_ruleset))
        .route("/ruleset/import", post(data::import_ruleset))
        .route("/stop", post(stop));
    [Kind::Stream, Kind::Table]
        .into_iter()
        .fold(router, definitions::routes)
        .fallback(async || go::no_page())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn about(State(shared): Here) -> Json<Value> {
    Json(json!({
        "version": shared.version, "os": "linux", "arch": "amd64",
        "upTimeSeconds": shared.started.elapsed().as_secs(), "cpuUsage": "0%", "memoryUsed": "33554432",
        "memoryTotal": "8589934592",
    }))
}

async fn stop(State(shared): Here) -> &'static str {
    shared.orders.give(Order::Quit);
    "stop success"
}

/// Why a call failed, which goes back in eKuiper's shape.
struct Failed {
    status: StatusCode,
    text: String,
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let number = if self.status == StatusCode::NOT_FOUND {
            1002
        } else {
            1000
        };
        let body = json!({"error": number, "message": self.text});
        go::plain_error(self.status, &body.to_string())
    }
}

/// Somebody asked for something impossible.
fn bad(text: String) -> Failed {
    let status = StatusCode::BAD_REQUEST;
    Failed { status, text }
}

/// Somebody asked for something that is not there.
fn missing(what: &str, name: &str) -> Failed {
    Failed {
        status: StatusCode::NOT_FOUND,
        text: format!("{what} {name} is not found"),
    }
}

fn json_body(body: &[u8]) -> Result<Value, Failed> {
    go::json(body).map_err(|why| bad(format!("Invalid body: Error decoding json: {why}")))
}

fn done(text: String) -> Response {
    go::plain(StatusCode::OK, text)
}

fn as_json(value: impl serde::Serialize) -> Response {
    Json(value).into_response()
}
