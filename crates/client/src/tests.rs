//! The client against a small server of our own: what is sent, and how each way of failing is told.

mod administration;
mod audit;

use std::net::SocketAddr;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use edgeward_api::agent::{AgentFilter, Presence};
use edgeward_api::error::{ErrorBody, ErrorDetail, Fault};
use edgeward_api::event::Kind;
use edgeward_ids::{AgentId, ServiceId};
use edgeward_pki::tls::Trust;
use futures::StreamExt;
use http::Method;
use serde_json::json;

use crate::{Client, ClientError, Options, ProxyRequest};

async fn client_of(router: Router) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    client(address)
}

fn client(address: SocketAddr) -> Client {
    edgeward_pki::install_provider();
    Client::new(Options {
        server: format!("http://{address}/"),
        token: Some("secret-token".into()),
        trust: Trust::PublicRoots,
    })
    .unwrap()
}

fn refusal(status: StatusCode, code: &str) -> impl IntoResponse {
    let error = ErrorDetail {
        code: code.into(),
        message: "it cannot be".into(),
        fault: Fault::Agent,
        hint: Some("do otherwise".into()),
        request_id: "r1".into(),
    };
    (status, Json(ErrorBody { error }))
}

fn proxied(path: &str) -> ProxyRequest {
    ProxyRequest {
        method: Method::GET,
        path: path.into(),
        headers: HeaderMap::new(),
        body: None,
    }
}

#[tokio::test]
async fn a_filter_and_the_token_are_sent() {
    let router = Router::new().route(
        "/api/v1/agents",
        get(
            |headers: HeaderMap, Query(filter): Query<AgentFilter>| async move {
                assert_eq!(headers["authorization"], "Bearer secret-token");
                assert_eq!(
                    (filter.presence, filter.text.as_deref()),
                    (Some(Presence::Online), Some("a & b"))
                );
                Json(json!({"items": [], "total": 7}))
            },
        ),
    );
    let filter = AgentFilter {
        presence: Some(Presence::Online),
        text: Some("a & b".into()),
        ..AgentFilter::default()
    };
    assert_eq!(
        client_of(router).await.agents(&filter).await.unwrap().total,
        7
    );
}

#[tokio::test]
async fn a_refusal_carries_what_the_control_plane_says() {
    let router = Router::new().route(
        "/api/v1/agents/{id}/release",
        post(|| async { refusal(StatusCode::CONFLICT, "not_managed") }),
    );
    let error = client_of(router)
        .await
        .release(AgentId::generate())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::CONFLICT));
    let detail = error.detail().unwrap();
    assert_eq!(
        (detail.code.as_str(), detail.hint.as_deref()),
        ("not_managed", Some("do otherwise"))
    );
    assert_eq!(error.to_string(), "it cannot be");
}

#[tokio::test]
async fn a_server_that_is_no_control_plane_is_told_apart() {
    let router = Router::new().fallback(|| async { "hello" });
    let error = client_of(router).await.overview().await.unwrap_err();
    assert!(
        matches!(
            error,
            ClientError::Foreign {
                status: StatusCode::OK,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(address).overview().await.unwrap_err();
    assert!(error.is_unreachable(), "{error:?}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[test]
fn an_address_must_be_one() {
    for bad in [
        "edge.example.com",
        "ftp://x",
        "http://",
        "http://u@x",
        "http://x/?a",
    ] {
        let options = Options {
            server: bad.into(),
            token: None,
            trust: Trust::PublicRoots,
        };
        assert!(
            matches!(Client::new(options), Err(ClientError::Address(_))),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn proxied_bodies_stream_both_ways() {
    let router = Router::new().route(
        "/api/v1/services/{id}/proxy/{*path}",
        any(
            |Path((_, path)): Path<(ServiceId, String)>, request: Request| async move {
                let query = request.uri().query().unwrap_or_default().to_owned();
                let echoed = Body::from_stream(request.into_body().into_data_stream());
                (
                    StatusCode::IM_A_TEAPOT,
                    [("x-path", path), ("x-query", query)],
                    echoed,
                )
            },
        ),
    );
    let pieces = futures::stream::iter(["one ", "two ", "three"]).map(|piece| Ok(piece.into()));
    let request = ProxyRequest {
        method: Method::PUT,
        body: Some((Box::pin(pieces), None)),
        ..proxied("/a/../../b%20c?x=1&y=%2F")
    };
    let answer = client_of(router)
        .await
        .proxy(ServiceId::generate(), request)
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::IM_A_TEAPOT);
    assert_eq!(
        (&answer.headers["x-path"], &answer.headers["x-query"]),
        (&"b c".parse().unwrap(), &"x=1&y=%2F".parse().unwrap())
    );
    assert_eq!(answer.bytes().await.unwrap(), b"one two three");
}

#[tokio::test]
async fn a_services_own_error_is_an_answer_and_the_control_planes_is_not() {
    let router = Router::new()
        .route(
            "/api/v1/services/{id}/proxy/own",
            get(|| async { (StatusCode::BAD_REQUEST, Json(json!({"error": 1003}))) }),
        )
        .route(
            "/api/v1/services/{id}/proxy/ours",
            get(|| async { refusal(StatusCode::SERVICE_UNAVAILABLE, "agent_offline") }),
        );
    let client = client_of(router).await;
    let own = client
        .proxy(ServiceId::generate(), proxied("/own"))
        .await
        .unwrap();
    assert_eq!(own.status, StatusCode::BAD_REQUEST);
    assert_eq!(own.bytes().await.unwrap(), br#"{"error":1003}"#);
    let ours = client
        .proxy(ServiceId::generate(), proxied("ours"))
        .await
        .err()
        .unwrap();
    assert_eq!(ours.detail().unwrap().code, "agent_offline");
}

#[tokio::test]
async fn a_broken_answer_is_no_answer() {
    let router = Router::new().route(
        "/api/v1/services/{id}/proxy/{*path}",
        get(|| async {
            let pieces = futures::stream::iter([Ok("half"), Err(std::io::Error::other("gone"))]);
            Body::from_stream(pieces)
        }),
    );
    // Whether the head arrives before the connection breaks is chance.
    let error = match client_of(router)
        .await
        .proxy(ServiceId::generate(), proxied("/x"))
        .await
    {
        Ok(answer) => answer.bytes().await.err(),
        Err(error) => Some(error),
    };
    assert!(
        matches!(error, Some(ClientError::Broken { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn events_are_told_one_by_one() {
    let router = Router::new().route(
        "/api/v1/events",
        get(|| async {
            let pieces = [
                ": hello\n\nevent: changed\nda",
                "ta: {\"kind\":\"agents\"}\n\nevent: changed\ndata:{\"kind\":\"services\"}\n\n",
            ];
            let pieces = futures::stream::iter(pieces).map(Ok::<_, std::io::Error>);
            (
                [("content-type", "text/event-stream")],
                Body::from_stream(pieces),
            )
        }),
    );
    let mut events = client_of(router).await.events().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().kind, Kind::Agents);
    assert_eq!(events.next().await.unwrap().unwrap().kind, Kind::Services);
    assert!(events.next().await.unwrap().is_none());
}
