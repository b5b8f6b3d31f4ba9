//! A control plane in a few lines: fixed agents and services, rules of adoption, and what it was asked.

mod administration;
mod audit;
pub(crate) mod devices;
mod hosting;
mod many_services;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// The token that it accepts.
pub(crate) const TOKEN: &str = "operator-token";
/// The password that it accepts.
pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) const GATEWAY: &str = "0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const PUMP: &str = "0192f0c1-8888-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const NEURON: &str = "0192f0c2-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const ACME: &str = "0192f0c3-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const HALL: &str = "0192f0c4-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const OFFICE: &str = "0192f0c4-2222-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const ANN: &str = "0192f0c6-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const BEN: &str = "0192f0c6-2222-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const SESSION: &str = "0192f0c7-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const API_TOKEN: &str = "0192f0c8-1111-7c3a-9b1e-2d5f6a7b8c9d";
pub(crate) const JOIN: &str = "0192f0c5-1111-7c3a-9b1e-2d5f6a7b8c9d";

/// A running fake.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    seen: Seen,
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Fake {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The body of the last request that had one, when it was the last thing that was asked.
    pub(crate) fn sent(&self) -> Value {
        serde_json::from_str(self.seen().last().unwrap()).unwrap()
    }

    /// What it was asked: method, path with query, and body.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.0.lock().unwrap().clone()
    }
}

/// Starts one on a free port; it lives as long as the test's runtime.
pub(crate) async fn start() -> Fake {
    serve(routes()).await
}

/// Starts one without anything in it.
pub(crate) async fn start_empty() -> Fake {
    let empty = || async { Json(json!({"items": [], "total": 0})) };
    let lists = [
        "agents",
        "services",
        "organisations",
        "agent-tokens",
        "users",
        "api-tokens",
    ];
    let router = lists.iter().fold(Router::new(), |router, list| {
        router.route(&format!("/api/v1/{list}"), get(empty))
    });
    serve(router).await
}

/// Starts one with nothing but an audit log in which this entry is `missing` or `altered`.
pub(crate) async fn start_with_broken_log(number: u64, kind: &'static str) -> Fake {
    serve(audit::with_chain(Some((number, kind)))).await
}

async fn serve(router: Router<Seen>) -> Fake {
    let seen = Seen::default();
    let router = router
        .layer(middleware::from_fn_with_state(seen.clone(), guard))
        .with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Fake { address, seen }
}

fn routes() -> Router<Seen> {
    Router::new()
        .merge(administration::routes())
        .merge(audit::routes())
        .merge(devices::routes())
        .merge(many_services::routes())
        .merge(hosting::routes())
        .route("/api/v1/session", get(|| async { Json(administration::session()) }).post(sign_in).delete(|| async { StatusCode::NO_CONTENT }))
        .route("/api/v1/overview", get(|| async { Json(overview()) }))
        .route("/api/v1/agents", get(|Query(filter): Query<Value>| async move { list(matching(&[gateway(), pump()], &filter)) }))
        .route("/api/v1/agents/{id}", get(agent).delete(delete_agent))
        .route("/api/v1/agents/{id}/adopt", post(adopt))
        .route("/api/v1/agents/{id}/release", post(|| async { Json(pump()) }))
        .route("/api/v1/services", get(|| async { list(vec![neuron()]) }).post(add_service))
        .route("/api/v1/services/{id}", get(|| async { Json(neuron()) }).patch(change_service).delete(|| async { StatusCode::NO_CONTENT }))
        .route("/api/v1/services/{id}/prove", post(|| async { Json(refusing()) }))
        .route("/api/v1/services/{id}/figures", get(|| async { Json(json!({"every_s": 300, "troubles": ["1 rule is stopped by an error"],
            "series": [{"name": "rules_running", "points": [[1000, 7], [1300, 9], [1600, 8]]}]})) }))
        .route("/api/v1/services/{id}/open", post(|| async { Json(json!({"url": "http://neuron.localhost/?ticket=t", "expires_at": "2026-01-01T00:01:00Z"})) }))
        .route("/api/v1/services/{id}/proxy/{*path}", any(proxy))
        .route("/api/v1/agent-tokens", get(|| async { list(vec![join_token(1)]) }).post(create_token))
        .route("/api/v1/agent-tokens/{id}", delete(|| async { StatusCode::NO_CONTENT }))
}

async fn guard(
    State(seen): State<Seen>,
    method: Method,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let open = (method == Method::POST && request.uri().path() == "/api/v1/session")
        || request.uri().path() == "/api/v1/ca";
    seen.0
        .lock()
        .unwrap()
        .push(format!("{method} {}", request.uri()));
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if open || token == Some(&format!("Bearer {TOKEN}")) {
        next.run(request).await
    } else {
        refuse(
            StatusCode::UNAUTHORIZED,
            "not_signed_in",
            "nobody is signed in",
        )
    }
}

async fn sign_in(Json(request): Json<Value>) -> Response {
    if request["password"] != PASSWORD {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "address or password is wrong",
        );
    }
    (
        StatusCode::CREATED,
        Json(json!({
            "id": SESSION, "user": null, "token": null, "permissions": {"system_admin": false, "organisations": []},
            "expires_at": "2030-01-01T00:00:00Z", "bearer_token": TOKEN,
        })),
    )
        .into_response()
}

async fn agent(Path(id): Path<String>) -> Response {
    match id.as_str() {
        GATEWAY => Json(gateway()).into_response(),
        PUMP => Json(pump()).into_response(),
        _ => refuse(StatusCode::NOT_FOUND, "not_found", "there is no such agent"),
    }
}

async fn delete_agent(Path(id): Path<String>) -> Response {
    match id.as_str() {
        GATEWAY => refuse(
            StatusCode::CONFLICT,
            "agent_managed",
            "a managed agent cannot be deleted",
        ),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn adopt(
    State(seen): State<Seen>,
    Path(id): Path<String>,
    Json(request): Json<Value>,
) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    match id.as_str() {
        GATEWAY => refuse(
            StatusCode::CONFLICT,
            "agent_managed",
            "it is adopted already",
        ),
        _ => (StatusCode::CREATED, Json(gateway())).into_response(),
    }
}

async fn create_token(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    let mut token = join_token(request["uses"].as_u64().unwrap());
    token["text"] = json!("edgeward1.abc");
    token["command"] = json!("edgeward-agent join edgeward1.abc");
    (StatusCode::CREATED, Json(token)).into_response()
}

async fn proxy(Path((_, path)): Path<(String, String)>, request: Request) -> Response {
    let kind = request.headers().get("content-type").cloned();
    match path.as_str() {
        "version" => ([("x-neuron", "2.6")], "2.6.0\n").into_response(),
        "missing" => (StatusCode::NOT_FOUND, "no such page\n").into_response(),
        "offline" => refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "agent_offline",
            "the agent gateway-1 is offline",
        ),
        "broken" => Body::from_stream(futures::stream::iter([
            Ok("half"),
            Err(std::io::Error::other("gone")),
        ]))
        .into_response(),
        _ => {
            let what = format!(
                "{} {:?} ",
                request.method(),
                kind.as_ref()
                    .and_then(|kind| kind.to_str().ok())
                    .unwrap_or("-")
            );
            let body = axum::body::to_bytes(request.into_body(), usize::MAX)
                .await
                .unwrap();
            [what.as_bytes(), &body].concat().into_response()
        }
    }
}

/// Those whose text holds what is looked for, as the real one does it.
fn matching(all: &[Value], filter: &Value) -> Vec<Value> {
    let text = filter["text"].as_str().unwrap_or_default().to_lowercase();
    let keep = |thing: &&Value| {
        thing.to_string().to_lowercase().contains(&text)
            && ["management", "presence"]
                .iter()
                .all(|key| filter[key].is_null() || filter[key] == thing[key])
    };
    all.iter().filter(keep).cloned().collect()
}

fn list(items: Vec<Value>) -> Json<Value> {
    let total = items.len();
    Json(json!({"items": items, "total": total}))
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let error = json!({"code": code, "message": message, "fault": "request", "hint": "read the manual", "request_id": "req-7"});
    (status, Json(json!({ "error": error }))).into_response()
}

fn agent_named(
    id: &str,
    hostname: &str,
    management: &str,
    presence: &str,
    membership: &Value,
) -> Value {
    json!({
        "id": id, "management": management, "presence": presence, "hostname": hostname, "description": "hall \u{1b}[31m3", "version": "0.1.0",
        "platform": "Debian 12 x86_64", "address": "10.0.0.7", "path": "direct", "offers": [{"name": "neuron", "kind": "neuron", "description": "", "service_id": null}],
        "created_at": "2026-01-01T00:00:00.123456Z", "last_heard_at": null, "certificate_expires_at": "2026-04-01T00:00:00Z", "membership": membership
    })
}

fn gateway() -> Value {
    let membership = json!({"name": "gateway-1", "organisation_id": ACME, "organisation_name": "Acme", "project_id": HALL, "project_name": "Hall 3", "confirmed": true});
    agent_named(GATEWAY, "gw", "managed", "online", &membership)
}

fn pump() -> Value {
    agent_named(PUMP, "pump", "unmanaged", "offline", &Value::Null)
}

fn acme() -> Value {
    let projects = [project(HALL, "Hall 3"), project(OFFICE, "Office")];
    json!({"id": ACME, "name": "Acme", "description": "Pumps", "projects": projects, "created_at": "2026-01-01T00:00:00Z"})
}

fn project(id: &str, name: &str) -> Value {
    json!({"id": id, "organisation_id": ACME, "name": name, "description": "", "created_at": "2026-01-01T00:00:00Z"})
}

/// Remembers the body that came, and gives a fixed answer.
fn answering(status: StatusCode, answer: Value) -> MethodRouter<Seen> {
    any(move |State(seen): State<Seen>, body: String| {
        let answer = answer.clone();
        async move {
            if !body.is_empty() {
                seen.0.lock().unwrap().push(body);
            }
            if status == StatusCode::NO_CONTENT {
                return status.into_response();
            }
            (status, Json(answer)).into_response()
        }
    })
}

pub(crate) fn neuron() -> Value {
    json!({
        "id": NEURON, "name": "gateway-1 neuron", "kind": "neuron", "description": "", "state": "not_offered", "agent_id": GATEWAY, "agent_name": "gateway-1", "offer": "neuron",
        "way": "agent", "authentication": "none",
        "organisation_id": ACME, "organisation_name": "Acme", "project_id": HALL, "project_name": "Hall 3", "presence": "online", "path": "direct", "created_at": "2026-01-01T00:00:00Z"
    })
}

/// Adds whatever is said to be unproven, and proves nothing else.
async fn add_service(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    if request["unproven"] == json!(true) {
        (StatusCode::CREATED, Json(refusing())).into_response()
    } else {
        refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_proven",
            "Neuron has no key file edgeward.pub in certs",
        )
    }
}

async fn change_service(State(seen): State<Seen>, Json(change): Json<Value>) -> Json<Value> {
    seen.0.lock().unwrap().push(change.to_string());
    Json(neuron())
}

/// A direct service that does not accept the control plane.
fn refusing() -> Value {
    let finding = json!({
        "code": "no_key_file", "weight": "bad", "message": "Neuron has no key file edgeward.pub in certs", "fix": "copy edgeward.pub into certs",
    });
    json!({
        "id": NEURON, "name": "Pumps", "kind": "neuron", "description": "", "state": "offline", "way": "direct", "address": "http://10.0.0.7:7000", "authentication": "basic",
        "user": "admin", "check": {"at": "2026-01-01T00:00:00Z", "answers": false, "finding": finding}, "organisation_id": ACME, "organisation_name": "Acme",
        "project_id": HALL, "project_name": "Hall 3", "path": "direct", "created_at": "2026-01-01T00:00:00Z"
    })
}

fn join_token(uses: u64) -> Value {
    json!({"id": JOIN, "organisation_id": null, "uses_left": uses, "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-02T00:00:00Z", "project_id": null})
}

fn overview() -> Value {
    json!({
        "version": "0.1.0", "agents": {"managed_online": 1, "managed_offline": 0, "unmanaged_online": 0, "unmanaged_offline": 1}, "services": {"online": 1, "offline": 2},
        "agent_service": {"kind": "embedded", "address": "127.0.0.1:8883", "connected": true, "since": "2026-01-01T00:00:00Z", "last_error": null},
        "ca_fingerprint": "ab", "database": "sqlite"
    })
}
