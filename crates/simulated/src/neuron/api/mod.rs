//! The API below `/api/v2`: who may call what, and how bodies are read.

pub(super) mod account;
mod data;
mod global;
mod groups;
mod links;
mod metrics;
mod nodes;
mod tags;

use std::sync::Arc;

use axum::extract::{FromRequest, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Shared;
use super::code::Code;
pub(super) use data::values;
pub(crate) use global::{current_config, replace_config};

/// The largest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 4 << 20;

/// What handlers give: a body, or a number.
type Answer<T> = Result<Json<T>, Code>;

/// What handlers share.
type Here = State<Arc<Shared>>;

/// Everything below `/api/v2`.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/api/v2", calls(&shared))
        .with_state(shared)
}

/// The calls; all but three want a token.
pub(super) fn calls(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let open = Router::new()
        .route("/ping", post(async || Json(json!({}))))
        .route("/login", post(account::login))
        .route("/metrics", get(metrics::metrics));
    let guarded = Router::new()
        .route("/status", get(async || Json(json!({"status": "ready"}))))
        .route("/version", get(global::version))
        .route("/password", post(account::change_password))
        .route("/plugin", get(global::plugins))
        .route("/schema", get(global::schema))
        .route(
            "/node",
            get(nodes::list)
                .post(nodes::add)
                .put(nodes::rename)
                .delete(nodes::remove),
        )
        .route("/node/setting", get(nodes::setting).post(nodes::set))
        .route("/node/ctl", post(nodes::control))
        .route("/node/state", get(nodes::state))
        .route(
            "/group",
            get(groups::list)
                .post(groups::add)
                .put(groups::change)
                .delete(groups::remove),
        )
        .route(
            "/tags",
            get(tags::list)
                .post(tags::add)
                .put(tags::change)
                .delete(tags::remove),
        )
        .route(
            "/subscribe",
            get(links::list)
                .post(links::add)
                .put(links::change)
                .delete(links::remove),
        )
        .route("/subscribes", post(links::add_many))
        .route("/read", post(data::read))
        .route("/write", post(data::write))
        .route("/global/config", get(global::config).put(global::replace))
        .route("/log/level", put(global::log_level))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), guard));
    open.merge(guarded)
}

async fn guard(State(shared): Here, request: Request, next: Next) -> Response {
    match shared.gate.check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(code) => code.into_response(),
    }
}

/// A body of JSON, whatever its content type says; anything else is 1002.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Asked<T> {
    type Rejection = Code;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Code> {
        let body = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await;
        let body = body.map_err(|_| Code::BodyInvalid)?;
        let asked = serde_json::from_slice(&body).map_err(|_| Code::BodyInvalid)?;
        Ok(Self(asked))
    }
}

/// Query parameters; what is missing or malformed is 1003.
fn params<T>(query: Result<Query<T>, axum::extract::rejection::QueryRejection>) -> Result<T, Code> {
    query
        .map(|Query(params)| params)
        .map_err(|_| Code::ParamInvalid)
}

/// A body for a call that worked.
fn body<T: Serialize>(value: T) -> Answer<T> {
    Ok(Json(value))
}
