//! The command line.

mod args;
mod changes;
mod configure;
mod enrol;
mod output;
mod paths;
mod run;
mod service;
mod status;
mod unregister;

use std::ffi::OsString;

use edgeward_agent::check::{self, Subject, Verdict};
use edgeward_agent::config::Config;
use edgeward_agent::state::StateDir;
use edgeward_runtime::config::ConfigError;
use edgeward_runtime::{Chain, ExitCode};

use args::{Command, Options, Output, Request};
use output::{say, warn};

/// Does what the arguments ask for.
pub(crate) fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    edgeward_pki::install_provider();
    match args::parse(args) {
        Ok(Request::Help) => {
            say(args::HELP);
            ExitCode::Done
        }
        Ok(Request::Version) => {
            say(&format!("edgeward-agent {}\n", edgeward_agent::VERSION));
            ExitCode::Done
        }
        Ok(Request::Command(command, options)) => perform(command, &options),
        Err(message) => {
            warn(&format!("{message}; see \"edgeward-agent --help\""));
            ExitCode::Usage
        }
    }
}

fn perform(command: Command, options: &Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            warn(&format!("cannot start: {error}"));
            return ExitCode::Failed;
        }
    };
    let code = runtime.block_on(async {
        match command {
            Command::Join { token, replace } => enrol::join(&token, replace, options).await,
            Command::Enrol {
                server,
                trust,
                replace,
            } => enrol::enrol(&server, trust, replace, options).await,
            Command::Run => run::run(options).await,
            Command::Status => status::status(options),
            Command::Check => examine(options).await,
            Command::Changes { last } => changes::changes(last, options),
            Command::Configure(source) => configure::configure(&source, options),
            Command::Unregister { force } => unregister::unregister(force, options).await,
        }
    });
    // A name server that does not answer must not hold the program up.
    runtime.shutdown_background();
    code
}

async fn examine(options: &Options) -> ExitCode {
    let subject = Subject {
        state_dir: StateDir::new(paths::state_dir(options)),
        config: load_config(options),
    };
    let findings = check::run(&subject, |finding| {
        if options.output == Output::Human {
            say(&output::finding(finding));
        }
    })
    .await;
    if options.output == Output::Json {
        output::json(&findings);
    }
    if findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Failed)
    {
        ExitCode::Failed
    } else {
        ExitCode::Done
    }
}

/// The configuration file that was named; or the usual one, if there is one; or what holds without any.
fn load_config(options: &Options) -> Result<Config, ConfigError> {
    let config = match paths::config_file(options) {
        Some(file) => Config::load(&file)?,
        None => Config::default(),
    };
    Ok(Config {
        places: paths::snap(),
        ..config
    })
}

fn load_config_or_complain(options: &Options) -> Result<Config, ExitCode> {
    load_config(options).map_err(|error| {
        warn(&Chain(&error).to_string());
        ExitCode::Usage
    })
}
