//! Which application gets which group.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Asked, Here, body, params};
use crate::neuron::code::Code;
use crate::neuron::plant::Link;

#[derive(Deserialize)]
pub(super) struct OfApp {
    app: String,
}

pub(super) async fn list(
    State(shared): Here,
    query: Result<Query<OfApp>, QueryRejection>,
) -> Answer<Value> {
    let asked = params(query)?;
    let plant = shared.plant.lock();
    let groups = plant.node(&asked.app)?.links.clone();
    body(json!({"groups": groups}))
}

#[derive(Deserialize)]
pub(super) struct AppLink {
    app: String,
    #[serde(flatten)]
    link: Link,
}

pub(super) async fn add(State(shared): Here, Asked(asked): Asked<AppLink>) -> Result<Code, Code> {
    shared.plant.lock().subscribe(&asked.app, asked.link)?;
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct ManyLinks {
    app: String,
    groups: Vec<Link>,
}

pub(super) async fn add_many(
    State(shared): Here,
    Asked(asked): Asked<ManyLinks>,
) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    for link in asked.groups {
        plant.subscribe(&asked.app, link)?;
    }
    Ok(Code::Done)
}

pub(super) async fn change(
    State(shared): Here,
    Asked(asked): Asked<AppLink>,
) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let app = plant.node_mut(&asked.app)?;
    let place = app.link(&asked.link).ok_or(Code::NotSubscribed)?;
    app.links[place] = asked.link;
    Ok(Code::Done)
}

pub(super) async fn remove(
    State(shared): Here,
    Asked(asked): Asked<AppLink>,
) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let app = plant.node_mut(&asked.app)?;
    let place = app.link(&asked.link).ok_or(Code::NotSubscribed)?;
    app.links.remove(place);
    Ok(Code::Done)
}
