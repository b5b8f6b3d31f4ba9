//! Snaps, their configuration, and their services.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::{Question, in_path};
use crate::{ChangeId, Snapd, SnapdError};

/// Which snaps are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// Of each snap the revision that is in use, or that would be if the snap were enabled.
    Current,
    /// Every revision that is on the device.
    All,
}

/// A snap on the device.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Snap {
    /// What the store calls it for ever; empty for one that did not come from a store.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The same for people.
    pub title: String,
    /// `app`, `base`, `kernel`, `gadget`, `os` or `snapd`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `active` or `installed`.
    pub status: String,
    /// In its maker's words.
    pub version: String,
    /// From which channel it was installed.
    pub channel: String,
    /// Which channel it follows.
    pub tracking_channel: String,
    /// `29`, or `x2` for one that did not come from a store.
    pub revision: String,
    /// `strict`, `classic` or `devmode`.
    pub confinement: String,
    /// Whether it was installed without confinement, for development.
    pub devmode: bool,
    /// When this revision was installed, in RFC 3339.
    pub install_date: Option<String>,
    /// In bytes.
    pub installed_size: i64,
    /// Its commands and services.
    pub apps: Vec<App>,
}

/// A command or a service of a snap.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct App {
    /// Its snap.
    pub snap: String,
    /// Its name within the snap.
    pub name: String,
    /// `simple`, `oneshot` and so on for a service; empty for a command.
    pub daemon: String,
    /// Whether the service is started with the device.
    pub enabled: bool,
    /// Whether the service runs.
    pub active: bool,
}

/// What can be done with a snap as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SnapOp {
    /// Installs it, from this channel or the usual one.
    Install {
        /// Such as `latest/edge`.
        channel: Option<String>,
    },
    /// Removes it, with a snapshot of its data as snapd thinks right.
    Remove,
    /// Brings it up to date, and has it follow this channel from now on if one is given.
    Refresh {
        /// Such as `latest/edge`.
        channel: Option<String>,
    },
    /// Goes back to the revision before.
    Revert,
    /// Makes a disabled one usable again.
    Enable,
    /// Makes it unusable without removing it.
    Disable,
    /// Has it follow another channel, without refreshing it now.
    Switch {
        /// Such as `latest/edge`.
        channel: String,
    },
}

/// What can be done with services.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppsAction {
    /// Starts those that do not run.
    Start,
    /// Stops them.
    Stop,
    /// Stops and starts them.
    Restart,
}

impl App {
    /// Whether it is a service rather than a command.
    pub fn is_service(&self) -> bool {
        !self.daemon.is_empty()
    }
}

impl AppsAction {
    /// As snapd writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

impl SnapOp {
    /// As snapd writes it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Install { .. } => "install",
            Self::Remove => "remove",
            Self::Refresh { .. } => "refresh",
            Self::Revert => "revert",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Switch { .. } => "switch",
        }
    }

    fn channel(&self) -> Option<&str> {
        match self {
            Self::Install { channel } | Self::Refresh { channel } => channel.as_deref(),
            Self::Switch { channel } => Some(channel),
            Self::Remove | Self::Revert | Self::Enable | Self::Disable => None,
        }
    }
}

impl Snapd {
    /// The snaps on the device, with their services; without any it is empty.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn snaps(&self, which: Which) -> Result<Vec<Snap>, SnapdError> {
        let path = match which {
            Which::Current => "/v2/snaps",
            Which::All => "/v2/snaps?select=all",
        };
        self.result(Question::get(path)).await
    }

    /// One snap on the device.
    ///
    /// # Errors
    /// It is not there ([`SnapdError::is_missing`]), or there is no answer.
    pub async fn snap(&self, name: &str) -> Result<Snap, SnapdError> {
        let name = in_path(name)?;
        self.result(Question::get(format!("/v2/snaps/{name}")))
            .await
    }

    /// The configuration of a snap; empty if it has none. `system` is the device's own.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn conf(&self, name: &str) -> Result<Map<String, Value>, SnapdError> {
        let name = in_path(name)?;
        self.result(Question::get(format!("/v2/snaps/{name}/conf?keys=")))
            .await
    }

    /// Changes the configuration of a snap: keys may have dots, a null deletes.
    ///
    /// # Errors
    /// snapd does not begin it, or there is no answer.
    pub async fn set_conf(
        &self,
        name: &str,
        values: &Map<String, Value>,
    ) -> Result<ChangeId, SnapdError> {
        let name = in_path(name)?;
        let path = format!("/v2/snaps/{name}/conf");
        self.begin(Question::json(Method::PUT, path, values)).await
    }

    /// Begins to do something with a snap.
    ///
    /// # Errors
    /// snapd does not begin it, or there is no answer.
    pub async fn snap_op(&self, name: &str, op: &SnapOp) -> Result<ChangeId, SnapdError> {
        let name = in_path(name)?;
        let mut body = json!({"action": op.as_str()});
        if let Some(channel) = op.channel() {
            body["channel"] = channel.into();
        }
        let path = format!("/v2/snaps/{name}");
        self.begin(Question::json(Method::POST, path, &body)).await
    }

    /// Begins to start, stop or restart services, named `snap.service`, or `snap` for all of one.
    ///
    /// # Errors
    /// snapd does not begin it, or there is no answer.
    pub async fn apps_op(
        &self,
        action: AppsAction,
        names: &[String],
    ) -> Result<ChangeId, SnapdError> {
        let body = json!({"action": action.as_str(), "names": names});
        self.begin(Question::json(Method::POST, "/v2/apps", &body))
            .await
    }

    async fn begin(&self, question: Question) -> Result<ChangeId, SnapdError> {
        let (change, _nothing): (_, Value) = self.start(question).await?;
        Ok(change)
    }
}
