//! Values: read and write.

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Asked, Here, body};
use crate::neuron::code::Code;
use crate::neuron::plant::{Group, Node};
use crate::neuron::signal::Signal;

#[derive(Deserialize)]
pub(super) struct Read {
    node: String,
    group: String,
}

pub(super) async fn read(State(shared): Here, Asked(asked): Asked<Read>) -> Answer<Value> {
    let elapsed_s = shared.elapsed_s();
    let plant = shared.plant.lock();
    let node = plant.node(&asked.node)?;
    let group = node.group(&asked.group)?;
    body(json!({"tags": values(node, group, elapsed_s)}))
}

/// The values of a group, or for each tag why there is none.
pub(in crate::neuron) fn values(node: &Node, group: &Group, elapsed_s: f64) -> Vec<Value> {
    let value = |(place, tag): (usize, &crate::neuron::plant::Tag)| {
        let name = &tag.definition.name;
        if node.is_linked() {
            json!({"name": name, "value": tag.signal.at(elapsed_s, salt(&node.name, place))})
        } else {
            json!({"name": name, "error": Code::Disconnected.number()})
        }
    };
    group.tags.iter().enumerate().map(value).collect()
}

/// Keeps equal signals of different nodes apart.
fn salt(node: &str, place: usize) -> u64 {
    let name = node
        .bytes()
        .fold(17_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
    name.wrapping_add(place as u64 * 7919)
}

#[derive(Deserialize)]
pub(super) struct Write {
    node: String,
    group: String,
    tag: String,
    value: Value,
}

pub(super) async fn write(State(shared): Here, Asked(asked): Asked<Write>) -> Result<Code, Code> {
    let mut plant = shared.plant.lock();
    let node = plant.node_mut(&asked.node)?;
    if !node.is_linked() {
        return Err(Code::Disconnected);
    }
    let tag = node.group_mut(&asked.group)?.tag_mut(&asked.tag)?;
    if !tag.is_writable() {
        return Err(Code::NotWritable);
    }
    tag.signal = Signal::Held(asked.value);
    Ok(Code::Done)
}
