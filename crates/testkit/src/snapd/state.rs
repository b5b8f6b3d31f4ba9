//! What the simulated device is and has.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::changes::{Rule, SimChange};

/// What the device is, when it starts.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The text of its model assertion; none for a device without.
    pub model: Option<String>,
    /// The text of its serial assertion; none for a device without.
    pub serial: Option<String>,
    /// The snaps that are on it.
    pub snaps: Vec<SimSnap>,
}

/// A snap on the device.
#[derive(Clone, PartialEq, Debug)]
pub struct SimSnap {
    /// Its name.
    pub name: String,
    /// In its maker's words.
    pub version: String,
    /// `29`, or `x2`.
    pub revision: String,
    /// Which channel it follows.
    pub channel: String,
    /// Whether it is in use.
    pub enabled: bool,
    /// Its services, and whether each runs.
    pub services: BTreeMap<String, bool>,
    /// Its configuration.
    pub conf: Map<String, Value>,
    /// In bytes.
    pub size: i64,
    /// Version and revision before this one.
    pub before: Option<(String, String)>,
}

/// A line of the log of services.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogEntry {
    /// In RFC 3339.
    pub timestamp: String,
    /// What was written.
    pub message: String,
    /// Who has written it.
    pub sid: String,
    /// Its process.
    pub pid: String,
}

impl SimSnap {
    /// An enabled snap of this name, version 1.0, revision 1, without services.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: "1.0".into(),
            revision: "1".into(),
            channel: "latest/stable".into(),
            enabled: true,
            services: BTreeMap::new(),
            conf: Map::new(),
            size: 4096,
            before: None,
        }
    }

    /// With a service that runs.
    #[must_use]
    pub fn with_service(mut self, name: impl Into<String>) -> Self {
        self.services.insert(name.into(), true);
        self
    }

    /// With this at a key of its configuration.
    #[must_use]
    pub fn with_conf(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.conf.insert(key.into(), value.into());
        self
    }

    /// In this version and revision.
    #[must_use]
    pub fn at(mut self, version: impl Into<String>, revision: impl Into<String>) -> Self {
        self.version = version.into();
        self.revision = revision.into();
        self
    }

    pub(super) fn json(&self) -> Value {
        let apps: Vec<Value> = self
            .services
            .iter()
            .map(|(name, active)| {
                let mut app = json!({"snap": self.name, "name": name, "daemon": "simple"});
                // snapd leaves out what is false
                if self.enabled {
                    app["enabled"] = true.into();
                }
                if *active && self.enabled {
                    app["active"] = true.into();
                }
                app
            })
            .collect();
        json!({
            "id": format!("id-of-{}", self.name),
            "title": self.name,
            "summary": "a snap",
            "description": "a simulated snap",
            "installed-size": self.size,
            "install-date": "2026-11-20T10:00:00.123456789+01:00",
            "name": self.name,
            "developer": "acme",
            "status": if self.enabled { "active" } else { "installed" },
            "type": "app",
            "version": self.version,
            "channel": self.channel,
            "tracking-channel": self.channel,
            "ignore-validation": false,
            "revision": self.revision,
            "confinement": "strict",
            "private": false,
            "devmode": false,
            "jailmode": false,
            "apps": apps,
            "mounted-from": format!("/var/lib/snapd/snaps/{}_{}.snap", self.name, self.revision),
        })
    }
}

/// What the store has in a channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Release {
    pub(super) version: String,
    pub(super) revision: String,
}

/// A snapshot set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Set {
    pub(super) id: u64,
    pub(super) snaps: Vec<String>,
}

pub(super) struct State {
    pub(super) device: Device,
    pub(super) system: Value,
    pub(super) snaps: BTreeMap<String, SimSnap>,
    pub(super) store: BTreeMap<(String, String), Release>,
    pub(super) changes: Vec<SimChange>,
    pub(super) next_change: u64,
    pub(super) sets: Vec<Set>,
    pub(super) next_set: u64,
    pub(super) export_bytes: usize,
    pub(super) users: Vec<String>,
    pub(super) acked: Vec<String>,
    pub(super) logs: Vec<LogEntry>,
    pub(super) rules: Vec<Rule>,
    pub(super) carried_out: BTreeMap<(String, String), usize>,
    pub(super) asked: Vec<String>,
    pub(super) reboots: usize,
}

impl State {
    pub(super) fn new(device: Device) -> Self {
        let snaps = device
            .snaps
            .iter()
            .map(|snap| (snap.name.clone(), snap.clone()))
            .collect();
        Self {
            device,
            system: json!({
                "series": "16",
                "version": "2.63",
                "os-release": {"id": "ubuntu-core", "version-id": "22"},
                "on-classic": false,
                "managed": false,
                "kernel-version": "5.15.0-100-generic",
                "architecture": "amd64",
                "confinement": "strict",
            }),
            snaps,
            store: BTreeMap::new(),
            changes: Vec::new(),
            next_change: 12,
            sets: Vec::new(),
            next_set: 1,
            export_bytes: 100_000,
            users: Vec::new(),
            acked: Vec::new(),
            logs: Vec::new(),
            rules: Vec::new(),
            carried_out: BTreeMap::new(),
            asked: Vec::new(),
            reboots: 0,
        }
    }

    pub(super) fn count(&mut self, op: &str, about: &str) {
        let key = (op.to_owned(), about.to_owned());
        *self.carried_out.entry(key).or_default() += 1;
    }
}
