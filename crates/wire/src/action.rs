//! Actions on a device: their names, what is asked, and how far one has come. JSON.
//!
//! The names, and what `snap` and `data` mean for each, are those of the iot-agent, so that one action can go to either kind
//! of agent. What is allowed to be asked is checked here, at both ends.

use edgeward_ids::ActionId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use check::{BadAction, is_channel, is_snap_name};

mod check;

/// The longest `data` of an action, in bytes.
pub const MAX_DATA_BYTES: usize = 32 * 1024;

/// The longest snap name, in characters; snapd's own limit.
pub const MAX_SNAP_NAME_CHARS: usize = 40;

/// The longest message in a report of an action, in characters; what is longer is cut when it is written.
pub const MAX_MESSAGE_CHARS: usize = 4000;

/// The largest result in a report of an action, as JSON, in bytes; a larger one is left out, and the message says so.
pub const MAX_RESULT_BYTES: usize = 128 * 1024;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What can be asked of a device.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum ActionName {
            $($(#[$doc])* $name,)+
        }

        impl ActionName {
            /// All of them, by name.
            pub const ALL: [Self; 21] = [$(Self::$name,)+];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

names! {
    /// Hands snapd an assertion: `data` is its text.
    Ack = "ack",
    /// The snap's configuration.
    Conf = "conf",
    /// The device: identity and operating system.
    Device = "device",
    /// Disables the snap.
    Disable = "disable",
    /// Enables the snap.
    Enable = "enable",
    /// What snapd knows of the snap.
    Info = "info",
    /// Installs the snap; `data`, if any, is the channel.
    Install = "install",
    /// All snaps.
    List = "list",
    /// Puts the newest log lines to a URL: `data` is `{"url", "limit"}`.
    Logs = "logs",
    /// Brings the snap up to date; `data`, if any, is the channel.
    Refresh = "refresh",
    /// Removes the snap.
    Remove = "remove",
    /// Restarts services of the snap: `data` is `{"services": ["snap.service"]}`, none for all.
    Restart = "restart",
    /// Goes back to the revision before.
    Revert = "revert",
    /// The operating system and snapd.
    Server = "server",
    /// Sets the snap's configuration: `data` is an object; a null deletes.
    Setconf = "setconf",
    /// Takes a snapshot of the snap's data, or of all with no snap named, and puts it to a URL: `data` is `{"url"}`.
    Snapshot = "snapshot",
    /// Starts services of the snap; `data` as for `restart`.
    Start = "start",
    /// Stops services of the snap; `data` as for `restart`.
    Stop = "stop",
    /// Has the snap follow another channel and refreshes it: `data` is the channel.
    Switch = "switch",
    /// The device forgets its identity here.
    Unregister = "unregister",
    /// Makes or removes a user of the device: `data` is `{"action": "create", "email", "sudoer", "force-managed"}` or
    /// `{"action": "remove", "username"}`.
    User = "user",
}

/// What is asked of a device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ActionRequest {
    /// What to do.
    pub name: ActionName,
    /// The snap that it is about; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub snap: String,
    /// More, as [`ActionName`] says; empty where there is nothing more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data: String,
}

/// How far an action has come, as the agent reports it at each step; the same may come more than once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ActionReport {
    /// Which action.
    pub action: ActionId,
    /// How far.
    pub step: Step,
}

/// How far an action has come.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The agent has written it down; from now on it happens at most once.
    Accepted,
    /// It is being done.
    Running {
        /// snapd's change, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change: Option<String>,
        /// What is being done at the moment, in snapd's words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        label: String,
        /// How much of it is done, in units of `total`.
        #[serde(default)]
        done: u64,
        /// How much there is to do; 0 if that is not known.
        #[serde(default)]
        total: u64,
    },
    /// It was done.
    Done {
        /// What came of it, as the iot-agent would answer; null where nothing comes of it.
        #[serde(default)]
        result: Value,
    },
    /// It was not done, or not wholly.
    Failed {
        /// Why; snapd's own words where it was snapd.
        message: String,
    },
    /// It was undone on request before it was done.
    Cancelled,
}
