//! Drivers and applications: list, make, set, start and stop.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Asked, Here, body, params};
use crate::neuron::code::Code;
use crate::neuron::page::Note;
use crate::neuron::plant::{Node, Side};

#[derive(Deserialize)]
pub(super) struct ListParams {
    #[serde(rename = "type")]
    side: u8,
    node: Option<String>,
}

pub(super) async fn list(
    State(shared): Here,
    query: Result<Query<ListParams>, QueryRejection>,
) -> Answer<Value> {
    let asked = params(query)?;
    if asked.side != Side::South as u8 && asked.side != Side::North as u8 {
        return Err(Code::ParamInvalid);
    }
    let part = asked.node.unwrap_or_default();
    let plant = shared.plant.lock();
    let wanted = |node: &&Node| node.plugin.side as u8 == asked.side && node.name.contains(&part);
    let nodes: Vec<_> = plant
        .nodes
        .iter()
        .filter(wanted)
        .map(|node| json!({"name": node.name, "plugin": node.plugin.name, "tags": ""}))
        .collect();
    body(json!({"nodes": nodes}))
}

#[derive(Deserialize)]
pub(super) struct NewNode {
    name: String,
    plugin: String,
    params: Option<Value>,
}

pub(super) async fn add(State(shared): Here, Asked(asked): Asked<NewNode>) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    plant.add_node(&asked.name, &asked.plugin)?;
    if let Some(params) = asked.params {
        plant.node_mut(&asked.name)?.configure(params);
    }
    shared.tell(Note::info(format!("Node {} was added", asked.name)));
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct Rename {
    name: String,
    new_name: String,
}

pub(super) async fn rename(State(shared): Here, Asked(asked): Asked<Rename>) -> Result<Code, Code> {
    shared
        .plant
        .lock()
        .rename_node(&asked.name, &asked.new_name)?;
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

pub(super) async fn remove(State(shared): Here, Asked(asked): Asked<Named>) -> Result<Code, Code> {
    shared.plant.lock().remove_node(&asked.name)?;
    shared.tell(Note::info(format!("Node {} was removed", asked.name)));
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct OfNode {
    node: String,
}

pub(super) async fn setting(
    State(shared): Here,
    query: Result<Query<OfNode>, QueryRejection>,
) -> Answer<Value> {
    let asked = params(query)?;
    let plant = shared.plant.lock();
    let given = plant.node(&asked.node)?.params.clone();
    let given = given.ok_or(Code::SettingMissing)?;
    body(json!({"node": asked.node, "params": given}))
}

#[derive(Deserialize)]
pub(super) struct Setting {
    node: String,
    params: Value,
}

pub(super) async fn set(State(shared): Here, Asked(asked): Asked<Setting>) -> Result<Code, Code> {
    shared
        .plant
        .lock()
        .node_mut(&asked.node)?
        .configure(asked.params);
    shared.tell(Note::info(format!("Node {} got new settings", asked.node)));
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct Control {
    node: String,
    cmd: u8,
}

pub(super) async fn control(
    State(shared): Here,
    Asked(asked): Asked<Control>,
) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let node = plant.node_mut(&asked.node)?;
    let done = match asked.cmd {
        0 => node.start().map(|()| "started"),
        1 => node.stop().map(|()| "stopped"),
        _ => Err(Code::ParamInvalid),
    }?;
    shared.tell(Note::info(format!("Node {} was {done}", asked.node)));
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct StateParams {
    node: Option<String>,
}

pub(super) async fn state(
    State(shared): Here,
    query: Result<Query<StateParams>, QueryRejection>,
) -> Result<Json<Value>, Code> {
    let asked = params(query)?;
    let plant = shared.plant.lock();
    let state = |node: &Node| {
        json!({
            "node": node.name, "running": node.run as u8, "link": u8::from(node.is_linked()),
            "rtt": if node.is_linked() { 3 } else { 9999 }, "log_level": node.log_level,
            "sub_group_count": node.links.len(),
        })
    };
    match asked.node {
        Some(name) => body(state(plant.node(&name)?)),
        None => {
            let states: Vec<_> = plant.nodes.iter().map(state).collect();
            body(json!({"states": states, "neuron_core": "notice"}))
        }
    }
}
