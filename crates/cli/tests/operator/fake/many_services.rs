//! Tags of services, and lists of them.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{NEURON, Seen, list};

pub(super) fn routes() -> Router<Seen> {
    Router::new()
        .route(
            "/api/v1/services/tags",
            get(|| async { list(vec![json!({"tag": "line-3", "services": 7})]) }).post(retag),
        )
        .route("/api/v1/services/import", post(import))
        .route(
            "/api/v1/services/export",
            get(|| async { "category,name\r\nneuron,Presses\r\n" }),
        )
}

/// Takes nothing away.
async fn retag(State(seen): State<Seen>, Json(request): Json<Value>) -> Json<Value> {
    seen.0.lock().unwrap().push(request.to_string());
    let is_refused = !request["remove"].as_array().unwrap().is_empty();
    let one = if is_refused {
        json!({"service_id": NEURON, "error": {"code": "forbidden", "message": "you may only look"}})
    } else {
        json!({"service_id": NEURON, "tags": ["hall", "line-3"]})
    };
    list(vec![one])
}

/// Takes all but the line with `bad` in it.
async fn import(State(seen): State<Seen>, text: String) -> Json<Value> {
    let bad = text.lines().position(|line| line.contains("bad"));
    let lines = bad.map(|at| {
        json!({"line": at + 1, "column": "endpoint", "code": "invalid", "reason": "it has no port"})
    });
    seen.0.lock().unwrap().push(text);
    Json(json!({
        "imported": 1, "refused": usize::from(lines.is_some()), "lines": Vec::from_iter(lines), "ignored_columns": ["colour"],
    }))
}
