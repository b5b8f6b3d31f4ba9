//! `run`.

use edgeward_agent::{Agent, AgentOptions};
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
    let handle = match Agent::start(AgentOptions { state_dir, config }) {
        Ok(handle) => handle,
        Err(error) => {
            warn(&Chain(&error).to_string());
            return ExitCode::Failed;
        }
    };
    tracing::info!(agent = %handle.agent(), version = edgeward_agent::VERSION, "started");
    interrupted.triggered().await;
    let late = handle.stop().await;
    if late.is_empty() {
        tracing::info!("stopped");
    } else {
        tracing::warn!(
            tasks = late.join(", "),
            "stopped, not waiting for tasks that were late"
        );
    }
    ExitCode::Done
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
