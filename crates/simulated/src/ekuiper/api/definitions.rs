//! Streams and tables: named SQL statements, the two handled alike.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use super::{Failed, Here, as_json, bad, done, json_body, missing};
use crate::ekuiper::state::{Kind, created};
use crate::ekuiper::{Shared, go};

/// The calls for one of the two.
pub(super) fn routes(router: Router<Arc<Shared>>, kind: Kind) -> Router<Arc<Shared>> {
    let all = format!("/{}s", kind.word());
    let named = format!("{all}/{{name}}");
    let list = move |State(shared): Here| async move { names(&shared, kind) };
    let add = move |State(shared): Here, body: Bytes| async move { add(&shared, kind, &body) };
    let one = move |State(shared): Here, Path(name): Path<String>| async move {
        one(&shared, kind, &name)
    };
    let replace = move |State(shared): Here, Path(name): Path<String>, body: Bytes| async move {
        replace(&shared, kind, &name, &body)
    };
    let remove = move |State(shared): Here, Path(name): Path<String>| async move {
        remove(&shared, kind, &name)
    };
    router
        .route(&all, get(list).post(add))
        .route(&named, get(one).put(replace).delete(remove))
}

fn names(shared: &Shared, kind: Kind) -> Response {
    let mut state = shared.state.lock();
    let names: Vec<_> = state.definitions(kind).keys().collect();
    as_json(names)
}

fn sql_in(body: &Bytes) -> Result<String, Failed> {
    let body = json_body(body)?;
    Ok(body["sql"].as_str().unwrap_or_default().to_owned())
}

fn add(shared: &Shared, kind: Kind, body: &Bytes) -> Result<Response, Failed> {
    let created = shared.state.lock().create(kind, &sql_in(body)?);
    let name = created.map_err(|why| bad(format!("Create {} fails: {why}", kind.word())))?;
    let said = format!("{} {name} is created.\n", capital(kind));
    Ok(go::plain(StatusCode::CREATED, said))
}

fn one(shared: &Shared, kind: Kind, name: &str) -> Result<Response, Failed> {
    let mut state = shared.state.lock();
    let sql = state.definitions(kind).get(name);
    let sql = sql.ok_or_else(|| missing(kind.word(), name))?;
    Ok(as_json(json!({"Name": name, "Statement": sql})))
}

fn replace(shared: &Shared, kind: Kind, name: &str, body: &Bytes) -> Result<Response, Failed> {
    let sql = sql_in(body)?;
    let created = created(kind, &sql).map_err(bad)?;
    if created != name {
        return Err(bad(format!(
            "the statement creates {created} and not {name}"
        )));
    }
    let mut state = shared.state.lock();
    let old = state.definitions(kind).get_mut(name);
    *old.ok_or_else(|| missing(kind.word(), name))? = sql;
    Ok(done(format!("{} {name} is replaced.", capital(kind))))
}

fn remove(shared: &Shared, kind: Kind, name: &str) -> Result<Response, Failed> {
    let removed = shared.state.lock().definitions(kind).remove(name);
    removed.ok_or_else(|| missing(kind.word(), name))?;
    Ok(done(format!("{} {name} is dropped.", capital(kind))))
}

fn capital(kind: Kind) -> &'static str {
    match kind {
        Kind::Stream => "Stream",
        Kind::Table => "Table",
    }
}
