//! snapd's own form of a snap, which Canonical's agent answers `info` with as it is.

use serde::Deserialize;
use serde_json::Value;

use super::result::{DeviceSnap, SnapService};
use super::text;

/// As much of it as [`DeviceSnap`] holds.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Raw {
    #[serde(deserialize_with = "text::short")]
    name: String,
    #[serde(deserialize_with = "text::or_default")]
    installed_size: i64,
    #[serde(deserialize_with = "text::short")]
    install_date: String,
    #[serde(deserialize_with = "text::short")]
    status: String,
    #[serde(deserialize_with = "text::short")]
    channel: String,
    #[serde(deserialize_with = "text::short")]
    tracking_channel: String,
    #[serde(deserialize_with = "text::short")]
    confinement: String,
    #[serde(deserialize_with = "text::short")]
    version: String,
    #[serde(deserialize_with = "text::short")]
    revision: String,
    #[serde(deserialize_with = "text::or_default")]
    devmode: bool,
    #[serde(deserialize_with = "text::or_default")]
    apps: Vec<RawApp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawApp {
    #[serde(deserialize_with = "text::short")]
    name: String,
    #[serde(deserialize_with = "text::short")]
    daemon: String,
    #[serde(deserialize_with = "text::or_default")]
    active: bool,
    #[serde(deserialize_with = "text::or_default")]
    enabled: bool,
}

/// Reads a snap in either form: theirs, or snapd's own, known by its revision being text.
pub(super) fn snap(value: &Value) -> Result<DeviceSnap, serde_json::Error> {
    if !value.get("revision").is_some_and(Value::is_string) {
        return DeviceSnap::deserialize(value).map(DeviceSnap::cut);
    }
    let raw = Raw::deserialize(value)?;
    let channel = if raw.tracking_channel.is_empty() {
        raw.channel
    } else {
        raw.tracking_channel
    };
    let services = raw.apps.into_iter().filter(|app| !app.daemon.is_empty());
    let snap = DeviceSnap {
        device_id: String::new(),
        name: raw.name,
        installed_size: raw.installed_size,
        installed_date: raw.install_date,
        status: raw.status,
        channel,
        confinement: raw.confinement,
        version: raw.version,
        revision: revision(&raw.revision),
        devmode: raw.devmode,
        config: String::new(),
        services: services
            .map(|app| SnapService {
                name: app.name,
                active: app.active,
                enabled: app.enabled,
                daemon: app.daemon,
            })
            .collect(),
    };
    Ok(snap.cut())
}

/// `29` is 29, and `x2`, a local one, -2; 0 where it is neither.
pub(super) fn revision(text: &str) -> i64 {
    match text.strip_prefix('x') {
        Some(local) => local.parse::<u32>().map_or(0, |number| -i64::from(number)),
        None => text.parse::<u32>().map_or(0, i64::from),
    }
}

impl DeviceSnap {
    /// The revision as snapd writes it: `29` for 29, and `x2` for -2.
    pub fn revision_text(&self) -> String {
        if self.revision < 0 {
            format!("x{}", self.revision.unsigned_abs())
        } else {
            self.revision.to_string()
        }
    }

    /// The number of a revision as snapd writes it: `29` is 29, and `x2` is -2; 0 where it is neither.
    pub fn revision_of(text: &str) -> i64 {
        revision(text)
    }

    /// From snapd's own form, for an agent that answers with it.
    ///
    /// # Errors
    /// It is not a snap.
    pub fn from_snapd(value: &Value) -> Result<Self, serde_json::Error> {
        snap(value)
    }
}
