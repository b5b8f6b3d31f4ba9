//! The keys of the watchdog: `watchdog`.

use std::time::Duration;

use edgeward_runtime::config::Problems;
use serde::{Deserialize, Serialize};

use super::duration::GoDuration;

/// When a change of snapd's is given up, and what is done then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WatchdogConfig {
    /// `enabled`: whether there is a watchdog.
    pub enabled: bool,
    /// `limit`: how long a change may take.
    pub limit: Duration,
    /// `cure`: what is done about one that takes longer, mildest first. With nothing in it, it is only written down and told.
    pub cure: Vec<Cure>,
    /// `patience`: how long a cure may take to show before the next one.
    pub patience: Duration,
    /// `restarts_per_day`: how often it restarts the device within 24 hours at most, whatever the changes.
    pub restarts_per_day: u32,
    /// `restart_command`: what restarts the device where snapd does not.
    pub restart_command: Vec<String>,
    /// `restart_snapd_command`: what restarts snapd.
    pub restart_snapd_command: Vec<String>,
}

/// What may be done about a change that takes too long, mildest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cure {
    /// Ask snapd to abort the change.
    Abort,
    /// Restart snapd, which goes on with its changes.
    RestartSnapd,
    /// Restart the device.
    RestartDevice,
}

impl Cure {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Abort => "abort",
            Self::RestartSnapd => "restart-snapd",
            Self::RestartDevice => "restart-device",
        }
    }
}

impl Default for WatchdogConfig {
    fn default() -> Self {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect();
        Self {
            enabled: true,
            limit: Duration::from_secs(3600),
            cure: vec![Cure::RestartDevice],
            patience: Duration::from_secs(300),
            restarts_per_day: 3,
            restart_command: words("systemctl reboot"),
            restart_snapd_command: words("systemctl restart snapd.service"),
        }
    }
}

/// Between these, `limit` and `patience` may be set.
const MIN_WAIT: Duration = Duration::from_secs(1);
const MAX_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The most restarts a day that may be set.
const MAX_RESTARTS_PER_DAY: u32 = 24;

/// The longest command, in words.
const MAX_COMMAND_WORDS: usize = 16;

/// `watchdog` as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    enabled: Option<bool>,
    limit: Option<GoDuration>,
    cure: Option<Vec<Cure>>,
    patience: Option<GoDuration>,
    restarts_per_day: Option<u32>,
    restart_command: Option<Vec<String>>,
    restart_snapd_command: Option<Vec<String>>,
}

pub(super) fn check(file: File, problems: &mut Problems) -> WatchdogConfig {
    let default = WatchdogConfig::default();
    let mut wait = |key: &str, value: Option<GoDuration>, default: Duration| {
        let wait = value.map_or(default, |value| value.0);
        if !(MIN_WAIT..=MAX_WAIT).contains(&wait) {
            let message = format!(
                "{} is out of range; {} to {} are allowed",
                GoDuration(wait),
                GoDuration(MIN_WAIT),
                GoDuration(MAX_WAIT)
            );
            problems.add(&format!("watchdog.{key}"), message);
        }
        wait
    };
    let limit = wait("limit", file.limit, default.limit);
    let patience = wait("patience", file.patience, default.patience);
    let mut command = |key: &str, value: Option<Vec<String>>, default: Vec<String>| {
        let words = value.unwrap_or(default);
        let bad = words.is_empty() || words.len() > MAX_COMMAND_WORDS || words[0].is_empty();
        if bad {
            let message =
                format!("write a program and its arguments, 1 to {MAX_COMMAND_WORDS} words");
            problems.add(&format!("watchdog.{key}"), message);
        }
        words
    };
    let restart_command = command(
        "restart_command",
        file.restart_command,
        default.restart_command,
    );
    let restart_snapd_command = command(
        "restart_snapd_command",
        file.restart_snapd_command,
        default.restart_snapd_command,
    );
    let mut cure = file.cure.unwrap_or(default.cure);
    let written = cure.len();
    cure.sort_unstable();
    cure.dedup();
    if cure.len() < written {
        problems.add("watchdog.cure", "each cure may stand there once".to_owned());
    }
    let restarts_per_day = file.restarts_per_day.unwrap_or(default.restarts_per_day);
    if restarts_per_day > MAX_RESTARTS_PER_DAY {
        let message = format!(
            "{restarts_per_day} is out of range; at most {MAX_RESTARTS_PER_DAY} are allowed"
        );
        problems.add("watchdog.restarts_per_day", message);
    }
    WatchdogConfig {
        enabled: file.enabled.unwrap_or(default.enabled),
        limit,
        cure,
        patience,
        restarts_per_day,
        restart_command,
        restart_snapd_command,
    }
}
