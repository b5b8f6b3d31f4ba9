//! An audit log of seven entries: whole, or with one that was altered or removed.

use axum::body::Body;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{ANN, GATEWAY, HALL, Seen, list, refuse};

/// How many entries there are.
const TOTAL: u64 = 7;
/// How many one request verifies.
const VERIFIED_AT_ONCE: u64 = 3;

pub(super) fn routes() -> Router<Seen> {
    with_chain(None)
}

/// A log that is whole, or one in which this entry is wrong in this way.
pub(super) fn with_chain(wrong: Option<(u64, &'static str)>) -> Router<Seen> {
    Router::new()
        .route(
            "/api/v1/audit",
            get(move |query: Query<Value>| page(query, wrong)),
        )
        .route(
            "/api/v1/audit/actions",
            get(|| async { list(vec![json!("agent.adopt"), json!("user.create")]) }),
        )
        .route("/api/v1/audit/export", get(export))
        .route(
            "/api/v1/audit/verification",
            get(move |query: Query<Value>| async move { Json(verification(&query, wrong)) }),
        )
}

/// Two entries at once, the newest first; a missing one is not there.
async fn page(Query(query): Query<Value>, wrong: Option<(u64, &str)>) -> Response {
    let number = |key: &str| query[key].as_str().and_then(|text| text.parse().ok());
    let before = number("before").unwrap_or(TOTAL + 1);
    let limit = number("limit").unwrap_or(2).min(2);
    let missing = wrong.filter(|(_, kind)| *kind == "missing");
    let items: Vec<_> = (1..before.min(TOTAL + 1))
        .rev()
        .filter(|number| missing.is_none_or(|(missing, _)| missing != *number))
        .take(usize::try_from(limit).unwrap())
        .map(entry)
        .collect();
    let last = items.last().and_then(|entry| entry["number"].as_u64());
    let next = last.filter(|number| *number > 1);
    Json(json!({"items": items, "next": next})).into_response()
}

async fn export(Query(query): Query<Value>) -> Response {
    match (query["format"].as_str(), query["action"].as_str()) {
        (_, Some("forbidden.")) => {
            refuse(StatusCode::FORBIDDEN, "not_allowed", "you may not do this")
        }
        (_, Some("broken.")) => {
            // So much that it cannot wait in a buffer until the connection breaks.
            let mut pieces: Vec<_> = (0..16).map(|_| Ok("x".repeat(256 * 1024))).collect();
            pieces.push(Err(std::io::Error::other("gone")));
            Body::from_stream(futures::stream::iter(pieces)).into_response()
        }
        (Some("csv"), _) => "number,action\r\n1,agent.adopt\r\n".into_response(),
        _ => "{\"number\":1}\n{\"number\":2}\n".into_response(),
    }
}

fn verification(query: &Value, wrong: Option<(u64, &str)>) -> Value {
    let after: u64 = query["after"].as_str().unwrap().parse().unwrap();
    let to = (after + VERIFIED_AT_ONCE).min(TOTAL);
    let found = wrong.filter(|(number, _)| *number <= to);
    let to = found.map_or(to, |(number, _)| number - 1);
    let broken = found.map(|(number, kind)| {
        let word = if kind == "missing" {
            "is missing"
        } else {
            "was altered"
        };
        json!({"number": number, "kind": kind, "message": format!("entry {number} {word}")})
    });
    json!({"verified_to": to, "hash": format!("h{to}"), "total": TOTAL, "complete": broken.is_none() && to == TOTAL, "broken": broken})
}

fn entry(number: u64) -> Value {
    let refused = number == 6;
    json!({
        "number": number, "at": format!("2026-01-0{number}T00:00:00Z"), "author_kind": if number == 2 { "system" } else { "user" }, "author_id": ANN,
        "author_name": if number == 2 { "tidy" } else { "Ann" }, "address": "10.0.0.9", "request_id": "req-1", "action": "agent.adopt", "object_id": GATEWAY,
        "object_name": "gateway\u{1b}-1", "organisation_id": null, "project_id": HALL, "before": null, "after": {"name": "gateway-1", "offers": 2},
        "outcome": if refused { "refused" } else { "done" }, "reason": if refused { "not_allowed" } else { "" }, "previous": "p", "hash": format!("h{number}"),
    })
}
