//! Hosted services, and operations on many.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{GATEWAY, NEURON, PUMP, Seen, list, neuron};

pub(super) fn routes() -> Router<Seen> {
    Router::new()
        .route("/api/v1/hosting", get(|| async { list(agents()) }))
        .route("/api/v1/services/hosted", post(host))
        .route("/api/v1/services/operations", post(operate))
}

fn agents() -> Vec<Value> {
    vec![
        json!({"agent_id": GATEWAY, "agent_name": "gateway-1", "online": true, "engine": "docker 26.1", "snaps": false, "services": 2}),
        json!({"agent_id": PUMP, "agent_name": "pump", "online": false, "problem": "the socket does not answer", "snaps": true, "services": 0}),
    ]
}

/// A service that its agent has made.
fn hosted() -> Value {
    let mut service = neuron();
    service["name"] = json!("Line 3");
    service["way"] = json!("hosted");
    service["hosted"] = json!({"state": "returned", "present": "emqx/neuron:2.6.3", "message": "2.7.0 did not answer within 120 s",
        "since": "2026-01-01T00:00:00Z"});
    service
}

/// Makes it on the first agent only.
async fn host(State(seen): State<Seen>, Json(request): Json<Value>) -> Json<Value> {
    seen.0.lock().unwrap().push(request.to_string());
    let mut others = request["agents"].as_array().unwrap().clone();
    others.remove(0);
    let refused = others.into_iter().map(
        |agent| json!({"agent_id": agent, "reason": "nothing runs containers there: the socket does not answer"}),
    );
    Json(json!({"services": [hosted()], "refused": Vec::from_iter(refused)}))
}

/// Upgrades nothing.
async fn operate(State(seen): State<Seen>, Json(request): Json<Value>) -> Json<Value> {
    seen.0.lock().unwrap().push(request.to_string());
    let one = if request["operation"] == "upgrade" {
        json!({"service_id": NEURON, "done": false, "reason": "the service is not hosted"})
    } else {
        json!({"service_id": NEURON, "done": true})
    };
    list(vec![one])
}
