//! Export and import of everything, and of streams, tables and rules alone.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Failed, Here, as_json, bad, done, json_body};
use crate::Trouble;
use crate::ekuiper::Shared;
use crate::serving::Order;

/// Flags of an import, `1` for yes.
#[derive(Deserialize)]
pub(super) struct ImportParams {
    partial: Option<String>,
    stop: Option<String>,
}

pub(super) async fn export(State(shared): Here) -> Response {
    file("export.json", &shared.state.lock().export())
}

pub(super) async fn export_ruleset(State(shared): Here) -> Response {
    file("export.json", &shared.state.lock().export_ruleset())
}

fn file(name: &str, content: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename={name}"),
        ),
    ];
    (headers, content.to_string()).into_response()
}

/// Forgets everything first, unless told that this is a part; so what cannot be read leaves nothing behind.
pub(super) async fn import(
    State(shared): Here,
    Query(params): Query<ImportParams>,
    body: Bytes,
) -> Result<Response, Failed> {
    let content = content_in(&body)?;
    let is_yes = |flag: &Option<String>| flag.as_deref() == Some("1");
    let is_whole = !is_yes(&params.partial);
    if let Some(trouble) = shared.troubles.begin() {
        return in_trouble(&shared, trouble, is_whole, &content).await;
    }
    let mut state = shared.state.lock();
    if is_whole {
        state.wipe();
    }
    let imported = state.import(&content);
    let error = imported.err().unwrap_or_default();
    let answer = json!({"ErrorMsg": error, "ConfigResponse": state.import_errors()});
    if is_yes(&params.stop) {
        shared.orders.give(Order::Quit);
    }
    let status = if error.is_empty() && !state.import_failed() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    Ok((status, as_json(answer)).into_response())
}

/// An import with which something goes wrong; its first half are the streams and tables.
async fn in_trouble(
    shared: &Shared,
    trouble: Trouble,
    is_whole: bool,
    content: &str,
) -> Result<Response, Failed> {
    if trouble.takes_half() {
        let mut half: Value = serde_json::from_str(content).unwrap_or_default();
        if let Some(kinds) = half.as_object_mut() {
            kinds.retain(|kind, _| kind == "streams" || kind == "tables");
        }
        let mut state = shared.state.lock();
        if is_whole {
            state.wipe();
        }
        state.import(&half.to_string()).map_err(bad)?;
    }
    trouble.befall(&shared.orders).await;
    let (status, error) = match trouble {
        Trouble::Ignores => (StatusCode::OK, ""),
        Trouble::Refuses => (StatusCode::BAD_REQUEST, "simulated: the import is refused"),
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "simulated: the import broke off",
        ),
    };
    let answer = json!({"ErrorMsg": error, "ConfigResponse": {}});
    Ok((status, as_json(answer)).into_response())
}

pub(super) async fn import_status(State(shared): Here) -> Response {
    as_json(shared.state.lock().import_errors())
}

pub(super) async fn import_ruleset(State(shared): Here, body: Bytes) -> Result<Response, Failed> {
    let content = content_in(&body)?;
    let imported = shared.state.lock().import_ruleset(&content);
    let counts = imported.map_err(|why| bad(format!("Import ruleset error: {why}")))?;
    let [streams, tables, rules] = counts;
    Ok(done(format!(
        "imported {streams} streams, {tables} tables and {rules} rules"
    )))
}

/// The export in `{"content": "…"}`; files are not fetched.
fn content_in(body: &Bytes) -> Result<String, Failed> {
    match json_body(body)?["content"].as_str() {
        Some(content) if !content.is_empty() => Ok(content.to_owned()),
        _ => Err(bad("Invalid body: must specify content".to_owned())),
    }
}
