//! The API below `/api/v4`, found as NanoMQ finds it: first whether the caller may, then the method, then the path.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::{Shared, hocon};
use crate::Trouble;

/// Where the API is.
const BASE: &str = "/api/v4";

/// The largest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// What NanoMQ calls an outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Code {
    Done = 0,
    BadRequest = 101,
    Unknown = 102,
    WrongCredentials = 103,
    NoCredentials = 104,
    MissingParameter = 108,
    BadParameter = 109,
    TokenExpired = 116,
    NotWritten = 118,
    Broken = 100,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Self::Done | Self::MissingParameter => StatusCode::OK,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadRequest | Self::BadParameter | Self::NotWritten => StatusCode::BAD_REQUEST,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::WrongCredentials | Self::NoCredentials | Self::TokenExpired => {
                StatusCode::UNAUTHORIZED
            }
        }
    }
}

/// What a call is answered with.
enum Answer {
    Json(StatusCode, Value),
    Text(String),
    /// A number alone: without a content type, unless the request had one, which comes back.
    Refused(StatusCode, Code),
}

impl From<Code> for Answer {
    fn from(code: Code) -> Self {
        match code {
            Code::Done => Self::Json(StatusCode::OK, json!({"code": 0})),
            refused => Self::Refused(refused.status(), refused),
        }
    }
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(answer).with_state(shared)
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let Some(path) = path
        .strip_prefix(BASE)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    else {
        return not_a_page();
    };
    let gate = Arc::clone(&shared.run.lock().gate);
    let answer = match gate.check(&head.headers, shared.clock.now_s()) {
        Err(code) => code.into(),
        Ok(()) => {
            let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            match axum::body::to_bytes(body, MAX_BODY_BYTES).await {
                Ok(body) => route(&shared, &head.method, &parts, &body).await,
                Err(_) => Code::BadRequest.into(),
            }
        }
    };
    let mut response = match answer {
        Answer::Json(status, body) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            (status, json, body.to_string()).into_response()
        }
        Answer::Text(text) => ([(header::CONTENT_TYPE, "text/plain")], text).into_response(),
        Answer::Refused(status, code) => {
            let body = Body::from(format!("{{\"code\":{}}}", code as u16));
            let mut refusal = Response::new(body);
            *refusal.status_mut() = status;
            if let Some(content_type) = head.headers.get(header::CONTENT_TYPE) {
                refusal
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, content_type.clone());
            }
            refusal
        }
    };
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// What the library below NanoMQ says of a path that it does not have.
fn not_a_page() -> Response {
    let html = [(header::CONTENT_TYPE, "text/html; charset=UTF-8")];
    let page = "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>";
    (StatusCode::NOT_FOUND, html, page).into_response()
}

async fn route(shared: &Shared, method: &Method, parts: &[&str], body: &Bytes) -> Answer {
    match (method.as_str(), parts) {
        ("GET", _) => read(shared, parts),
        ("POST", ["reload"]) => write(body, |values| shared.settings.lock().reload(values)),
        ("POST", ["configuration"] | ["configuration", _]) => configure(shared, body).await,
        ("POST", ["config_update"]) => config_update(shared, body).await,
        ("POST", ["ctrl", "restart"]) => {
            shared.order_restart();
            Code::Done.into()
        }
        ("POST", ["ctrl", "stop"]) => {
            shared.orders.give(crate::serving::Order::Quit);
            Code::Done.into()
        }
        ("POST" | "PUT" | "DELETE", _) => Code::Unknown.into(),
        _ => Answer::Refused(StatusCode::METHOD_NOT_ALLOWED, Code::Unknown),
    }
}

fn read(shared: &Shared, parts: &[&str]) -> Answer {
    let data = match parts {
        [] => {
            json!(ENDPOINTS.map(
                |(path, name)| json!({"path": path, "name": name, "method": "GET", "descr": ""})
            ))
        }
        ["brokers"] => json!([{
            "datetime": shared.clock.plain(), "node_status": "Running", "sysdescr": "NanoMQ Broker",
            "uptime": uptime(shared), "version": shared.version,
        }]),
        ["nodes"] => json!([{
            "connections": 0, "node_status": "Running", "uptime": uptime(shared), "version": shared.version,
        }]),
        ["metrics"] => {
            let metrics =
                json!({"metrics": [], "cpuinfo": "0.00%", "memory": "4464640", "connections": 0});
            return Answer::Json(StatusCode::OK, metrics);
        }
        ["prometheus"] => return Answer::Text(prometheus()),
        ["clients"] | ["clients", _] | ["clients", "username", _] => json!([]),
        ["subscriptions"] | ["subscriptions", _] | ["topic-tree"] => json!([]),
        ["rules"] => json!({"rules": []}),
        ["bridges"] => json!({"bridge": {"nodes": []}}),
        ["reload"] => shared.settings.lock().hot(),
        ["configuration"] => shared.settings.lock().all(),
        ["configuration", section] => match shared.settings.lock().section(section) {
            Some(section) => section,
            None => {
                let unknown = json!({"code": 101, "data": {}});
                return Answer::Json(StatusCode::NOT_FOUND, unknown);
            }
        },
        _ => return Code::Unknown.into(),
    };
    Answer::Json(StatusCode::OK, json!({"code": 0, "data": data}))
}

/// Calls that the list at the root names.
const ENDPOINTS: [(&str, &str); 5] = [
    ("/brokers", "list_brokers"),
    ("/nodes", "list_nodes"),
    ("/metrics", "list_metrics"),
    ("/reload", "get_reload_configuration"),
    ("/configuration", "get_configuration"),
];

/// A change whose body is `{"data": {…}}`.
fn write(body: &Bytes, change: impl FnOnce(&Map<String, Value>)) -> Answer {
    if body.is_empty() {
        return Code::BadParameter.into();
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Code::BadParameter.into();
    };
    match body["data"].as_object() {
        Some(data) => {
            change(data);
            Code::Done.into()
        }
        None => Code::MissingParameter.into(),
    }
}

/// Takes sections over, all or with something going wrong after the first.
async fn configure(shared: &Shared, body: &Bytes) -> Answer {
    let Some(trouble) = shared.troubles.begin() else {
        return write(body, |sections| shared.settings.lock().merge(sections));
    };
    if trouble.takes_half() {
        write(body, |sections| {
            let first = sections.clone().into_iter().take(1).collect();
            shared.settings.lock().merge(&first);
        });
    }
    in_trouble(shared, trouble).await
}

async fn in_trouble(shared: &Shared, trouble: Trouble) -> Answer {
    trouble.befall(&shared.orders).await;
    let code = match trouble {
        Trouble::Ignores => Code::Done,
        Trouble::Refuses => Code::NotWritten,
        _ => Code::Broken,
    };
    code.into()
}

/// Overwrites the file; what is no HOCON is the end of the process, as it is of the real one's, and is never answered.
async fn config_update(shared: &Shared, body: &Bytes) -> Answer {
    let text = String::from_utf8_lossy(body).into_owned();
    if text.trim().is_empty() {
        return Code::BadParameter.into();
    }
    if !hocon::is_well_formed(&text) {
        return shared.orders.crash().await;
    }
    if let Some(trouble) = shared.troubles.begin() {
        if trouble.takes_half() {
            shared.settings.lock().write_file(first_half(&text));
        }
        return in_trouble(shared, trouble).await;
    }
    shared.settings.lock().write_file(text);
    Code::Done.into()
}

/// As many lines as make a file, at most half of them.
fn first_half(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let halves = (0..=lines.len() / 2).rev().map(|end| lines[..end].concat());
    let mut good = halves.filter(|half| hocon::is_well_formed(half));
    good.next().unwrap_or_default()
}

fn uptime(shared: &Shared) -> String {
    let seconds = shared.run.lock().started.elapsed().as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours} Hours, {minutes} minutes, {} seconds", seconds % 60)
}

/// All of them none, except the memory.
fn prometheus() -> String {
    let gauges = [
        "connections_count",
        "connections_max",
        "sessions_count",
        "sessions_max",
        "topics_count",
        "topics_max",
        "subscribers_count",
        "subscribers_max",
        "messages_received",
        "messages_sent",
        "messages_dropped",
        "cpu_usage",
        "cpu_usage_max",
    ];
    let mut text: String = gauges
        .iter()
        .map(|name| format!("# TYPE nanomq_{name} gauge\nnanomq_{name} 0\n"))
        .collect();
    for name in ["memory_usage", "memory_usage_max"] {
        text.push_str(&format!(
            "# TYPE nanomq_{name} gauge\nnanomq_{name} 4464640\n"
        ));
    }
    text
}
