//! What a successful response carries: devices, versions, snaps. Read from any generation of agents.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::action::Response;
use super::{MAX_CONFIG_BYTES, MAX_SERVICES, MAX_SNAPS, snapd, text};
use crate::action::ActionName;

/// A device.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Device {
    /// The organisation's id.
    #[serde(deserialize_with = "text::short")]
    pub org_id: String,
    /// The device's id.
    #[serde(deserialize_with = "text::short")]
    pub device_id: String,
    /// `brand-id` of its assertions.
    #[serde(deserialize_with = "text::short")]
    pub brand: String,
    /// The model.
    #[serde(deserialize_with = "text::short")]
    pub model: String,
    /// The serial number.
    #[serde(deserialize_with = "text::short")]
    pub serial: String,
    /// `store` of the model assertion.
    #[serde(deserialize_with = "text::short")]
    pub store: String,
    /// `device-key` of the serial assertion.
    #[serde(deserialize_with = "text::key")]
    pub device_key: String,
    /// Its operating system; absent when snapd did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<DeviceVersion>,
    /// Always [`super::NO_TIME`] from an agent.
    #[serde(deserialize_with = "text::short")]
    pub created: String,
    /// Always [`super::NO_TIME`] from an agent.
    #[serde(deserialize_with = "text::short")]
    pub last_refresh: String,
}

/// Operating system and snapd.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceVersion {
    /// The device's id; servers pass over a version without it.
    #[serde(deserialize_with = "text::short")]
    pub device_id: String,
    /// snapd's version.
    #[serde(deserialize_with = "text::short")]
    pub version: String,
    /// The series, such as `16`.
    #[serde(deserialize_with = "text::short")]
    pub series: String,
    /// The operating system, such as `ubuntu-core`.
    #[serde(deserialize_with = "text::short")]
    pub os_id: String,
    /// Its version, such as `22`.
    #[serde(deserialize_with = "text::short")]
    pub os_version_id: String,
    /// Whether it is not Ubuntu Core.
    #[serde(deserialize_with = "text::or_default")]
    pub on_classic: bool,
    /// The kernel's version.
    #[serde(deserialize_with = "text::short")]
    pub kernel_version: String,
}

/// A snap on a device.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceSnap {
    /// The device's id; from an old agent's `info` it is the snap's.
    #[serde(deserialize_with = "text::short")]
    pub device_id: String,
    /// The name.
    #[serde(deserialize_with = "text::short")]
    pub name: String,
    /// Bytes on disk.
    #[serde(deserialize_with = "text::or_default")]
    pub installed_size: i64,
    /// When it was installed, RFC 3339.
    #[serde(deserialize_with = "text::short")]
    pub installed_date: String,
    /// Such as `active`.
    #[serde(deserialize_with = "text::short")]
    pub status: String,
    /// The channel.
    #[serde(deserialize_with = "text::short")]
    pub channel: String,
    /// Such as `strict`.
    #[serde(deserialize_with = "text::short")]
    pub confinement: String,
    /// The version.
    #[serde(deserialize_with = "text::short")]
    pub version: String,
    /// The revision; local ones, `x2`, are negative.
    #[serde(deserialize_with = "text::or_default")]
    pub revision: i64,
    /// Whether it runs in developer mode.
    #[serde(deserialize_with = "text::or_default")]
    pub devmode: bool,
    /// Its configuration as JSON text, or nothing.
    #[serde(deserialize_with = "configuration")]
    pub config: String,
    /// Its services; old agents never say.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "text::or_default"
    )]
    pub services: Vec<SnapService>,
}

/// A service of a snap.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SnapService {
    /// The name.
    #[serde(deserialize_with = "text::short")]
    pub name: String,
    /// Whether it runs.
    #[serde(deserialize_with = "text::or_default")]
    pub active: bool,
    /// Whether it starts with the device.
    #[serde(deserialize_with = "text::or_default")]
    pub enabled: bool,
    /// Such as `simple`.
    #[serde(deserialize_with = "text::short")]
    pub daemon: String,
}

/// The snaps of a device.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SnapList {
    /// A hash of all that the list says, as the agent makes it; empty from old agents.
    #[serde(deserialize_with = "text::short")]
    pub snap_list_hash: String,
    /// A hash of the names only.
    #[serde(deserialize_with = "text::short")]
    pub installed_snaps_hash: String,
    /// The snaps.
    #[serde(deserialize_with = "text::or_default")]
    pub snaps: Vec<DeviceSnap>,
}

/// What a response says, once it is understood.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    /// It was not done; why, as far as the agent says.
    Failed(String),
    /// It was done, and there is nothing more to say.
    Done,
    /// snapd has taken it on as this change; whether it succeeds is not reported.
    Accepted {
        /// snapd's change.
        change: String,
    },
    /// The device.
    Device(Box<Device>),
    /// Operating system and snapd.
    Version(DeviceVersion),
    /// All snaps.
    Snaps(SnapList),
    /// One snap.
    Snap(Box<DeviceSnap>),
    /// A snap's configuration.
    Configuration(Map<String, Value>),
}

/// A response says something that its action cannot have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadResult {
    /// No action has this name.
    #[error("the response is to \"{0}\", which is no action")]
    UnknownAction(String),
    /// Only `list` has a version, and only 2.
    #[error("the response has the version \"{0}\", which is not known")]
    Version(String),
    /// The result has another shape.
    #[error("the result of {} cannot be read: {problem}", .action.as_str())]
    Shape {
        /// The action.
        action: ActionName,
        /// What does not fit.
        problem: String,
    },
    /// More snaps than are read.
    #[error("the list has {0} snaps; {MAX_SNAPS} are allowed")]
    TooManySnaps(usize),
}

impl Response {
    /// What it says.
    ///
    /// # Errors
    /// The action is not known, or the result cannot be its result.
    pub fn said(&self) -> Result<Said, BadResult> {
        let action = self
            .name()
            .ok_or_else(|| BadResult::UnknownAction(self.action.clone()))?;
        let versioned = match (&*self.version, action) {
            ("", _) => false,
            ("2", ActionName::List) => true,
            (other, _) => return Err(BadResult::Version(other.to_owned())),
        };
        if !self.success {
            return Ok(Said::Failed(self.message.clone()));
        }
        let shape = |error: serde_json::Error| BadResult::Shape {
            action,
            problem: error.to_string(),
        };
        match action {
            ActionName::Device | ActionName::Unregister => match &self.result {
                Value::Null => Ok(Said::Done),
                device => Device::deserialize(device)
                    .map(|device| Said::Device(Box::new(device)))
                    .map_err(shape),
            },
            ActionName::Server => DeviceVersion::deserialize(&self.result)
                .map(Said::Version)
                .map_err(shape),
            ActionName::List => snaps(&self.result, versioned),
            ActionName::Info => snapd::snap(&self.result)
                .map(|snap| Said::Snap(Box::new(snap)))
                .map_err(shape),
            ActionName::Conf => Ok(match &self.result {
                Value::Object(keys) => Said::Configuration(keys.clone()),
                _ => Said::Done,
            }),
            ActionName::Ack | ActionName::Logs | ActionName::Snapshot | ActionName::User => {
                Ok(Said::Done)
            }
            _ => Ok(match &self.result {
                Value::String(change) if !change.is_empty() => Said::Accepted {
                    change: text::cut(change.clone(), super::MAX_FIELD_CHARS),
                },
                Value::Number(change) => Said::Accepted {
                    change: change.to_string(),
                },
                _ => Said::Done,
            }),
        }
    }
}

fn snaps(result: &Value, versioned: bool) -> Result<Said, BadResult> {
    let shape = |problem: String| BadResult::Shape {
        action: ActionName::List,
        problem,
    };
    let items = match (versioned, result) {
        (_, Value::Null) => &Value::Null,
        (true, Value::Object(keys)) => keys.get("snaps").unwrap_or(&Value::Null),
        (false, list @ Value::Array(_)) => list,
        (true, _) => return Err(shape("it is not an object".to_owned())),
        (false, _) => return Err(shape("it is not an array".to_owned())),
    };
    let items = match items {
        Value::Null => &[],
        Value::Array(items) => items.as_slice(),
        _ => return Err(shape("its snaps are not an array".to_owned())),
    };
    // Before they are read one by one.
    if items.len() > MAX_SNAPS {
        return Err(BadResult::TooManySnaps(items.len()));
    }
    let hash = |key: &str| {
        let text = result.get(key).and_then(Value::as_str).unwrap_or_default();
        text::cut(text.to_owned(), super::MAX_FIELD_CHARS)
    };
    Ok(Said::Snaps(SnapList {
        snap_list_hash: hash("snapListHash"),
        installed_snaps_hash: hash("installedSnapsHash"),
        snaps: items
            .iter()
            .map(snapd::snap)
            .collect::<Result<_, _>>()
            .map_err(|error| shape(error.to_string()))?,
    }))
}

impl DeviceSnap {
    /// Within the limits.
    pub(super) fn cut(mut self) -> Self {
        self.services.truncate(MAX_SERVICES);
        self
    }
}

fn configuration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let config: String = text::or_default(deserializer)?;
    Ok(if config.len() > MAX_CONFIG_BYTES {
        String::new()
    } else {
        config
    })
}
