//! The keys of the change log: `snaplogger`, with the names and defaults of the iot-agent's documentation.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use edgeward_runtime::config::Problems;
use serde::{Deserialize, Deserializer, de};

use super::duration::GoDuration;
use super::places::SnapPlaces;

/// What is logged and kept of the changes that snapd makes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeLogConfig {
    /// `database.location`: the SQLite file, with its variables.
    pub location: Location,
    /// `maximum.changes.keep`: the most changes in the database; beyond that the oldest go.
    pub keep: u32,
    /// `duration.between.checks`: how often snapd is asked.
    pub between_checks: Duration,
    /// `log.changes.startup`: whether each change that snapd knows is logged at start.
    pub log_at_start: bool,
    /// `log.level`: below `info`, changes are kept and not logged.
    pub level: ChangeLogLevel,
}

impl Default for ChangeLogConfig {
    fn default() -> Self {
        Self {
            location: Location(DEFAULT_LOCATION.to_owned()),
            keep: 1000,
            between_checks: Duration::from_secs(3600),
            log_at_start: true,
            level: ChangeLogLevel::Info,
        }
    }
}

/// The level of the change log, by the names that Go's loggers have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum ChangeLogLevel {
    /// Nothing of the change log's own.
    Error,
    /// Only what goes wrong with the change log itself.
    Warn,
    /// Each change.
    #[default]
    Info,
    /// And each look at snapd.
    Debug,
}

impl FromStr for ChangeLogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "panic" | "fatal" | "error" => Ok(Self::Error),
            "warn" | "warning" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" | "trace" => Ok(Self::Debug),
            _ => Err(format!(
                "\"{text}\" is no log level; write panic, fatal, error, warn, info, debug or trace"
            )),
        }
    }
}

impl<'de> Deserialize<'de> for ChangeLogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A path with environment variables in it, `$NAME` or `${NAME}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location(String);

impl Location {
    /// The file. `$SNAP_DATA` is the data directory, which outside of a snap is the state directory; what is not absolute
    /// lies in it as well.
    ///
    /// # Errors
    /// The variables that are not set, separated by commas, in words for a person.
    pub fn resolve(&self, places: &SnapPlaces, state_dir: &Path) -> Result<PathBuf, String> {
        let data = places.data_dir(state_dir);
        let path = self.expand(|name| match name {
            "SNAP_DATA" => Some(data.display().to_string()),
            "SNAP_COMMON" => Some(places.common_dir(state_dir).display().to_string()),
            other => std::env::var(other).ok(),
        })?;
        Ok(data.join(path))
    }

    fn expand(&self, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let mut out = String::new();
        let mut missing = Vec::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, next) = match after
                .strip_prefix('{')
                .and_then(|inner| inner.split_once('}'))
            {
                Some(found) => found,
                None => {
                    let end = after
                        .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                        .unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            match variable(name) {
                Some(value) => out.push_str(&value),
                None => missing.push(format!("${name}")),
            }
            rest = next;
        }
        out.push_str(rest);
        if missing.is_empty() {
            Ok(out)
        } else {
            Err(format!(
                "{} is not set in the agent's environment; write the path out",
                missing.join(", ")
            ))
        }
    }
}

const DEFAULT_LOCATION: &str = "$SNAP_DATA/changes.db";

/// The most changes that may be kept; each takes some kilobytes.
const MAX_KEEP: u32 = 100_000;

/// How often snapd may be asked.
const MIN_BETWEEN_CHECKS: Duration = Duration::from_secs(1);

/// snapd forgets changes after a while; asking more seldom than this would miss most of them.
const MAX_BETWEEN_CHECKS: Duration = Duration::from_secs(7 * 24 * 3600);

/// `snaplogger` as it is written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    database: Database,
    maximum: Maximum,
    duration: Between,
    log: Log,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Database {
    location: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Maximum {
    changes: Changes,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Changes {
    keep: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Between {
    between: Checks,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Checks {
    checks: Option<GoDuration>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Log {
    changes: Startup,
    level: Option<ChangeLogLevel>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Startup {
    startup: Option<bool>,
}

pub(super) fn check(file: File, problems: &mut Problems) -> ChangeLogConfig {
    let default = ChangeLogConfig::default();
    let location = file.database.location.map_or(default.location, Location);
    if location.0.trim().is_empty() {
        let message = format!("write a file such as {DEFAULT_LOCATION}, or leave it out");
        problems.add("snaplogger.database.location", message);
    } else if let Err(missing) =
        location.resolve(&SnapPlaces::default(), Path::new("/state-directory"))
    {
        problems.add("snaplogger.database.location", missing);
    }
    let keep = file.maximum.changes.keep.unwrap_or(default.keep);
    if !(1..=MAX_KEEP).contains(&keep) {
        let message = format!("{keep} is out of range; 1 to {MAX_KEEP} are allowed");
        problems.add("snaplogger.maximum.changes.keep", message);
    }
    let between_checks = file
        .duration
        .between
        .checks
        .map_or(default.between_checks, |checks| checks.0);
    if !(MIN_BETWEEN_CHECKS..=MAX_BETWEEN_CHECKS).contains(&between_checks) {
        let message = format!(
            "{} is out of range; {} to {} are allowed",
            GoDuration(between_checks),
            GoDuration(MIN_BETWEEN_CHECKS),
            GoDuration(MAX_BETWEEN_CHECKS)
        );
        problems.add("snaplogger.duration.between.checks", message);
    }
    ChangeLogConfig {
        location,
        keep,
        between_checks,
        log_at_start: file.log.changes.startup.unwrap_or(default.log_at_start),
        level: file.log.level.unwrap_or(default.level),
    }
}
