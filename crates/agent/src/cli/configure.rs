//! `configure`: where an identity service of the iot-agent's kind is, or all options of the snap that the agent is packed in.
//!
//! The options of the snap are the configuration, word for word, as `snap set` has them: `snaplogger.maximum.changes.keep` is
//! the key of that name. Only `url` is not: it goes into the file `params`. snapd knows no underscores in names, so that
//! `watchdog.restarts-per-day` stands for `restarts_per_day`.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use edgeward_agent::config::Config;
use edgeward_agent::params::Params;
use edgeward_runtime::{Chain, ExitCode};
use serde_json::{Map, Value};

use super::args::{Options, Source};
use super::output::{say, warn};
use super::paths;

/// The largest options that are read, in bytes.
const MAX_OPTIONS_BYTES: u64 = 1024 * 1024;

/// The option that is no part of the configuration.
const URL: &str = "url";

pub(crate) fn configure(source: &Source, options: &Options) -> ExitCode {
    let result = match source {
        Source::Url(url) => set_url(url, options),
        Source::SnapOptions => snap_options(options),
    };
    match result {
        Ok(file) => {
            say(&format!("Written: {}\n", file.display()));
            ExitCode::Done
        }
        Err((code, message)) => {
            warn(&message);
            code
        }
    }
}

type Failure = (ExitCode, String);

fn usage(message: impl Into<String>) -> Failure {
    (ExitCode::Usage, message.into())
}

fn failed(message: impl Into<String>) -> Failure {
    (ExitCode::Failed, message.into())
}

fn set_url(url: &str, options: &Options) -> Result<PathBuf, Failure> {
    let (places, state_dir) = (paths::snap(), paths::state_dir(options));
    let params =
        Params::new(url, &places, &state_dir).map_err(|error| usage(Chain(&error).to_string()))?;
    params
        .write(&places, &state_dir)
        .map_err(|error| failed(Chain(&error).to_string()))
}

fn snap_options(options: &Options) -> Result<PathBuf, Failure> {
    let mut text = String::new();
    io::stdin()
        .take(MAX_OPTIONS_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| failed(format!("cannot read the options: {error}")))?;
    let mut given: Map<String, Value> = serde_json::from_str(&text)
        .map_err(|error| usage(format!("the options are no JSON object: {error}")))?;
    // What is not set, snapctl gives as an empty text.
    given.retain(|_, value| *value != Value::String(String::new()));
    let url = match given.remove(URL) {
        None | Some(Value::Null) => None,
        Some(Value::String(url)) => Some(url),
        Some(_) => return Err(usage("url: expected a text")),
    };
    let file = options
        .config
        .clone()
        .or_else(paths::snap_config)
        .ok_or_else(|| {
            usage("SNAP_DATA is not set, so this is no snap; name a file with --config")
        })?;
    // JSON is YAML.
    let text = format!("{:#}\n", with_underscores(Value::Object(given)));
    Config::parse("snap options", &text).map_err(|error| usage(Chain(&error).to_string()))?;
    if let Some(url) = url {
        set_url(&url, options)?;
    }
    replace(&file, &text)
        .map_err(|error| failed(format!("cannot write {}: {error}", file.display())))?;
    Ok(file)
}

fn with_underscores(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key.replace('-', "_"), with_underscores(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(with_underscores).collect(),
        other => other,
    }
}

/// As a whole, and readable for the owner only: there may be a password in it.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let temporary = file.with_added_extension("new");
    let _left_by_a_crash = fs::remove_file(&temporary);
    let mut new = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    fs::rename(&temporary, file)
}
