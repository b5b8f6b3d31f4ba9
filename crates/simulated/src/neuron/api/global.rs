//! What concerns the whole Neuron: version, plugins, configuration as one document, log levels.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Answer, Asked, Here, body, params};
use crate::Trouble;
use crate::neuron::code::Code;
use crate::neuron::page::Note;
use crate::neuron::plant::{Link, PLUGINS, Plant, TagDefinition};
use crate::neuron::{GlobalConfig, Shared};

/// How long a fragile Neuron is busy with the whole configuration.
const FRAGILE_CALL: Duration = Duration::from_millis(50);

/// The levels that Neuron knows.
const LOG_LEVELS: [&str; 6] = ["debug", "info", "notice", "warn", "error", "fatal"];

pub(super) async fn version(State(shared): Here) -> Answer<Value> {
    body(json!({"version": shared.version, "revision": "simulated", "build_date": "2026-11-20"}))
}

pub(super) async fn plugins() -> Answer<Value> {
    body(json!({"plugins": PLUGINS}))
}

#[derive(Deserialize)]
pub(super) struct SchemaParams {
    schema_name: String,
}

/// The parameters of the two drivers, as far as the simulation has any.
pub(super) async fn schema(query: Result<Query<SchemaParams>, QueryRejection>) -> Answer<Value> {
    let field = |name: &str, kind: &str, default: Value| json!({"name": name, "attribute": "required", "type": kind, "default": default, "valid": {}});
    match params(query)?.schema_name.as_str() {
        "modbus-tcp" => body(json!({
            "tag_regex": [],
            "host": field("Host", "string", json!("")), "port": field("Port", "int", json!(502)),
            "timeout": field("Connection timeout", "int", json!(3000)),
        })),
        "mqtt" => body(json!({
            "client-id": field("Client ID", "string", json!("")), "host": field("Broker host", "string", json!("")),
            "port": field("Broker port", "int", json!(1883)), "ssl": field("SSL", "bool", json!(false)),
        })),
        _ => Err(Code::PluginMissing),
    }
}

/// Everything that is configured, in one document.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    nodes: Vec<NodeEntry>,
    groups: Vec<GroupEntry>,
    tags: Vec<TagsEntry>,
    subscriptions: Vec<LinkEntry>,
    settings: Vec<SettingEntry>,
}

#[derive(Serialize, Deserialize)]
struct NodeEntry {
    name: String,
    plugin: String,
}

#[derive(Serialize, Deserialize)]
struct GroupEntry {
    driver: String,
    group: String,
    interval: u32,
}

#[derive(Serialize, Deserialize)]
struct TagsEntry {
    driver: String,
    group: String,
    tags: Vec<TagDefinition>,
}

#[derive(Serialize, Deserialize)]
struct LinkEntry {
    app: String,
    #[serde(flatten)]
    link: Link,
}

#[derive(Serialize, Deserialize)]
struct SettingEntry {
    node: String,
    params: Value,
}

pub(super) async fn config(State(shared): Here) -> Answer<Config> {
    let _alone = alone(&shared).await;
    body(current_config(&shared))
}

/// A call that concerns everything, as long as it runs.
struct Alone<'a>(&'a AtomicUsize);

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Where the Neuron is fragile, a call takes a moment, and a second one in that moment is the end of it.
async fn alone(shared: &Shared) -> Alone<'_> {
    let others = shared.global_calls.fetch_add(1, Ordering::SeqCst);
    let alone = Alone(&shared.global_calls);
    if shared.global_config == GlobalConfig::Fragile {
        if others > 0 {
            return shared.orders.crash().await;
        }
        tokio::time::sleep(FRAGILE_CALL).await;
    }
    alone
}

/// Everything that is configured.
pub(crate) fn current_config(shared: &Shared) -> Config {
    let plant = shared.plant.lock();
    let mut config = Config::default();
    for node in &plant.nodes {
        let driver = || node.name.clone();
        config.nodes.push(NodeEntry {
            name: driver(),
            plugin: node.plugin.name.to_owned(),
        });
        if let Some(params) = node.params.clone() {
            let node = driver();
            config.settings.push(SettingEntry { node, params });
        }
        for group in &node.groups {
            config.groups.push(GroupEntry {
                driver: driver(),
                group: group.name.clone(),
                interval: group.interval_ms,
            });
            config.tags.push(TagsEntry {
                driver: driver(),
                group: group.name.clone(),
                tags: group
                    .tags
                    .iter()
                    .map(|tag| tag.definition.clone())
                    .collect(),
            });
        }
        for link in &node.links {
            let (app, link) = (driver(), link.clone());
            config.subscriptions.push(LinkEntry { app, link });
        }
    }
    config
}

/// Replaces everything, or changes nothing.
pub(super) async fn replace(
    State(shared): Here,
    Asked(asked): Asked<Config>,
) -> Result<Code, Code> {
    let _alone = alone(&shared).await;
    let Some(trouble) = shared.troubles.begin() else {
        return replace_config(&shared, asked).map(|()| Code::Done);
    };
    if trouble.takes_half() {
        // The nodes, and nothing of what is in them.
        let nodes = asked.nodes;
        let half = Config {
            nodes,
            ..Config::default()
        };
        replace_config(&shared, half)?;
    }
    trouble.befall(&shared.orders).await;
    match trouble {
        Trouble::Ignores => Ok(Code::Done),
        Trouble::Refuses => Err(Code::PluginMissing),
        _ => Err(Code::Internal),
    }
}

/// Puts this in place of everything, or changes nothing.
pub(crate) fn replace_config(shared: &Shared, config: Config) -> Result<(), Code> {
    let plant = built(config)?;
    *shared.plant.lock() = plant;
    shared.tell(Note::info(
        "The whole configuration was replaced".to_owned(),
    ));
    Ok(())
}

fn built(config: Config) -> Result<Plant, Code> {
    let mut plant = Plant { nodes: Vec::new() };
    for entry in config.nodes {
        plant.add_node(&entry.name, &entry.plugin)?;
    }
    for entry in config.groups {
        plant
            .node_mut(&entry.driver)?
            .add_group(&entry.group, entry.interval)?;
    }
    for entry in config.tags {
        let group = plant.node_mut(&entry.driver)?.group_mut(&entry.group)?;
        entry
            .tags
            .into_iter()
            .try_for_each(|tag| group.add_tag(tag))?;
    }
    for entry in config.subscriptions {
        plant.subscribe(&entry.app, entry.link)?;
    }
    for entry in config.settings {
        plant.node_mut(&entry.node)?.configure(entry.params);
    }
    Ok(plant)
}

#[derive(Deserialize)]
pub(super) struct LogLevel {
    node: Option<String>,
    level: String,
}

pub(super) async fn log_level(
    State(shared): Here,
    Asked(asked): Asked<LogLevel>,
) -> Result<Code, Code> {
    if !LOG_LEVELS.contains(&asked.level.as_str()) {
        return Err(Code::ParamInvalid);
    }
    let mut plant = shared.plant.lock();
    match asked.node {
        Some(node) => plant.node_mut(&node)?.log_level = asked.level,
        None => {
            for node in &mut plant.nodes {
                node.log_level.clone_from(&asked.level);
            }
        }
    }
    Ok(Code::Done)
}
