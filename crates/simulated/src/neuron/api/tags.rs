//! Tags of a group.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Asked, Here, body, params};
use crate::neuron::code::Code;
use crate::neuron::plant::TagDefinition;

#[derive(Deserialize)]
pub(super) struct ListParams {
    node: String,
    group: String,
    name: Option<String>,
}

pub(super) async fn list(
    State(shared): Here,
    query: Result<Query<ListParams>, QueryRejection>,
) -> Answer<Value> {
    let asked = params(query)?;
    let part = asked.name.unwrap_or_default();
    let plant = shared.plant.lock();
    let group = plant.node(&asked.node)?.group(&asked.group)?;
    let tags: Vec<_> = group
        .tags
        .iter()
        .map(|tag| &tag.definition)
        .filter(|tag| tag.name.contains(&part))
        .collect();
    body(json!({"tags": tags}))
}

#[derive(Deserialize)]
pub(super) struct SomeTags {
    node: String,
    group: String,
    tags: Vec<TagDefinition>,
}

/// Adds tags up to the first that cannot be added; `index` says how many went in.
pub(super) async fn add(State(shared): Here, Asked(asked): Asked<SomeTags>) -> Answer<Value> {
    let mut plant = shared.plant.lock();
    let group = plant.node_mut(&asked.node)?.group_mut(&asked.group)?;
    let mut added = 0;
    for definition in asked.tags {
        if let Err(code) = group.add_tag(definition) {
            return Ok(Json(json!({"index": added, "error": code.number()})));
        }
        added += 1;
    }
    body(json!({"index": added, "error": 0}))
}

pub(super) async fn change(State(shared): Here, Asked(asked): Asked<SomeTags>) -> Answer<Value> {
    let mut plant = shared.plant.lock();
    let group = plant.node_mut(&asked.node)?.group_mut(&asked.group)?;
    let mut changed = 0;
    for definition in asked.tags {
        match group.tag_mut(&definition.name) {
            Ok(tag) => tag.definition = definition,
            Err(code) => return Ok(Json(json!({"index": changed, "error": code.number()}))),
        }
        changed += 1;
    }
    body(json!({"index": changed, "error": 0}))
}

#[derive(Deserialize)]
pub(super) struct NamedTags {
    node: String,
    group: String,
    tags: Vec<String>,
}

pub(super) async fn remove(
    State(shared): Here,
    Asked(asked): Asked<NamedTags>,
) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let group = plant.node_mut(&asked.node)?.group_mut(&asked.group)?;
    for name in &asked.tags {
        group.tag_mut(name)?;
    }
    group
        .tags
        .retain(|tag| !asked.tags.contains(&tag.definition.name));
    Ok(Code::Done)
}
