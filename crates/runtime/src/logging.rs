//! The log: to standard error, for people or as JSON lines, at levels given by a filter such as `info,edgeward_broker=debug`.
//!
//! Records of libraries that use the `log` facade arrive in it too, and so do panics. No regular expressions and no filters by field.

use std::io::{self, IsTerminal};
use std::panic;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "config", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "config", serde(rename_all = "snake_case"))]
pub enum Format {
    /// One line of text; coloured on a terminal.
    #[default]
    Human,
    /// One JSON object per line, with `timestamp`, `level`, `target`, `fields` and `spans`.
    Json,
}

/// Which records are kept: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`) for everything, then
/// `target=level` for what begins with a target, separated by commas.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter(Targets);

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// A part of the filter is neither a level nor `target=level`.
    #[error(
        "\"{0}\" is no log level; write off, error, warn, info, debug or trace, or <target>=<level>"
    )]
    Filter(String),
    /// There is a log already.
    #[error("the log is already set up")]
    AlreadyStarted,
}

impl FromStr for Filter {
    type Err = LoggingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut targets = Targets::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let level = |name: &str| {
                name.trim()
                    .parse::<LevelFilter>()
                    .map_err(|_| LoggingError::Filter(part.to_owned()))
            };
            targets = match part.split_once('=') {
                Some((target, name)) => targets.with_target(target.trim(), level(name)?),
                None => targets.with_default(level(part)?),
            };
        }
        Ok(Self(targets))
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(format!("\"{text}\" is no log format; write human or json")),
        }
    }
}

/// Starts the log of this process. Call it once, in `main`.
///
/// # Errors
/// [`LoggingError::AlreadyStarted`] on a second call.
pub fn start(filter: Filter, format: Format) -> Result<(), LoggingError> {
    let registry = tracing_subscriber::registry().with(filter.0);
    match format {
        Format::Human => registry
            .with(
                fmt::layer()
                    .with_writer(io::stderr)
                    .with_ansi(io::stderr().is_terminal()),
            )
            .try_init(),
        Format::Json => registry
            .with(fmt::layer().json().with_writer(io::stderr))
            .try_init(),
    }
    .map_err(|_| LoggingError::AlreadyStarted)?;
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place = place.as_deref().unwrap_or("unknown"),
            "panicked: {}",
            panic.payload_as_str().unwrap_or("no message")
        );
    }));
    Ok(())
}
