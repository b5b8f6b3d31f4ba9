//! Changes: what snapd is doing, or has done in the last day or so.

use std::fmt;
use std::time::SystemTime;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::{Question, in_path};
use crate::{Snapd, SnapdError, parse_time};

/// The name of a change: a number, counted up by snapd and never used twice.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(String);

/// Which changes are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Select {
    /// All that snapd still knows.
    All,
    /// Those that are not over.
    InProgress,
}

/// Something that snapd does in several steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// Names it.
    pub id: ChangeId,
    /// What it is, such as `install-snap`.
    pub kind: String,
    /// The same for people.
    #[serde(default)]
    pub summary: String,
    /// How far it is.
    pub status: ChangeStatus,
    /// Whether it is over.
    #[serde(default)]
    pub ready: bool,
    /// What went wrong; empty if nothing did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub err: String,
    /// When it was made, in RFC 3339.
    #[serde(default)]
    pub spawn_time: String,
    /// When it was over, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_time: Option<String>,
    /// Its steps.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// More, such as `snap-names`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

/// One step of a change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Task {
    /// Names it.
    pub id: String,
    /// What it is, such as `download-snap`.
    pub kind: String,
    /// The same for people.
    #[serde(default)]
    pub summary: String,
    /// How far it is.
    pub status: ChangeStatus,
    /// What it has noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// How far it is.
    #[serde(default)]
    pub progress: Progress,
    /// When it was made, in RFC 3339.
    #[serde(default)]
    pub spawn_time: String,
    /// When it was over, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_time: Option<String>,
}

/// How much of something is done.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done at the moment.
    #[serde(default)]
    pub label: String,
    /// How much of it is done, in units of `total`.
    #[serde(default)]
    pub done: u64,
    /// How much there is to do.
    #[serde(default)]
    pub total: u64,
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// How far a change or a task is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub enum ChangeStatus {
            $($(#[$doc])* $name,)+
            /// One that this client has never heard of.
            #[serde(other)]
            Unknown,
        }

        impl ChangeStatus {
            /// As snapd writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                    Self::Unknown => "Unknown",
                }
            }
        }
    };
}

statuses! {
    /// Nothing was said about it yet.
    Default,
    /// Left out, because something before it failed.
    Hold,
    /// To be done.
    Do,
    /// Being done.
    Doing,
    /// Done.
    Done,
    /// To be stopped and undone.
    Abort,
    /// To be undone.
    Undo,
    /// Being undone.
    Undoing,
    /// Undone.
    Undone,
    /// Failed.
    Error,
    /// Done as far as it goes before a restart of the device.
    Wait,
}

/// How a change ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// As it was meant to.
    Done,
    /// It failed, and was undone as far as that goes; in snapd's words.
    Failed(String),
    /// It was undone on request.
    Undone,
}

impl ChangeId {
    /// The change of this name.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// As snapd writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its number: that of a later change is higher. None if it is no number.
    pub fn number(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Change {
    /// How it ended; none while it goes on.
    pub fn end(&self) -> Option<End> {
        if !self.ready {
            return None;
        }
        Some(match self.status {
            ChangeStatus::Done => End::Done,
            ChangeStatus::Hold | ChangeStatus::Undone | ChangeStatus::Abort
                if self.err.is_empty() =>
            {
                End::Undone
            }
            status if self.err.is_empty() => {
                End::Failed(format!("{} ended as {}", self.summary, status.as_str()))
            }
            _ => End::Failed(self.err.clone()),
        })
    }

    /// How far it is: the task that is being done, and that task's progress if it counts; otherwise tasks.
    pub fn progress(&self) -> Progress {
        let over = |task: &&Task| {
            matches!(
                task.status,
                ChangeStatus::Done
                    | ChangeStatus::Undone
                    | ChangeStatus::Hold
                    | ChangeStatus::Error
            )
        };
        let busy =
            |task: &&Task| matches!(task.status, ChangeStatus::Doing | ChangeStatus::Undoing);
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        match self.tasks.iter().find(busy) {
            // snapd writes 1 of 1, or 0 of 1, where it does not count.
            Some(task) if task.progress.total > 1 => Progress {
                label: if task.progress.label.is_empty() {
                    task.summary.clone()
                } else {
                    task.progress.label.clone()
                },
                ..task.progress
            },
            task => Progress {
                label: task.map_or_else(|| self.summary.clone(), |task| task.summary.clone()),
                done: count(self.tasks.iter().filter(over).count()),
                total: count(self.tasks.len()),
            },
        }
    }

    /// The snaps that it is about, as far as it says.
    pub fn snap_names(&self) -> Vec<String> {
        let names = self.data.get("snap-names").and_then(Value::as_array);
        names
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    }

    /// When it was made; none if snapd says it in a way that is not understood.
    pub fn spawned(&self) -> Option<SystemTime> {
        parse_time(&self.spawn_time)
    }
}

impl Select {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::InProgress => "in-progress",
        }
    }
}

impl Snapd {
    /// What snapd is doing, or has done in the last day or so.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn changes(&self, select: Select) -> Result<Vec<Change>, SnapdError> {
        self.result(changes(select)).await
    }

    /// What snapd is doing, or has done in the last day or so, with this snap. Not every change names its snaps in what it says of
    /// itself, but snapd knows.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn changes_for(&self, snap: &str) -> Result<Vec<Change>, SnapdError> {
        let snap = in_path(snap)?;
        let path = format!("/v2/changes?select=all&for={snap}");
        self.result(Question::get(path)).await
    }

    /// The number of the newest change that snapd knows; none if it knows none. Cheaper than to look at all of them.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn newest_change(&self) -> Result<Option<u64>, SnapdError> {
        #[derive(Deserialize)]
        struct Named {
            id: ChangeId,
        }
        let all: Vec<Named> = self.result(changes(Select::All)).await?;
        Ok(all.iter().filter_map(|change| change.id.number()).max())
    }

    /// What [`changes`](Self::changes) gives, exactly as snapd writes it.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn changes_verbatim(&self, select: Select) -> Result<Value, SnapdError> {
        self.result(changes(select)).await
    }

    /// One change, with its tasks.
    ///
    /// # Errors
    /// There is no answer; or no such change any more: [`SnapdError::is_missing`].
    pub async fn change(&self, id: &ChangeId) -> Result<Change, SnapdError> {
        let id = in_path(id.as_str())?;
        self.result(Question::get(format!("/v2/changes/{id}")))
            .await
    }

    /// Asks for a change to be undone. It goes on for as long as that takes; see [`Change::end`].
    ///
    /// # Errors
    /// It is over already, or there is no answer.
    pub async fn abort(&self, id: &ChangeId) -> Result<Change, SnapdError> {
        let id = in_path(id.as_str())?;
        let body = serde_json::json!({"action": "abort"});
        self.result(Question::json(
            Method::POST,
            format!("/v2/changes/{id}"),
            &body,
        ))
        .await
    }
}

fn changes(select: Select) -> Question {
    Question::get(format!("/v2/changes?select={}", select.as_str()))
}
