//! Groups of tags.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Asked, Here, body, params};
use crate::neuron::code::Code;

#[derive(Deserialize)]
pub(super) struct OfNode {
    node: String,
}

pub(super) async fn list(
    State(shared): Here,
    query: Result<Query<OfNode>, QueryRejection>,
) -> Answer<Value> {
    let asked = params(query)?;
    let plant = shared.plant.lock();
    let groups = plant.node(&asked.node)?.groups.iter();
    let groups: Vec<_> = groups
        .map(|group| {
            json!({"name": group.name, "interval": group.interval_ms, "tag_count": group.tags.len()})
        })
        .collect();
    body(json!({"groups": groups}))
}

#[derive(Deserialize)]
pub(super) struct NewGroup {
    node: String,
    group: String,
    interval: u32,
}

pub(super) async fn add(State(shared): Here, Asked(asked): Asked<NewGroup>) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    plant
        .node_mut(&asked.node)?
        .add_group(&asked.group, asked.interval)?;
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct Change {
    node: String,
    group: String,
    new_name: Option<String>,
    interval: Option<u32>,
}

pub(super) async fn change(State(shared): Here, Asked(asked): Asked<Change>) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let node = plant.node_mut(&asked.node)?;
    node.group(&asked.group)?;
    if let Some(new_name) = &asked.new_name
        && *new_name != asked.group
        && node.group(new_name).is_ok()
    {
        return Err(Code::GroupExists);
    }
    let group = node.group_mut(&asked.group)?;
    group.interval_ms = asked.interval.unwrap_or(group.interval_ms);
    group.name = asked.new_name.unwrap_or(asked.group);
    Ok(Code::Done)
}

#[derive(Deserialize)]
pub(super) struct GroupOfNode {
    node: String,
    group: String,
}

pub(super) async fn remove(
    State(shared): Here,
    Asked(asked): Asked<GroupOfNode>,
) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let node = plant.node_mut(&asked.node)?;
    node.group(&asked.group)?;
    node.groups.retain(|group| group.name != asked.group);
    for app in &mut plant.nodes {
        app.links
            .retain(|link| link.driver != asked.node || link.group != asked.group);
    }
    Ok(Code::Done)
}
