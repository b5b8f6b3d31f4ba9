//! `unregister`: stop the agent, tell the control plane, forget the identity, start the agent again.
//!
//! Whatever happens in between, an agent that was stopped is started again.

use edgeward_agent::state::StateDir;
use edgeward_agent::unregister::{forget, is_registered, tell};
use edgeward_runtime::{Chain, ExitCode};

use super::args::Options;
use super::output::{say, warn};
use super::service::Service;
use super::{load_config_or_complain, paths};

pub(crate) async fn unregister(force: bool, options: &Options) -> ExitCode {
    let config = match load_config_or_complain(options) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let dir = StateDir::new(paths::state_dir(options));
    if !is_registered(&dir, &config.places) {
        say("This device is not registered anywhere; there is nothing to do.\n");
        return ExitCode::Done;
    }
    let service = Service::running();
    if let Some(service) = &service {
        say(&format!("Stopping {}.\n", service.name()));
        if let Err(error) = service.stop() {
            warn(&format!("cannot stop the agent: {error}"));
            return ExitCode::Failed;
        }
    }
    let code = while_stopped(&dir, &config, force).await;
    if let Some(service) = &service {
        say(&format!("Starting {}.\n", service.name()));
        if let Err(error) = service.start() {
            warn(&format!("cannot start the agent: {error}"));
            return ExitCode::Failed;
        }
    }
    code
}

async fn while_stopped(
    dir: &StateDir,
    config: &edgeward_agent::config::Config,
    force: bool,
) -> ExitCode {
    // No agent may use the identity now, whoever started it.
    let _claim = match dir.claim() {
        Ok(claim) => claim,
        Err(error) => {
            warn(&Chain(&error).to_string());
            return ExitCode::Failed;
        }
    };
    let told = match dir.read_identity() {
        Ok(Some(identity)) => match tell(&identity).await {
            Ok(()) => true,
            Err(error) if force => {
                warn(&format!("{}; forgetting all the same", Chain(&error)));
                false
            }
            Err(error) => {
                warn(&format!(
                    "{}. Nothing was removed; try again, or add --force",
                    Chain(&error)
                ));
                return ExitCode::Unreachable;
            }
        },
        // There is no word for it in the iot-agent's protocol.
        Ok(None) => false,
        Err(error) if force => {
            warn(&Chain(&error).to_string());
            false
        }
        Err(error) => {
            warn(&format!("{}; or add --force", Chain(&error)));
            return ExitCode::Failed;
        }
    };
    match forget(dir, &config.places) {
        Ok(removed) => {
            if told {
                say("The control plane knows that this device leaves.\n");
            }
            for file in removed {
                say(&format!("Removed {}.\n", file.display()));
            }
            ExitCode::Done
        }
        Err(error) => {
            warn(&Chain(&error).to_string());
            ExitCode::Failed
        }
    }
}
