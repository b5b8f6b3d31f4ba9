//! The API below `/api`: NeuronEX's own calls, and those of the Neuron and the eKuiper in it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Refusal;
use super::{DEFAULT_USER, Shared};
use crate::{ekuiper, neuron};

/// NeuronEX's error numbers, as far as they are needed here.
const WRONG_USER_OR_PASSWORD: u16 = 20200;
const TOKEN_MISSING: u16 = 20203;
const TOKEN_INCORRECT: u16 = 20204;
const SERVER: u16 = 20000;

type Here = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let neuron = neuron::inner_api(Arc::clone(&shared.neuron));
    let ekuiper = ekuiper::inner_api(Arc::clone(&shared.ekuiper));
    let guarded = Router::new()
        .route("/version", get(version))
        .route("/system", get(system))
        .route("/template", get(template).post(deliver))
        .nest_service("/neuron", neuron)
        .nest_service("/ekuiper", ekuiper)
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guard));
    Router::new()
        .route("/api/login", post(login))
        .nest("/api", guarded)
        .with_state(shared)
}

async fn guard(State(shared): Here, request: Request, next: Next) -> Response {
    match shared.gate.check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(Refusal::Missing) => refused(TOKEN_MISSING, "the token is missing"),
        Err(Refusal::Incorrect) => refused(TOKEN_INCORRECT, "the token is incorrect"),
    }
}

fn refused(code: u16, message: &str) -> Response {
    failed(StatusCode::UNAUTHORIZED, code, message)
}

fn failed(status: StatusCode, code: u16, message: &str) -> Response {
    (status, Json(json!({"code": code, "message": message}))).into_response()
}

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn login(State(shared): Here, body: Bytes) -> Response {
    let asked = serde_json::from_slice::<Login>(&body);
    let right =
        asked.is_ok_and(|login| (login.name.as_str(), login.password.as_str()) == DEFAULT_USER);
    if !right {
        return refused(WRONG_USER_OR_PASSWORD, "wrong user or password");
    }
    let signing = tokio::task::spawn_blocking(move || shared.gate.login_token()).await;
    match signing {
        Ok(Ok(token)) => Json(json!({"token": token, "role": "Administrator"})).into_response(),
        _ => failed(
            StatusCode::INTERNAL_SERVER_ERROR,
            SERVER,
            "cannot sign a token",
        ),
    }
}

async fn version(State(shared): Here) -> Json<Value> {
    Json(json!({"version": shared.version}))
}

async fn system(State(shared): Here) -> Json<Value> {
    let running_s = shared.started.elapsed().as_secs();
    Json(json!({
        "version": shared.version, "systemStatus": "0", "neuronStatus": "0", "ekuiperStatus": "0",
        "systemRunningTime": running_s, "neuronRunningTime": running_s, "ekuiperRunningTime": running_s,
        "systemMemoryUsed": 134_217_728, "systemMemoryTotal": 8_589_934_592_u64, "hwToken": "simulated",
        "os": "linux", "kernel": "simulated", "arch": "amd64", "clib": "glibc",
        "submoduleStatus": {"alert": "0", "monitor": "0", "syslog": "0"},
    }))
}

/// Which of the two a template is of.
#[derive(Clone, Copy, Deserialize)]
enum Category {
    #[serde(rename = "1")]
    EKuiper,
    #[serde(rename = "2")]
    Neuron,
}

#[derive(Deserialize)]
struct TemplateParams {
    category: Category,
}

/// Why a template was neither given nor taken.
struct Undelivered(String);

impl IntoResponse for Undelivered {
    fn into_response(self) -> Response {
        let body = Json(json!({"message": self.0}));
        (StatusCode::BAD_REQUEST, body).into_response()
    }
}

/// A template's query, as it came.
type Asked = Result<Query<TemplateParams>, QueryRejection>;

fn category(asked: Asked) -> Result<Category, Undelivered> {
    asked
        .map(|Query(params)| params.category)
        .map_err(|_| Undelivered("category must be 1 or 2".to_owned()))
}

async fn template(State(shared): Here, asked: Asked) -> Result<Response, Undelivered> {
    Ok(match category(asked)? {
        Category::EKuiper => Json(shared.ekuiper.state.lock().export()).into_response(),
        Category::Neuron => Json(neuron::current_config(&shared.neuron)).into_response(),
    })
}

async fn deliver(
    State(shared): Here,
    asked: Asked,
    body: Bytes,
) -> Result<Json<Value>, Undelivered> {
    let delivered = match category(asked)? {
        Category::EKuiper => to_ekuiper(&shared, &body),
        Category::Neuron => to_neuron(&shared, &body),
    };
    delivered.map_err(Undelivered)?;
    Ok(Json(json!({})))
}

fn to_ekuiper(shared: &Shared, body: &Bytes) -> Result<(), String> {
    let mut state = shared.ekuiper.state.lock();
    state.import(&String::from_utf8_lossy(body))?;
    if state.import_failed() {
        return Err("some entries could not be imported".to_owned());
    }
    Ok(())
}

fn to_neuron(shared: &Shared, body: &Bytes) -> Result<(), String> {
    let config = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    neuron::replace_config(&shared.neuron, config)
        .map_err(|code| format!("neuron refused it with error {}", code.number()))
}
