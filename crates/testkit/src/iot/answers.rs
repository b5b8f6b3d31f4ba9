//! What an agent answers, in the encoding of its kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Whose agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Writes every key; knows no `switch`, `start`, `stop`, `restart`, `logs`, `snapshot`, `unregister`.
    Canonical,
    /// Leaves out what is empty, and `success` with it when something failed.
    Everactive,
}

/// A snap of the simulated device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snap {
    /// The version.
    pub version: String,
    /// The revision.
    pub revision: i64,
    /// The channel.
    pub channel: String,
    /// `active` or `disabled`.
    pub status: String,
    /// The configuration, as JSON text.
    pub config: String,
}

impl Snap {
    /// A snap from this channel.
    pub fn new(version: &str, channel: &str) -> Self {
        Self {
            version: version.to_owned(),
            revision: 1,
            channel: channel.to_owned(),
            status: "active".to_owned(),
            config: String::new(),
        }
    }
}

/// What the device is, and what is on it.
pub(super) struct Device {
    pub(super) kind: Kind,
    pub(super) organisation: String,
    pub(super) id: String,
    pub(super) brand: String,
    pub(super) model: String,
    pub(super) serial: String,
    pub(super) snaps: BTreeMap<String, Snap>,
    /// Snaps with which everything fails, and snapd's words for it.
    pub(super) failing: BTreeMap<String, String>,
    pub(super) changes: u64,
    pub(super) required: BTreeSet<String>,
}

/// What happens with a request.
pub(super) enum Outcome {
    /// This is published.
    Answer(Vec<u8>),
    /// The agent ends before its answer leaves.
    Ends,
    /// It could not be read: nothing happens.
    Nothing,
}

impl Device {
    pub(super) fn obey(&mut self, payload: &[u8]) -> Outcome {
        let Ok(request) = serde_json::from_slice::<Value>(payload) else {
            return Outcome::Nothing;
        };
        let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
        let (id, action, snap, data) = (text("id"), text("action"), text("snap"), text("data"));
        if action == "unregister" && self.kind == Kind::Everactive {
            return Outcome::Ends;
        }
        let Some(result) = self.carry_out(&action, &snap, &data) else {
            return Outcome::Answer(Vec::new());
        };
        Outcome::Answer(self.encode(&id, &action, result).to_string().into_bytes())
    }

    /// The result; none for an action that this kind does not know.
    fn carry_out(&mut self, action: &str, snap: &str, data: &str) -> Option<Result<Value, String>> {
        let only_everactive = ["switch", "start", "stop", "restart", "logs", "snapshot"];
        if only_everactive.contains(&action) && self.kind == Kind::Canonical {
            return None;
        }
        let about_a_snap = [
            "install", "remove", "refresh", "revert", "enable", "disable", "switch", "start",
            "stop", "restart", "conf", "setconf", "info",
        ];
        if about_a_snap.contains(&action) {
            if snap.is_empty() {
                let provided = match self.kind {
                    Kind::Canonical => "provided",
                    Kind::Everactive => "provIded",
                };
                return Some(Err(format!("No snap name {provided} for {action}")));
            }
            if let Some(words) = self.failing.get(snap) {
                return Some(Err(words.clone()));
            }
        }
        Some(match action {
            "device" => Ok(self.device()),
            "server" => Ok(self.version()),
            "list" if self.snaps.is_empty() => Err("no snaps installed".to_owned()),
            "list" => Ok(self
                .snaps
                .iter()
                .map(|(name, snap)| self.shown(name, snap))
                .collect()),
            "ack" | "logs" | "snapshot" => Ok(Value::Null),
            "conf" => match (self.kind, self.snaps.get(snap)) {
                (_, None) => Err(format!("snap \"{snap}\" is not installed")),
                (Kind::Everactive, _) => Ok(Value::Null),
                (Kind::Canonical, Some(snap)) => {
                    Ok(serde_json::from_str(&snap.config).unwrap_or_else(|_| json!({})))
                }
            },
            "info" => match (self.kind, self.snaps.get(snap)) {
                (_, None) => Err(format!("cannot retrieve snap \"{snap}\": not found")),
                (Kind::Everactive, Some(found)) => Ok(self.shown(snap, found)),
                (Kind::Canonical, Some(found)) => Ok(json!({
                    "id": "buPKUD3TKqCOgLEjjHx5kSiCpIs5cMuQ", "name": snap, "version": found.version,
                    "revision": found.revision.to_string(), "tracking-channel": found.channel,
                    "status": found.status, "confinement": "strict", "installed-size": 20480,
                    "install-date": "2026-01-01T00:00:00Z", "devmode": false,
                })),
            },
            "install" | "remove" | "refresh" | "revert" | "enable" | "disable" | "switch"
            | "start" | "stop" | "restart" | "setconf" => self.change(action, snap, data),
            _ => return None,
        })
    }

    fn change(&mut self, action: &str, name: &str, data: &str) -> Result<Value, String> {
        if action == "install" {
            let new = Snap::new("1.0", "latest/stable");
            self.snaps.entry(name.to_owned()).or_insert(new);
        } else if !self.snaps.contains_key(name) {
            return Err(format!("snap \"{name}\" is not installed"));
        }
        match (action, self.snaps.get_mut(name)) {
            ("remove", _) => {
                self.snaps.remove(name);
            }
            ("refresh" | "revert", Some(snap)) => snap.revision += 1,
            ("switch", Some(snap)) => {
                data.clone_into(&mut snap.channel);
                snap.revision += 1;
            }
            ("enable", Some(snap)) => snap.status = "active".to_owned(),
            ("disable", Some(snap)) => snap.status = "disabled".to_owned(),
            ("setconf", Some(snap)) => data.clone_into(&mut snap.config),
            _ => {}
        }
        self.changes += 1;
        Ok(Value::String(self.changes.to_string()))
    }

    fn device(&self) -> Value {
        json!({
            "orgId": self.organisation, "deviceId": self.id, "brand": self.brand, "model": self.model,
            "serial": self.serial, "store": "", "deviceKey": "", "version": self.version(),
            "created": "0001-01-01T00:00:00Z", "lastRefresh": "0001-01-01T00:00:00Z",
        })
    }

    fn version(&self) -> Value {
        json!({
            "deviceId": self.id, "version": "2.63", "series": "16", "osId": "ubuntu-core", "osVersionId": "22",
            "onClassic": false, "kernelVersion": "5.15.0-101-generic",
        })
    }

    fn shown(&self, name: &str, snap: &Snap) -> Value {
        json!({
            "deviceId": self.id, "name": name, "installedSize": 20480, "installedDate": "2026-01-01T00:00:00Z",
            "status": snap.status, "channel": snap.channel, "confinement": "strict", "version": snap.version,
            "revision": snap.revision, "devmode": false, "config": snap.config,
        })
    }

    fn encode(&self, id: &str, action: &str, result: Result<Value, String>) -> Value {
        let (success, message, result) = match result {
            Ok(result) => (true, String::new(), result),
            Err(message) => (false, message, Value::Null),
        };
        let full = json!({
            "id": id, "action": action, "success": success, "message": message, "result": result,
        });
        match self.kind {
            Kind::Canonical => full,
            Kind::Everactive => without_the_empty(full),
        }
    }
}

/// As a Go program writes it that omits what is empty; times are never empty.
fn without_the_empty(value: Value) -> Value {
    match value {
        Value::Object(keys) => {
            let kept: Map<String, Value> = keys
                .into_iter()
                .map(|(key, value)| (key, without_the_empty(value)))
                .filter(|(_, value)| {
                    !(value.is_null()
                        || value == &json!(false)
                        || value == &json!("")
                        || value == &json!(0))
                })
                .collect();
            Value::Object(kept)
        }
        Value::Array(items) => items.into_iter().map(without_the_empty).collect(),
        other => other,
    }
}
