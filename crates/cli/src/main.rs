//! The `edgeward` program: `up` and `server` run the control plane, everything else speaks to one over its REST API.
//!
//! Data goes to standard output, all else to standard error. Here is only the way from the arguments to the exit code.

mod action;
mod agent;
mod api_token;
mod arguments;
mod audit;
mod choices;
#[cfg(feature = "server")]
mod configuration;
mod confirm;
mod connect;
mod curl;
mod delivery;
#[cfg(feature = "server")]
mod demonstration;
mod download;
mod enrolment;
mod error;
mod files;
mod keys;
mod member;
mod organisation;
mod output;
mod overview;
mod place;
mod profile;
mod project;
mod registration;
mod required_snaps;
mod resolve;
mod rollout;
#[cfg(feature = "server")]
mod rotation;
mod run;
mod saved;
mod secret;
mod selection;
mod service;
mod session;
mod sessions;
mod settings;
mod tag;
mod template;
mod time;
mod token;
mod twin;
mod user;

use clap::{CommandFactory, Parser};
use edgeward_runtime::ExitCode;

use arguments::{Arguments, Command};
use error::CliError;

#[cfg(feature = "server")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Done
            };
            // A closed pipe is nobody's fault.
            let _ = error.print();
            return code.into();
        }
    };
    edgeward_pki::install_provider();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed("cannot start", error))
        .and_then(|runtime| {
            let result = runtime.block_on(carry_out(arguments));
            // Reading standard input blocks a thread that nothing can wake.
            runtime.shutdown_background();
            result
        });
    match result {
        Ok(code) => code.into(),
        Err(error) => error.report().into(),
    }
}

async fn carry_out(arguments: Arguments) -> Result<ExitCode, CliError> {
    let global = arguments.global;
    match arguments.command {
        #[cfg(feature = "server")]
        Command::Up(options) => return run::up(&global, options).await,
        #[cfg(feature = "server")]
        Command::Server(options) => return run::server(&global, options).await,
        #[cfg(feature = "server")]
        Command::Config(command) => return configuration::carry_out(&global, command),
        #[cfg(feature = "server")]
        Command::Openapi => return run::openapi(),
        Command::SignIn(options) => session::sign_in(&global, options).await,
        Command::SignOut => session::sign_out(&global).await,
        Command::Overview => overview::show(&global).await,
        Command::Agent(command) => agent::carry_out(&global, command).await,
        Command::Action(command) => action::carry_out(&global, command).await,
        Command::Rollout(command) => rollout::carry_out(&global, command).await,
        Command::Template(command) => template::carry_out(&global, command).await,
        Command::Delivery(command) => delivery::carry_out(&global, command).await,
        Command::Tag(command) => tag::carry_out(&global, command).await,
        Command::Twin(command) => twin::carry_out(&global, command).await,
        Command::Registration(command) => registration::carry_out(&global, command).await,
        Command::Enrolment(command) => enrolment::carry_out(&global, command).await,
        Command::RequiredSnaps(command) => required_snaps::carry_out(&global, command).await,
        Command::Organisation(command) => organisation::carry_out(&global, command).await,
        Command::Project(command) => project::carry_out(&global, command).await,
        Command::Service(command) => return service::carry_out(&global, command).await,
        Command::User(command) => user::carry_out(&global, command).await,
        Command::ApiToken(command) => api_token::carry_out(&global, command).await,
        Command::Audit(command) => audit::carry_out(&global, command).await,
        Command::Settings(command) => settings::carry_out(&global, command).await,
        Command::AgentService => keys::agent_service(&global).await,
        Command::Key(command) => keys::carry_out(&global, command).await,
        Command::Ca(options) => keys::ca(&global, options).await,
        Command::Session(command) => sessions::carry_out(&global, command).await,
        Command::Profile(command) => profile::carry_out(&global, command).await,
        Command::Password(options) => profile::change_password(&global, options).await,
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "edgeward", &mut script);
            output::raw(&script)
        }
    }?;
    Ok(ExitCode::Done)
}
