//! Nodes, groups, tags and subscriptions: what a Neuron is configured with, and what may be done to it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::code::Code;
use super::signal::Signal;
use super::site::Site;

/// The most nodes, groups in a node, and tags in a group.
pub(super) const LIMITS: (usize, usize, usize) = (64, 64, 1024);

/// The fastest that a group may be read, in milliseconds.
const MIN_INTERVAL_MS: u32 = 100;

/// Attribute bits of a tag, and the types used here, in Neuron's numbers.
const READ: u8 = 1;
const WRITE: u8 = 2;
const SUBSCRIBE: u8 = 4;
const UINT32: u8 = 6;
const FLOAT: u8 = 9;
const BIT: u8 = 11;

/// Which way a plugin looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    South = 1,
    North = 2,
}

/// A kind of driver.
#[derive(PartialEq, Eq, Debug, Serialize)]
pub(super) struct Plugin {
    pub(super) name: &'static str,
    pub(super) library: &'static str,
    pub(super) schema: &'static str,
    pub(super) kind: u8,
    #[serde(rename = "node_type", serialize_with = "side_number")]
    pub(super) side: Side,
    pub(super) version: &'static str,
    pub(super) description: &'static str,
    pub(super) description_zh: &'static str,
}

pub(super) const MODBUS: Plugin = Plugin {
    name: "Modbus TCP",
    library: "libplugin-modbus-tcp.so",
    schema: "modbus-tcp",
    kind: 1,
    side: Side::South,
    version: "2.15.0",
    description: "Simulated Modbus TCP driver",
    description_zh: "模拟的 Modbus TCP 驱动",
};

pub(super) const MQTT: Plugin = Plugin {
    name: "MQTT",
    library: "libplugin-mqtt.so",
    schema: "mqtt",
    kind: 1,
    side: Side::North,
    version: "2.15.0",
    description: "Simulated MQTT application",
    description_zh: "模拟的 MQTT 应用",
};

pub(super) const PLUGINS: [&Plugin; 2] = [&MODBUS, &MQTT];

/// How far a node has come, in Neuron's numbers; 2 (ready) is passed through at once here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Run {
    Init = 1,
    Running = 3,
    Stopped = 4,
}

/// A driver or an application.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) plugin: &'static Plugin,
    pub(super) params: Option<Value>,
    pub(super) run: Run,
    pub(super) log_level: String,
    pub(super) groups: Vec<Group>,
    pub(super) links: Vec<Link>,
}

/// Tags that are read together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) interval_ms: u32,
    pub(super) tags: Vec<Tag>,
}

/// A value of a device.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) definition: TagDefinition,
    pub(super) signal: Signal,
}

/// A tag as the API has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TagDefinition {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) attribute: u8,
    #[serde(rename = "type")]
    pub(super) kind: u8,
    #[serde(default)]
    pub(super) precision: u8,
    #[serde(default)]
    pub(super) decimal: f64,
    #[serde(default)]
    pub(super) bias: f64,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) unit: String,
}

/// A subscription of an application to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) driver: String,
    pub(super) group: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) params: Value,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Plant {
    pub(super) nodes: Vec<Node>,
}

impl Plant {
    pub(super) fn of(site: Site) -> Self {
        Self {
            nodes: site.nodes(),
        }
    }

    pub(super) fn node(&self, name: &str) -> Result<&Node, Code> {
        self.nodes
            .iter()
            .find(|node| node.name == name)
            .ok_or(Code::NodeMissing)
    }

    pub(super) fn node_mut(&mut self, name: &str) -> Result<&mut Node, Code> {
        self.nodes
            .iter_mut()
            .find(|node| node.name == name)
            .ok_or(Code::NodeMissing)
    }

    pub(super) fn add_node(&mut self, name: &str, plugin: &str) -> Result<(), Code> {
        let plugin = PLUGINS.into_iter().find(|known| known.name == plugin);
        let plugin = plugin.ok_or(Code::PluginMissing)?;
        if self.node(name).is_ok() {
            return Err(Code::NodeExists);
        }
        if name.is_empty() || self.nodes.len() >= LIMITS.0 {
            return Err(Code::ParamInvalid);
        }
        self.nodes.push(Node::new(name, plugin));
        Ok(())
    }

    pub(super) fn rename_node(&mut self, name: &str, new_name: &str) -> Result<(), Code> {
        if self.node(new_name).is_ok() {
            return Err(Code::NodeExists);
        }
        new_name.clone_into(&mut self.node_mut(name)?.name);
        for link in self.nodes.iter_mut().flat_map(|node| &mut node.links) {
            if link.driver == name {
                new_name.clone_into(&mut link.driver);
            }
        }
        Ok(())
    }

    pub(super) fn remove_node(&mut self, name: &str) -> Result<(), Code> {
        self.node(name)?;
        self.nodes.retain(|node| node.name != name);
        for node in &mut self.nodes {
            node.links.retain(|link| link.driver != name);
        }
        Ok(())
    }

    /// Makes an application read a group.
    pub(super) fn subscribe(&mut self, app: &str, link: Link) -> Result<(), Code> {
        self.node(&link.driver)?.group(&link.group)?;
        let app = self.node_mut(app)?;
        if app.link(&link).is_some() {
            return Err(Code::AlreadySubscribed);
        }
        app.links.push(link);
        Ok(())
    }
}

impl Node {
    pub(super) fn new(name: &str, plugin: &'static Plugin) -> Self {
        Self {
            name: name.to_owned(),
            plugin,
            params: None,
            run: Run::Init,
            log_level: "notice".to_owned(),
            groups: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Whether it has reached what it talks to; a simulated device is always there.
    pub(super) fn is_linked(&self) -> bool {
        self.run == Run::Running
    }

    /// Gives it its parameters; with them it can run.
    pub(super) fn configure(&mut self, params: Value) {
        self.params = Some(params);
        if self.run == Run::Init {
            self.run = Run::Running;
        }
    }

    pub(super) fn start(&mut self) -> Result<(), Code> {
        match self.run {
            Run::Init => Err(Code::NodeNotReady),
            Run::Running => Err(Code::NodeRunning),
            Run::Stopped => {
                self.run = Run::Running;
                Ok(())
            }
        }
    }

    pub(super) fn stop(&mut self) -> Result<(), Code> {
        match self.run {
            Run::Init => Err(Code::NodeNotReady),
            Run::Stopped => Err(Code::NodeNotRunning),
            Run::Running => {
                self.run = Run::Stopped;
                Ok(())
            }
        }
    }

    pub(super) fn group(&self, name: &str) -> Result<&Group, Code> {
        self.groups
            .iter()
            .find(|group| group.name == name)
            .ok_or(Code::GroupMissing)
    }

    pub(super) fn group_mut(&mut self, name: &str) -> Result<&mut Group, Code> {
        self.groups
            .iter_mut()
            .find(|group| group.name == name)
            .ok_or(Code::GroupMissing)
    }

    pub(super) fn add_group(&mut self, name: &str, interval_ms: u32) -> Result<(), Code> {
        if self.group(name).is_ok() {
            return Err(Code::GroupExists);
        }
        if name.is_empty() || interval_ms < MIN_INTERVAL_MS || self.groups.len() >= LIMITS.1 {
            return Err(Code::GroupInvalid);
        }
        self.groups.push(Group {
            name: name.to_owned(),
            interval_ms,
            tags: Vec::new(),
        });
        Ok(())
    }

    pub(super) fn link(&self, wanted: &Link) -> Option<usize> {
        let same = |link: &Link| link.driver == wanted.driver && link.group == wanted.group;
        self.links.iter().position(same)
    }
}

impl Group {
    pub(super) fn tag_mut(&mut self, name: &str) -> Result<&mut Tag, Code> {
        let mut tags = self.tags.iter_mut();
        tags.find(|tag| tag.definition.name == name)
            .ok_or(Code::TagMissing)
    }

    pub(super) fn add_tag(&mut self, definition: TagDefinition) -> Result<(), Code> {
        if self.tag_mut(&definition.name).is_ok() {
            return Err(Code::TagExists);
        }
        if definition.name.is_empty() || self.tags.len() >= LIMITS.2 {
            return Err(Code::ParamInvalid);
        }
        let signal = definition.first_signal();
        self.tags.push(Tag { definition, signal });
        Ok(())
    }
}

impl TagDefinition {
    /// How a tag moves that someone has added: by its type.
    fn first_signal(&self) -> Signal {
        match self.kind {
            FLOAT | 10 => Signal::Wave {
                mean: 50.0,
                swing: 10.0,
                period_s: 30.0,
                jitter: 0.5,
            },
            BIT | 12 => Signal::Cycle {
                period_s: 10.0,
                on_part: 0.5,
            },
            13 => Signal::Held("simulated".into()),
            _ => Signal::Counter {
                start: 0.0,
                per_s: 1.0,
            },
        }
    }
}

impl Tag {
    pub(super) fn reading(name: &str, address: &str, unit: &str, signal: Signal) -> Self {
        Self::new(name, address, unit, FLOAT, READ | SUBSCRIBE, signal)
    }

    pub(super) fn counting(name: &str, address: &str, signal: Signal) -> Self {
        Self::new(name, address, "", UINT32, READ | SUBSCRIBE, signal)
    }

    pub(super) fn switch(name: &str, address: &str, signal: Signal) -> Self {
        Self::new(name, address, "", BIT, READ | SUBSCRIBE, signal)
    }

    pub(super) fn setting(name: &str, address: &str, unit: &str, value: f64) -> Self {
        Self::new(
            name,
            address,
            unit,
            FLOAT,
            READ | WRITE,
            Signal::Held(value.into()),
        )
    }

    pub(super) fn is_writable(&self) -> bool {
        self.definition.attribute & WRITE != 0
    }

    fn new(name: &str, address: &str, unit: &str, kind: u8, attribute: u8, signal: Signal) -> Self {
        let definition = TagDefinition {
            name: name.to_owned(),
            address: address.to_owned(),
            attribute,
            kind,
            precision: if kind == FLOAT { 2 } else { 0 },
            decimal: 0.0,
            bias: 0.0,
            description: String::new(),
            unit: unit.to_owned(),
        };
        Self { definition, signal }
    }
}

impl Link {
    pub(super) fn new(driver: &str, group: &str) -> Self {
        Self {
            driver: driver.to_owned(),
            group: group.to_owned(),
            params: Value::Null,
        }
    }
}

fn side_number<S: serde::Serializer>(side: &Side, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(*side as u8)
}
