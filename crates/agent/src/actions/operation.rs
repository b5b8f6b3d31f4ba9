//! What snapd has to be asked for an action.

use edgeward_snapd::{AppsAction, NewUser, SnapOp};
use edgeward_wire::action::{ActionName, ActionRequest};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an action comes down to.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Operation {
    /// Something that only looks.
    Look(ActionName),
    /// Something that snapd does in a change.
    Change(ChangeOperation),
    /// A snapshot, of this snap or of all, put to a URL.
    Snapshot { snaps: Vec<String>, url: String },
    /// The log, put to a URL.
    Logs { url: String, lines: u32 },
    /// An assertion handed over. Doing it twice is doing it once.
    Ack(String),
    /// A user made or removed, at once.
    User(UserOperation),
    /// The identity given up.
    Unregister,
}

/// What snapd does in a change.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum ChangeOperation {
    Snap(SnapOp),
    Configure(Map<String, Value>),
    Services(AppsAction, Vec<String>),
}

/// What is done with users.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub(crate) enum UserOperation {
    Create(NewUser),
    Remove { username: String },
}

/// How many lines of the log are sent unless it is said.
const DEFAULT_LOG_LINES: u32 = 1000;

/// The kind of change that takes a snapshot.
pub(crate) const SNAPSHOT_KIND: &str = "snapshot-snap";

#[derive(Deserialize)]
struct Target {
    url: String,
    #[serde(default)]
    limit: Option<u32>,
}

impl Operation {
    /// What a request comes down to. It was checked before; `None` only if it was not.
    pub(crate) fn of(request: &ActionRequest) -> Option<Self> {
        let channel = Some(request.data.clone()).filter(|channel| !channel.is_empty());
        let snap = |op| Self::Change(ChangeOperation::Snap(op));
        let services = |action| {
            let named = request.services();
            let names = if named.is_empty() {
                vec![request.snap.clone()]
            } else {
                named
            };
            Self::Change(ChangeOperation::Services(action, names))
        };
        let target = || serde_json::from_str::<Target>(&request.data).ok();
        Some(match request.name {
            ActionName::Conf
            | ActionName::Device
            | ActionName::Info
            | ActionName::List
            | ActionName::Server => Self::Look(request.name),
            ActionName::Install => snap(SnapOp::Install { channel }),
            // The iot-agent's switch is a refresh that follows another channel.
            ActionName::Refresh | ActionName::Switch => snap(SnapOp::Refresh { channel }),
            ActionName::Remove => snap(SnapOp::Remove),
            ActionName::Revert => snap(SnapOp::Revert),
            ActionName::Enable => snap(SnapOp::Enable),
            ActionName::Disable => snap(SnapOp::Disable),
            ActionName::Start => services(AppsAction::Start),
            ActionName::Stop => services(AppsAction::Stop),
            ActionName::Restart => services(AppsAction::Restart),
            ActionName::Setconf => Self::Change(ChangeOperation::Configure(
                serde_json::from_str(&request.data).ok()?,
            )),
            ActionName::Snapshot => Self::Snapshot {
                snaps: Some(request.snap.clone())
                    .filter(|snap| !snap.is_empty())
                    .into_iter()
                    .collect(),
                url: target()?.url,
            },
            ActionName::Logs => {
                let Target { url, limit } = target()?;
                let lines = limit.unwrap_or(DEFAULT_LOG_LINES);
                Self::Logs { url, lines }
            }
            ActionName::Ack => Self::Ack(request.data.clone()),
            ActionName::User => Self::User(serde_json::from_str(&request.data).ok()?),
            ActionName::Unregister => Self::Unregister,
        })
    }
}

impl ChangeOperation {
    /// The kind of the change that comes of it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Snap(SnapOp::Install { .. }) => "install-snap",
            Self::Snap(SnapOp::Remove) => "remove-snap",
            Self::Snap(SnapOp::Refresh { .. }) => "refresh-snap",
            Self::Snap(SnapOp::Revert) => "revert-snap",
            Self::Snap(SnapOp::Enable) => "enable-snap",
            Self::Snap(SnapOp::Disable) => "disable-snap",
            Self::Snap(SnapOp::Switch { .. }) => "switch-snap",
            Self::Configure(_) => "configure-snap",
            Self::Services(..) => "service-control",
        }
    }
}
