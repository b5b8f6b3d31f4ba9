//! `run`.

use std::path::Path;

use edgeward_agent::config::{Config, SnapPlaces};
use edgeward_agent::enrolment::{self, Standing, Target};
use edgeward_agent::state::StateDir;
use edgeward_agent::{Agent, AgentOptions, unregister};
use edgeward_runtime::logging::{self, Filter, Format, LoggingError};
use edgeward_runtime::{Chain, ExitCode, Shutdown, signal};

use super::args::Options;
use super::output::warn;
use super::{load_config_or_complain, paths};

const DEFAULT_LOG: &str = "info";

pub(crate) async fn run(options: &Options) -> ExitCode {
    let config = match load_config_or_complain(options) {
        Ok(config) => config,
        Err(code) => return code,
    };
    if let Err(message) = start_log(options) {
        warn(&message);
        return ExitCode::Usage;
    }
    let interrupted = Shutdown::new();
    if let Err(error) = signal::watch(&interrupted) {
        warn(&format!("cannot listen for signals: {error}"));
        return ExitCode::Failed;
    }
    if config.services.is_empty() {
        tracing::warn!("no services are configured, so nothing can be opened through this agent");
    }
    let state_dir = paths::state_dir(options);
    let places = config.places.clone();
    if let Err(code) = enrolled(&state_dir, &config, &interrupted).await {
        return code;
    }
    let options = AgentOptions {
        state_dir: state_dir.clone(),
        config,
    };
    let handle = match Agent::start(options) {
        Ok(handle) => handle,
        Err(error) => {
            warn(&Chain(&error).to_string());
            return ExitCode::Failed;
        }
    };
    tracing::info!(agent = %handle.agent(), version = edgeward_agent::VERSION, "started");
    let unregistered = tokio::select! {
        () = interrupted.triggered() => false,
        () = handle.unregistered() => true,
    };
    let late = handle.stop().await;
    if late.is_empty() {
        tracing::info!("stopped");
    } else {
        tracing::warn!(
            tasks = late.join(", "),
            "stopped, not waiting for tasks that were late"
        );
    }
    if unregistered {
        return forget(&StateDir::new(state_dir), &places);
    }
    ExitCode::Done
}

/// A device without an identity gets one by itself, where the configuration says where.
async fn enrolled(
    state_dir: &Path,
    config: &Config,
    interrupted: &Shutdown,
) -> Result<(), ExitCode> {
    let complain = |message: String| {
        warn(&message);
        ExitCode::Failed
    };
    let Some(enrolment) = &config.enrolment else {
        return Ok(());
    };
    let identity = StateDir::new(state_dir).read_identity();
    if identity
        .map_err(|error| complain(Chain(&error).to_string()))?
        .is_some()
    {
        return Ok(());
    }
    let trust = enrolment.trust.trust().map_err(complain)?;
    let target = Target {
        state_dir: state_dir.to_owned(),
        config: config.clone(),
        replace: false,
    };
    let addresses = [enrolment.address.clone()];
    let enrolled = tokio::select! {
        () = interrupted.triggered() => return Err(ExitCode::Done),
        enrolled = enrolment::until_enrolled(&addresses, trust, &target) => enrolled,
    };
    let (joined, standing) = enrolled.map_err(|error| complain(Chain(&error).to_string()))?;
    match standing {
        Standing::Registered => {
            tracing::info!(agent = %joined.agent, "enrolled as a registered device");
        }
        Standing::Waits(because) => {
            tracing::warn!(agent = %joined.agent, because, "enrolled, and waits to be adopted");
        }
    }
    Ok(())
}

/// The last of an unregistering from the control plane, which has the answer already.
fn forget(dir: &StateDir, places: &SnapPlaces) -> ExitCode {
    match unregister::forget(dir, places) {
        Ok(_) => {
            tracing::info!(
                "the control plane has unregistered this device, and its identity is removed; run \"edgeward-agent join <token>\" to register it again"
            );
            ExitCode::Done
        }
        Err(error) => {
            warn(&Chain(&error).to_string());
            ExitCode::Failed
        }
    }
}

fn start_log(options: &Options) -> Result<(), String> {
    let say = |error: LoggingError| Chain(&error).to_string();
    let filter: Filter = options
        .log
        .as_deref()
        .unwrap_or(DEFAULT_LOG)
        .parse()
        .map_err(say)?;
    let format: Format = options.log_format.as_deref().unwrap_or("human").parse()?;
    logging::start(filter, format).map_err(say)
}
