//! Rules: kept, started and stopped; their figures are those of rules to which nothing happens.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{Failed, Here, as_json, bad, done, json_body, missing};
use crate::ekuiper::go;
use crate::ekuiper::state::Rule;

/// What the errors call it.
const WHAT: &str = "rule";

pub(super) async fn list(State(shared): Here) -> Response {
    let state = shared.state.lock();
    let rules: Vec<_> = state
        .rules
        .iter()
        .map(|(id, rule)| json!({"id": id, "name": rule.definition["name"], "status": rule.status()}))
        .collect();
    as_json(rules)
}

pub(super) async fn add(State(shared): Here, body: Bytes) -> Result<Response, Failed> {
    let added = shared.state.lock().add_rule(json_body(&body)?);
    let id = added.map_err(|why| bad(format!("Create rule error: {why}")))?;
    let said = format!("Rule {id} was created successfully.");
    Ok(go::plain(StatusCode::CREATED, said))
}

/// 200 for a rule, 422 for JSON that is none, 400 for anything else.
pub(super) async fn validate(body: Bytes) -> Result<Response, Failed> {
    Rule::new(json_body(&body)?).map_err(|text| Failed {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        text,
    })?;
    Ok(as_json(json!({"sources": [], "valid": true})))
}

pub(super) async fn one(State(shared): Here, Path(id): Path<String>) -> Result<Response, Failed> {
    let state = shared.state.lock();
    let rule = state.rules.get(&id).ok_or_else(|| missing(WHAT, &id))?;
    Ok(as_json(&rule.definition))
}

pub(super) async fn replace(
    State(shared): Here,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Failed> {
    let mut definition = json_body(&body)?;
    if let Some(fields) = definition.as_object_mut() {
        fields.insert("id".to_owned(), json!(id));
    }
    let rule = Rule::new(definition);
    let (id, rule) = rule.map_err(|why| bad(format!("Update rule error: {why}")))?;
    shared.state.lock().rules.insert(id.clone(), rule);
    Ok(done(format!("Rule {id} was updated successfully.")))
}

pub(super) async fn remove(
    State(shared): Here,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let removed = shared.state.lock().rules.remove(&id);
    removed.ok_or_else(|| missing(WHAT, &id))?;
    Ok(done(format!("Rule {id} is dropped.")))
}

pub(super) async fn order(
    State(shared): Here,
    Path((id, order)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let (running, said) = match order.as_str() {
        "start" => (true, "started"),
        "restart" => (true, "restarted"),
        "stop" => (false, "stopped"),
        _ => return Ok(go::no_page()),
    };
    let mut state = shared.state.lock();
    let rule = state.rules.get_mut(&id).ok_or_else(|| missing(WHAT, &id))?;
    rule.running = running;
    Ok(done(format!("Rule {id} was {said}")))
}

pub(super) async fn status(
    State(shared): Here,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let state = shared.state.lock();
    let rule = state.rules.get(&id).ok_or_else(|| missing(WHAT, &id))?;
    Ok(as_json(figures(rule)))
}

pub(super) async fn all_status(State(shared): Here) -> Response {
    let state = shared.state.lock();
    let all: Map<_, _> = state
        .rules
        .iter()
        .map(|(id, rule)| (id.clone(), figures(rule)))
        .collect();
    as_json(all)
}

fn figures(rule: &Rule) -> Value {
    if !rule.running {
        return json!({"status": "stopped", "message": "canceled manually"});
    }
    json!({
        "status": "running", "message": "", "lastStartTimestamp": 0, "lastStopTimestamp": 0, "nextStartTimestamp": 0,
        "source_demo_0_records_in_total": 0, "source_demo_0_records_out_total": 0, "source_demo_0_exceptions_total": 0,
        "source_demo_0_last_invocation": 0, "sink_log_0_0_records_in_total": 0, "sink_log_0_0_exceptions_total": 0,
    })
}
