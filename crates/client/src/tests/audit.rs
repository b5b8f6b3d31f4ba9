//! The audit log: its export as it comes, and its verification part by part.

use axum::body::Body;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use edgeward_api::audit::{EntryFilter, ExportFormat, VerificationRequest};
use serde_json::json;

use super::{client_of, refusal};
use crate::ClientError;

/// A log of seven entries of which each request verifies three; the one with the number `broken` is altered.
fn verifying(broken: Option<u64>) -> Router {
    let answer = move |Query(request): Query<VerificationRequest>| async move {
        let hash = (request.after > 0).then(|| format!("hash-{}", request.after));
        assert_eq!(request.hash, hash, "the last answer's hash goes on");
        let to = (request.after + 3).min(7);
        let found = broken.filter(|number| *number <= to);
        let to = found.map_or(to, |number| number - 1);
        Json(json!({
            "verified_to": to, "hash": format!("hash-{to}"), "total": 7, "complete": found.is_none() && to == 7,
            "broken": found.map(|number| json!({"number": number, "kind": "altered", "message": format!("entry {number} was altered")})),
        }))
    };
    Router::new().route("/api/v1/audit/verification", get(answer))
}

#[tokio::test]
async fn a_chain_is_verified_to_its_end() {
    let client = client_of(verifying(None)).await;
    let mut seen = Vec::new();
    let end = client
        .verify_audit(|part| seen.push(part.verified_to))
        .await
        .unwrap();
    assert_eq!(seen, [3, 6, 7]);
    assert!(end.complete && end.broken.is_none(), "{end:?}");
}

#[tokio::test]
async fn a_chain_is_verified_to_what_is_broken() {
    let client = client_of(verifying(Some(5))).await;
    let end = client.verify_audit(|_| ()).await.unwrap();
    assert_eq!((end.verified_to, end.complete), (4, false));
    assert_eq!(end.broken.unwrap().number, 5);
}

#[tokio::test]
async fn a_verification_that_brings_nothing_new_ends() {
    let router = Router::new().route(
        "/api/v1/audit/verification",
        get(|| async {
            Json(json!({"verified_to": 3, "hash": "h", "total": 9, "complete": false, "broken": null}))
        }),
    );
    let error = client_of(router)
        .await
        .verify_audit(|_| ())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ClientError::VerificationStalled { after: 3 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_export_comes_in_pieces_and_a_broken_one_is_told() {
    let router = Router::new().route(
        "/api/v1/audit/export",
        get(|Query(filter): Query<EntryFilter>| async move {
            assert_eq!(filter.action.as_deref(), Some("agent."));
            let whole = filter.format == Some(ExportFormat::Csv);
            let mut pieces = vec![Ok("one\n"), Ok("two\n")];
            if !whole {
                pieces.push(Err(std::io::Error::other("gone")));
            }
            Body::from_stream(futures::stream::iter(pieces))
        }),
    );
    let client = client_of(router).await;
    let mut filter = EntryFilter {
        action: Some("agent.".into()),
        format: Some(ExportFormat::Csv),
        ..EntryFilter::default()
    };
    let mut download = client.export_audit(&filter).await.unwrap();
    let mut text = Vec::new();
    while let Some(piece) = download.next_piece().await.unwrap() {
        text.extend_from_slice(&piece);
    }
    assert_eq!(text, b"one\ntwo\n");

    filter.format = None;
    // Whether the head arrives before the connection breaks is chance.
    let broken = match client.export_audit(&filter).await {
        Err(error) => Some(error),
        Ok(mut download) => loop {
            match download.next_piece().await {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        },
    };
    assert!(broken.is_some(), "half an export is no export");
}

#[tokio::test]
async fn a_refused_export_is_an_error_and_no_file() {
    let router = Router::new().route(
        "/api/v1/audit/export",
        get(|| async { refusal(StatusCode::FORBIDDEN, "not_allowed") }),
    );
    let client = client_of(router).await;
    let error = client.export_audit(&EntryFilter::default()).await.err();
    assert_eq!(error.unwrap().detail().unwrap().code, "not_allowed");
}

#[tokio::test]
async fn an_entry_is_found_by_its_number_only() {
    let router = Router::new().route(
        "/api/v1/audit",
        get(|Query(filter): Query<EntryFilter>| async move {
            // The log misses its fourth entry.
            let newest = filter.before.unwrap().saturating_sub(1).min(9);
            let newest = if newest == 4 { 3 } else { newest };
            Json(json!({"next": null, "items": [{
                "number": newest, "at": "2026-01-01T00:00:00Z", "author_kind": "machine", "author_id": null, "author_name": "",
                "address": null, "request_id": null, "action": "agent.adopt", "object_id": null, "object_name": "x", "organisation_id": null,
                "project_id": null, "before": null, "after": null, "outcome": "done", "reason": "", "previous": "", "hash": "",
            }]}))
        }),
    );
    let client = client_of(router).await;
    assert_eq!(client.audit_entry(5).await.unwrap().unwrap().number, 5);
    assert_eq!(client.audit_entry(4).await.unwrap(), None);
}
