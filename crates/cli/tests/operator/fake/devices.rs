//! Registered devices of the fake, and what its organisation asks of them.

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::{delete, get};
use serde_json::{Value, json};

use super::{ACME, HALL, Seen, answering, list, matching};

const OK: StatusCode = StatusCode::OK;

pub(crate) const PRESS: &str = "0192f0ca-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const OVEN: &str = "0192f0ca-2222-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const KEY: &str = "BWDEoaqyr25nF5SNCvEv2v7QnM9QsfCc0PBMYD_i2NGSQ32EF2d4D0hqUel3m8ul";

pub(super) fn routes() -> Router<Seen> {
    let both = || vec![press(), device(OVEN, "pumps")];
    let found = move |Query(filter): Query<Value>| async move { list(matching(&both(), &filter)) };
    Router::new()
        .route(
            "/api/v1/registrations",
            answering(StatusCode::CREATED, press()).get(found),
        )
        .route(
            "/api/v1/projects/{id}/registrations",
            answering(StatusCode::CREATED, json!({"registered": 2})),
        )
        .route(
            "/api/v1/registrations/{id}",
            answering(OK, press()).delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route("/api/v1/registrations/{id}/enable", answering(OK, press()))
        .route("/api/v1/registrations/{id}/disable", answering(OK, press()))
        .route(
            "/api/v1/organisations/{id}/enrolment",
            answering(OK, settings()),
        )
        .route(
            "/api/v1/organisations/{id}/enrolment/keys",
            answering(OK, settings()),
        )
        .route(
            "/api/v1/organisations/{id}/enrolment/keys/{key}",
            delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route(
            "/api/v1/required-snaps",
            answering(OK, needed()).merge(get(|| async { list(vec![needed()]) })),
        )
}

fn press() -> Value {
    device(PRESS, "acme")
}

/// Both have the same serial number, as different brands may.
fn device(id: &str, brand: &str) -> Value {
    json!({
        "id": id, "organisation_id": ACME, "organisation_name": "Acme", "project_id": HALL, "project_name": "Hall 3",
        "brand": brand, "model": "gateway", "serial": "A-1", "store": "", "status": "enrolled", "dialect": "edgeward",
        "verification": "verified", "verified_by": KEY, "automatic": false, "device_data_bytes": 5,
        "registered_at": "2026-01-01T00:00:00Z", "enrolled_at": "2026-01-02T00:00:00Z", "clash": null,
    })
}

fn settings() -> Value {
    let key = json!({"id": KEY, "account": "acme", "name": "serials", "added_at": "2026-01-01T00:00:00Z"});
    json!({"keys": [key], "allow_unverified": true, "automatic_project_id": HALL})
}

fn needed() -> Value {
    json!({"organisation_id": ACME, "brand": "acme", "model": "gateway", "snaps": [{"name": "mosquitto", "channel": "latest/edge"}, {"name": "web"}]})
}
