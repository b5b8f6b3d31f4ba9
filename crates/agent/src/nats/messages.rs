//! Requests and replies of the NATS API: JSON, with the names of the iot-agent. Unknown fields are passed over, and what is
//! empty is left out.

use edgeward_snapd::Snap;
use serde::{Deserialize, Serialize};

/// A change id that stands for none.
pub(super) const NO_CHANGE: &str = "-1";

/// Asks for an assertion.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AssertionsRequest {
    /// The type of assertion; only `model` is given out.
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// The assertion.
#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AssertionsReply {
    /// Its text.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub(super) stream: String,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// Asks for something that needs no more words.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct EmptyRequest {}

/// All revisions of all snaps.
#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SnapsReply {
    /// The snaps.
    pub(super) snaps: Vec<SnapMessage>,
    /// Why there is no list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// A revision of a snap.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Snap", default))]
pub(super) struct SnapMessage {
    /// What the store calls it.
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    /// The same for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    /// `app`, `base`, `kernel`, `gadget`, `os` or `snapd`.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    kind: String,
    /// `active` or `installed`.
    #[serde(skip_serializing_if = "String::is_empty")]
    status: String,
    /// In its maker's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    /// From which channel it was installed.
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    /// Which channel it follows.
    #[serde(skip_serializing_if = "String::is_empty")]
    tracking_channel: String,
    /// Such as `29`, or `x2` for one that did not come from a store.
    #[serde(skip_serializing_if = "String::is_empty")]
    revision: String,
    /// When it was installed, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    install_date: Option<String>,
    /// In bytes.
    #[serde(skip_serializing_if = "is_zero")]
    installed_size: i64,
    /// Its commands and services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    apps: Vec<AppMessage>,
}

/// A command or a service of a snap.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "App", default))]
pub(super) struct AppMessage {
    /// Its name within the snap.
    name: String,
    /// `simple`, `oneshot` and so on for a service; absent for a command.
    #[serde(skip_serializing_if = "String::is_empty")]
    daemon: String,
    /// Whether the service runs; absent if not.
    #[serde(skip_serializing_if = "is_false")]
    active: bool,
    /// Whether the service is started with the device; absent if not.
    #[serde(skip_serializing_if = "is_false")]
    enabled: bool,
}

/// Asks for services to be started or stopped.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AppsRequest {
    /// `start` or `stop`.
    pub(super) action: String,
    /// Services as `snap.service`, or `snap` for all of one.
    pub(super) names: Vec<String>,
}

/// Asks for something to be done with one snap.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SnapRequest {
    /// `switch`.
    pub(super) action: String,
    /// Which channel it shall follow, such as `latest/edge`.
    #[serde(default)]
    pub(super) channel: String,
}

/// What snapd has begun.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ChangeReply {
    /// snapd's change, which goes on; `-1` if there is none.
    pub(super) change_id: String,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// Whether the agent is connected to its control plane.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ConnectionStatusReply {
    /// Whether it is.
    pub(super) connected: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_info: Option<ErrorInfo>,
}

/// What is wrong.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ErrorInfo {
    /// For a person to read.
    pub(super) message: String,
}

impl From<Snap> for SnapMessage {
    fn from(snap: Snap) -> Self {
        let app = |app: edgeward_snapd::App| AppMessage {
            name: app.name,
            daemon: app.daemon,
            active: app.active,
            enabled: app.enabled,
        };
        Self {
            id: snap.id,
            name: snap.name,
            title: snap.title,
            kind: snap.kind,
            status: snap.status,
            version: snap.version,
            channel: snap.channel,
            tracking_channel: snap.tracking_channel,
            revision: snap.revision,
            install_date: snap.install_date,
            installed_size: snap.installed_size,
            apps: snap.apps.into_iter().map(app).collect(),
        }
    }
}

impl ChangeReply {
    pub(super) fn of(result: Result<String, String>) -> Self {
        match result {
            Ok(change_id) => Self {
                change_id,
                error: None,
            },
            Err(error) => Self {
                change_id: NO_CHANGE.to_owned(),
                error: Some(error),
            },
        }
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}
