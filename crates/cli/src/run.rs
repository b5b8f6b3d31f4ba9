//! Running the control plane: `up` and `server`; and printing its REST document.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use edgeward_runtime::logging::{self, Filter, Format};
use edgeward_runtime::{ExitCode, Shutdown, signal};
use edgeward_server::Running;
use edgeward_server::config::Config;

use crate::arguments::Global;
use crate::demonstration::Demonstration;
use crate::error::CliError;
use crate::{configuration, output};

/// What happens, without the housekeeping of the database's and the broker's libraries.
const USUAL_LOG: &str = "info,sea_orm_migration=warn,sqlx=warn,rmqtt=warn,rmqtt_net=warn";

#[derive(Args)]
pub(crate) struct UpOptions {
    /// Also start three demonstration devices, each a real agent in front of a simulated Neuron
    #[arg(long)]
    demo: bool,
    /// A YAML file with everything else
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the console and the REST API listen, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where agents connect, such as 0.0.0.0:8883
    #[arg(long, value_name = "ADDRESS")]
    agent_listen: Option<SocketAddr>,
    #[command(flatten)]
    log: LogOptions,
}

#[derive(Args)]
pub(crate) struct ServerOptions {
    /// The YAML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    log: LogOptions,
}

#[derive(Args)]
struct LogOptions {
    /// Which log records are kept, such as info or info,edgeward_broker=debug
    #[arg(
        long,
        env = "EDGEWARD_LOG",
        default_value = USUAL_LOG,
        value_name = "FILTER"
    )]
    log: Filter,
    /// How log lines look: human or json
    #[arg(
        long,
        env = "EDGEWARD_LOG_FORMAT",
        default_value = "human",
        value_name = "FORMAT"
    )]
    log_format: Format,
}

pub(crate) async fn up(global: &Global, options: UpOptions) -> Result<ExitCode, CliError> {
    let config = configuration::load(options.config.as_deref(), |config| {
        configuration::place(config, global, configuration::Place::OwnFolder);
        config.console.listen = options.listen.unwrap_or(config.console.listen);
        config.agent_port.listen = options.agent_listen.unwrap_or(config.agent_port.listen);
    })?;
    let demo_folder = options.demo.then(|| config.data_dir.join("demo"));
    serve(config, demo_folder, options.log).await
}

pub(crate) async fn server(global: &Global, options: ServerOptions) -> Result<ExitCode, CliError> {
    let config = configuration::load(Some(&options.config), |config| {
        configuration::place(config, global, configuration::Place::AsSaid)
    })?;
    serve(config, None, options.log).await
}

pub(crate) fn openapi() -> Result<ExitCode, CliError> {
    output::raw(edgeward_server::openapi_json().as_bytes())?;
    Ok(ExitCode::Done)
}

/// Starts, says what runs, and waits for the end.
async fn serve(
    config: Config,
    demo_folder: Option<PathBuf>,
    log: LogOptions,
) -> Result<ExitCode, CliError> {
    logging::start(log.log, log.log_format)
        .map_err(|error| CliError::failed("cannot start the log", error))?;
    let shutdown = Shutdown::new();
    signal::watch(&shutdown)
        .map_err(|error| CliError::failed("cannot listen for interrupts", error))?;
    let running = edgeward_server::start(config, shutdown.clone())
        .await
        .map_err(|error| CliError::failed("cannot start the control plane", error))?;
    let demonstration = match demo_folder {
        Some(folder) => Some(Demonstration::start(&running, &folder).await?),
        None => None,
    };
    announce(&running, demonstration.as_ref())?;
    shutdown.triggered().await;
    if let Some(demonstration) = demonstration {
        demonstration.stop().await;
    }
    let late = running.stop().await;
    if late.is_empty() {
        return Ok(ExitCode::Done);
    }
    Err(CliError::refused(format!(
        "stopped, but these were late and were ended: {}",
        late.join(", ")
    )))
}

fn announce(running: &Running, demonstration: Option<&Demonstration>) -> Result<(), CliError> {
    let mut text = format!("Edgeward {} is running\n\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| text.push_str(&format!("  {name:<16}{value}\n"));
    line("Console", &running.console_url);
    if let Some(url) = &running.setup_url {
        line("First sign-in", url);
    }
    line("CA fingerprint", &running.ca_fingerprint);
    line("Agents connect", &running.agent_address.to_string());
    line("Agent service", &running.agent_service);
    line("Database", &running.database);
    if let Some(demonstration) = demonstration {
        line("Demonstration", &demonstration.describe());
    }
    text.push_str("\nStop with Ctrl-C; starting again finds everything as it was.\n");
    output::raw(text.as_bytes())
}
