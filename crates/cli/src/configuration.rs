//! The control plane's configuration as the program reads it: file, environment, command line; and `config check` and `config show`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use edgeward_runtime::ExitCode;
use edgeward_runtime::config::{self, Environment};
use edgeward_server::config::{Config, default_data_dir};
use serde_json::Value;

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::output;

/// What the names of environment variables begin with.
const PREFIX: &str = "EDGEWARD";

/// Variables with the prefix that are the command line's own, and no keys of the configuration.
const OWN_VARIABLES: [&str; 6] = [
    "EDGEWARD_URL",
    "EDGEWARD_TOKEN",
    "EDGEWARD_CA",
    "EDGEWARD_CA_FINGERPRINT",
    "EDGEWARD_LOG",
    "EDGEWARD_LOG_FORMAT",
];

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check a file and the environment, and report everything that is wrong
    Check {
        /// The YAML file; only the environment when absent
        file: Option<PathBuf>,
    },
    /// Print the values in effect, secrets hidden
    Show {
        /// The YAML file; only the environment when absent
        file: Option<PathBuf>,
    },
}

/// What becomes of a data folder that nobody named.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// It is the person's own.
    OwnFolder,
    /// It is missing.
    AsSaid,
}

pub(crate) fn carry_out(global: &Global, command: ConfigCommand) -> Result<ExitCode, CliError> {
    let (file, show) = match command {
        ConfigCommand::Check { file } => (file, false),
        ConfigCommand::Show { file } => (file, true),
    };
    // Without a file it is `up` that would run.
    let otherwise = if file.is_some() {
        Place::AsSaid
    } else {
        Place::OwnFolder
    };
    let config = load(file.as_deref(), |config| place(config, global, otherwise))?;
    if show {
        let value = shown(&config)?;
        match global.output {
            Output::Json => output::json(&value)?,
            Output::Table => output::raw(yaml(&value).as_bytes())?,
        }
    } else {
        output::note("the configuration is right");
    }
    Ok(ExitCode::Done)
}

/// The data folder: as the command line says, as the file says, or else.
pub(crate) fn place(config: &mut Config, global: &Global, otherwise: Place) {
    if let Some(data_dir) = &global.data_dir {
        config.data_dir.clone_from(data_dir);
    }
    if config.data_dir.as_os_str().is_empty() && matches!(otherwise, Place::OwnFolder) {
        config.data_dir = default_data_dir();
    }
}

/// Reads file and environment, lets the command line `adjust` the values, and checks the rules between them.
pub(crate) fn load(
    file: Option<&Path>,
    adjust: impl FnOnce(&mut Config),
) -> Result<Config, CliError> {
    let environment = Environment::of_process(PREFIX, &OWN_VARIABLES);
    let wrong = |error: config::ConfigError| match error {
        config::ConfigError::Wrong(problems) => {
            CliError::usage(format!("the configuration cannot be used:\n{problems}"))
        }
        unreadable @ config::ConfigError::Unreadable { .. } => {
            CliError::usage(edgeward_runtime::Chain(&unreadable).to_string())
        }
    };
    let mut loaded = config::load::<Config>(file, &environment).map_err(wrong)?;
    for variable in &loaded.unused_variables {
        output::note(&format!(
            "warning: the environment variable {variable} names no key of the configuration"
        ));
    }
    adjust(&mut loaded.value);
    for problem in loaded.value.problems() {
        loaded.problems.add(problem.key, problem.problem);
    }
    loaded.problems.into_result().map_err(wrong)?;
    Ok(loaded.value)
}

/// The values in effect. A password inside the database's address is hidden; that of the broker hides itself.
fn shown(config: &Config) -> Result<Value, CliError> {
    let config = Config {
        database_url: Some(without_password(&config.database_url())),
        ..config.clone()
    };
    serde_json::to_value(&config)
        .map_err(|error| CliError::failed("cannot show the configuration", error))
}

fn without_password(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split('/').next()?;
        let (user, _) = authority.rsplit_once('@')?.0.split_once(':')?;
        let after = &rest[authority.rfind('@')?..];
        Some(format!("{scheme}://{user}:***{after}"))
    };
    hidden().unwrap_or_else(|| url.to_owned())
}

/// Values as YAML that could be a configuration file. Texts are quoted as in JSON, which YAML reads alike.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(keys) = value {
        write_keys(&mut text, keys, 0);
    }
    text
}

fn write_keys(text: &mut String, keys: &serde_json::Map<String, Value>, depth: usize) {
    let indent = "  ".repeat(depth);
    for (key, value) in keys {
        // Writing to a String cannot fail.
        let _ = match value {
            Value::Object(inner) if !inner.is_empty() => {
                let head = writeln!(text, "{indent}{key}:");
                write_keys(text, inner, depth + 1);
                head
            }
            Value::Null => writeln!(text, "{indent}{key}:"),
            other => writeln!(text, "{indent}{key}: {other}"),
        };
    }
}
