//! Places, people, API tokens, settings and keys of the fake.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{
    ACME, ANN, API_TOKEN, BEN, HALL, NEURON, PUMP, SESSION, Seen, acme, answering, gateway, list,
    project, refuse,
};

const OK: StatusCode = StatusCode::OK;

pub(super) fn routes() -> Router<Seen> {
    let nothing = || answering(StatusCode::NO_CONTENT, Value::Null);
    let members = || answering(OK, json!({"items": [ann_here(), ben_here()], "total": 2}));
    let ben_left = || answering(OK, ben_here());
    let sessions = || answering(OK, json!({"items": [browser()], "total": 1}));
    Router::new()
        .route(
            "/api/v1/organisations",
            get(|| async { list(vec![acme()]) }).post(make_organisation),
        )
        .route(
            "/api/v1/organisations/{id}",
            answering(OK, acme()).delete(not_empty),
        )
        .route(
            "/api/v1/organisations/{id}/projects",
            answering(StatusCode::CREATED, project(HALL, "Hall 4")),
        )
        .route(
            "/api/v1/projects/{id}",
            answering(OK, project(HALL, "Hall 5")).delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route("/api/v1/organisations/{id}/members", members())
        .route("/api/v1/projects/{id}/members", members().put(add_member))
        .route(
            "/api/v1/organisations/{id}/members/{user}",
            ben_left().delete(remove_member),
        )
        .route(
            "/api/v1/projects/{id}/members/{user}",
            ben_left().delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route(
            "/api/v1/agents/transfer",
            answering(OK, json!({"items": [gateway()], "total": 1})),
        )
        .route(
            "/api/v1/users",
            get(|| async { list(vec![ann(), ben()]) }).post(make_users),
        )
        .route(
            "/api/v1/users/{id}",
            answering(OK, ben()).delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route("/api/v1/users/{id}/enable", answering(OK, ben()))
        .route("/api/v1/users/{id}/disable", post(disable))
        .route("/api/v1/users/{id}/invite", answering(OK, link()))
        .route("/api/v1/users/{id}/reset-password", post(reset))
        .route(
            "/api/v1/users/{id}/sessions",
            sessions().delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route(
            "/api/v1/sessions",
            sessions().delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route("/api/v1/sessions/{id}", nothing())
        .route("/api/v1/profile", answering(OK, profile()))
        .route("/api/v1/profile/password", nothing())
        .route(
            "/api/v1/api-tokens",
            get(|| async { list(vec![api_token()]) }).post(make_token),
        )
        .route("/api/v1/api-tokens/{id}", nothing())
        .route("/api/v1/settings", answering(OK, settings()))
        .route("/api/v1/settings/{what}", answering(OK, settings()))
        .route("/api/v1/settings/sso/{id}", answering(OK, settings()))
        .route(
            "/api/v1/settings/root-address/test",
            answering(OK, json!({"reached": true, "problem": null})),
        )
        .route(
            "/api/v1/settings/mail/test",
            answering(
                OK,
                json!({"sent": false, "problem": "the server wants a password"}),
            ),
        )
        .route(
            "/api/v1/settings/sso/test",
            answering(OK, json!({"usable": true, "problem": null})),
        )
        .route("/api/v1/agent-service", answering(OK, agent_service()))
        .route(
            "/api/v1/keys/edge-services",
            answering(OK, public_key(1, "edgeward.pub")),
        )
        .route(
            "/api/v1/keys",
            get(|| async { list(vec![key(1, "current", 3), key(2, "next", 1)]) })
                .post(|| async { Json(key(2, "next", 0)) }),
        )
        .route(
            "/api/v1/keys/{number}",
            answering(OK, public_key(2, "edgeward-2.pub")),
        )
        .route("/api/v1/keys/{number}/retire", post(retire))
        .route("/api/v1/keys/{number}/place", post(place))
        .route("/api/v1/ca", get(|| async { "CERTIFICATE\n" }))
}

fn public_key(number: u32, file_name: &str) -> Value {
    json!({"number": number, "file_name": file_name, "pem": "PUBLIC KEY\n", "fingerprint": "ab"})
}

fn key(number: u32, state: &str, proven: u32) -> Value {
    let file_name = if number == 1 {
        "edgeward.pub"
    } else {
        "edgeward-2.pub"
    };
    json!({
        "number": number, "file_name": file_name, "fingerprint": "ab", "made_at": "2036-01-31T08:00:00Z",
        "state": state, "proven": proven, "behind": 3 - proven,
    })
}

async fn retire(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    if request["force"] == true {
        return StatusCode::NO_CONTENT.into_response();
    }
    refuse(
        StatusCode::CONFLICT,
        "services_left",
        "2 services are not known to accept edgeward-2.pub: Pumps, Rules",
    )
}

async fn place(State(seen): State<Seen>, Json(request): Json<Value>) -> Json<Value> {
    seen.0.lock().unwrap().push(request.to_string());
    let reason = "the agent's configuration names no key_folder";
    Json(json!([
        {"service_id": NEURON, "placed": request["services"].is_array()},
        {"service_id": PUMP, "placed": request["services"].is_array(), "reason": reason},
    ]))
}

async fn make_organisation(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    if request["name"] == "Acme" {
        return refuse(
            StatusCode::CONFLICT,
            "name_taken",
            "there is an organisation of that name",
        );
    }
    let mut made = acme();
    made["name"] = request["name"].clone();
    (StatusCode::CREATED, Json(made)).into_response()
}

async fn not_empty() -> Response {
    refuse(
        StatusCode::CONFLICT,
        "not_empty",
        "the organisation has projects",
    )
}

async fn remove_member(Path((_, user)): Path<(String, String)>) -> Response {
    if user == ANN {
        return refuse(
            StatusCode::CONFLICT,
            "last_admin",
            "this is the last administrator",
        );
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn add_member(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    if request["email"] == "nobody@example.com" {
        return refuse(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no user with this address",
        );
    }
    Json(ben_here()).into_response()
}

async fn make_users(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    let linked = request["password"].is_null();
    let results: Vec<_> = request["emails"].as_array().unwrap().iter().map(|email| {
        if email == "ann@example.com" {
            let error = json!({"code": "email_taken", "message": "there is a user with this address", "fault": "request", "request_id": "req-8"});
            return json!({"email": email, "user": null, "error": error, "link": null});
        }
        let link = if linked { link() } else { Value::Null };
        json!({"email": email, "user": ben(), "error": null, "link": link})
    }).collect();
    (StatusCode::CREATED, Json(json!({ "results": results }))).into_response()
}

async fn disable(Path(id): Path<String>) -> Response {
    if id == ANN {
        return refuse(
            StatusCode::CONFLICT,
            "last_admin",
            "this is the last administrator",
        );
    }
    Json(ben()).into_response()
}

async fn reset(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    let link = if request["password"].is_null() {
        link()
    } else {
        Value::Null
    };
    Json(json!({ "link": link })).into_response()
}

async fn make_token(State(seen): State<Seen>, Json(request): Json<Value>) -> Response {
    seen.0.lock().unwrap().push(request.to_string());
    let mut made = api_token();
    made["text"] = json!("edw_secret");
    (StatusCode::CREATED, Json(made)).into_response()
}

fn user(id: &str, email: &str, name: &str, state: &str, memberships: &Value) -> Value {
    json!({
        "id": id, "email": email, "display_name": name, "phone": "", "state": state, "system_admin": id == ANN, "sso_only": false,
        "memberships": memberships, "manageable": true, "created_at": "2026-01-01T00:00:00Z", "last_sign_in_at": null,
    })
}

pub(super) fn ann() -> Value {
    let admin = json!([{"organisation_id": ACME, "organisation_name": "Acme", "project_id": null, "project_name": null, "role": "admin"}]);
    user(ANN, "ann@example.com", "Ann", "active", &admin)
}

fn ben() -> Value {
    let viewer = json!([{"organisation_id": ACME, "organisation_name": "Acme", "project_id": HALL, "project_name": "Hall 3", "role": "viewer"}]);
    user(BEN, "ben@example.com", "Ben", "invited", &viewer)
}

fn ann_here() -> Value {
    json!({"user_id": ANN, "email": "ann@example.com", "display_name": "Ann", "state": "active", "role": "admin", "by_sso": false})
}

fn ben_here() -> Value {
    json!({"user_id": BEN, "email": "ben@example.com", "display_name": "Ben", "state": "invited", "role": "viewer", "by_sso": true})
}

fn link() -> Value {
    json!({"mailed": false, "mail_error": null, "url": "https://edge.example.com/invitation#abc", "expires_at": "2026-01-04T00:00:00Z"})
}

fn browser() -> Value {
    json!({
        "id": SESSION, "current": false, "kind": "browser", "remembered": true, "address": "10.0.0.9", "program": "Firefox", "created_at": "2026-01-01T00:00:00Z",
        "last_used_at": "2026-01-02T00:00:00Z", "expires_at": "2026-01-16T00:00:00Z",
    })
}

fn profile() -> Value {
    json!({"id": ANN, "email": "ann@example.com", "display_name": "Ann", "phone": "", "language": null, "has_password": true})
}

pub(super) fn session() -> Value {
    let projects = json!([{"id": HALL, "name": "Hall 3", "role": "project_admin"}]);
    json!({
        "id": SESSION, "user": profile(), "token": null, "expires_at": "2030-01-01T00:00:00Z",
        "permissions": {"system_admin": false, "organisations": [{"id": ACME, "name": "Acme", "role": "viewer", "projects": projects}]},
    })
}

pub(super) fn api_token() -> Value {
    json!({
        "id": API_TOKEN, "name": "backup", "owner_id": ANN, "owner_name": "Ann", "system_admin": false, "created_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-04-01T00:00:00Z", "last_used_at": null,
        "memberships": [{"organisation_id": ACME, "organisation_name": "Acme", "project_id": null, "project_name": null, "role": "viewer"}],
    })
}

fn settings() -> Value {
    let rule = json!({"claim": "groups", "value": "ops", "system_admin": false, "organisation_id": null, "project_id": HALL, "role": "viewer"});
    json!({
        "root_address": {"url": "https://edge.example.com", "source": "setting", "services_domain": "services.example.com"}, "language": "en",
        "passwords": {"min_chars": 10, "letter": true, "digit": true, "symbol": false}, "sessions": {"idle_hours": 12, "remembered_days": 14},
        "links": {"invitation_hours": 72, "reset_hours": 2}, "guide_done": true,
        "mail": {"host": "mail.example.com", "port": 587, "security": "starttls", "username": "edgeward", "password_set": true, "from": "edgeward@example.com"},
        "providers": [{
            "id": "acme", "name": "Acme login", "issuer": "https://login.example.com", "client_id": "edgeward", "client_secret_set": true, "enabled": true,
            "create_users": false, "rules": [rule], "redirect_url": "https://edge.example.com/api/v1/sso/acme/callback",
        }],
    })
}

fn agent_service() -> Value {
    json!({
        "kind": "embedded", "address": "127.0.0.1:8883", "enrolment_addresses": ["edge.example.com:8883"], "connected": true, "since": "2026-01-01T00:00:00Z",
        "last_error": null, "agents_online": 3, "clients": 4, "messages_in_per_s": 1.25, "messages_out_per_s": 0.5, "ca_fingerprint": "ab",
        "ca_expires_at": "2036-01-01T00:00:00Z",
    })
}
