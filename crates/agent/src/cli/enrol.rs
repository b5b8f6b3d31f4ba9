//! `join` and `enrol`.

use std::fs;

use edgeward_agent::enrolment::{self, EnrolError, Joined, Standing, Target};
use edgeward_pki::tls::Trust;
use edgeward_runtime::{Chain, ExitCode};
use edgeward_wire::token::JoinToken;

use super::args::{Options, TrustArg};
use super::output::{say, warn};
use super::{load_config_or_complain, paths};

pub(crate) async fn join(token: &str, replace: bool, options: &Options) -> ExitCode {
    let token: JoinToken = match token.parse() {
        Ok(token) => token,
        Err(error) => {
            warn(&Chain(&error).to_string());
            return ExitCode::Usage;
        }
    };
    let target = match target(replace, options) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let result = enrolment::join(&token, &target).await;
    conclude(result.map(|joined| (joined, "joined".to_owned())), options)
}

pub(crate) async fn enrol(
    server: &[String],
    trust: TrustArg,
    replace: bool,
    options: &Options,
) -> ExitCode {
    let trust = match read_trust(trust) {
        Ok(trust) => trust,
        Err(message) => {
            warn(&message);
            return ExitCode::Usage;
        }
    };
    let target = match target(replace, options) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let result = enrolment::enrol_by_itself(server, trust, &target).await;
    conclude(
        result.map(|(joined, standing)| (joined, words(standing))),
        options,
    )
}

fn words(standing: Standing) -> String {
    match standing {
        Standing::Registered => "enrolled as a registered device".to_owned(),
        Standing::Waits(because) => format!("enrolled, and waits to be adopted ({because})"),
    }
}

fn target(replace: bool, options: &Options) -> Result<Target, ExitCode> {
    Ok(Target {
        state_dir: paths::state_dir(options),
        config: load_config_or_complain(options)?,
        replace,
    })
}

fn read_trust(trust: TrustArg) -> Result<Trust, String> {
    match trust {
        TrustArg::Fingerprint(text) => text
            .parse()
            .map(Trust::Pinned)
            .map_err(|error| Chain(&error).to_string()),
        TrustArg::File(file) => fs::read_to_string(&file)
            .map(Trust::Authority)
            .map_err(|error| format!("cannot read {}: {error}", file.display())),
        TrustArg::PublicCertificate => Ok(Trust::PublicRoots),
    }
}

fn conclude(result: Result<(Joined, String), EnrolError>, options: &Options) -> ExitCode {
    match result {
        Ok((joined, done)) => {
            let dir = paths::state_dir(options);
            say(&format!(
                "This device has {done}: agent {}, identity in {}.\nNow run: {}\n",
                joined.agent,
                dir.display(),
                run_command(options)
            ));
            ExitCode::Done
        }
        Err(error) => {
            warn(&Chain(&error).to_string());
            if error.is_unreachable() {
                ExitCode::Unreachable
            } else {
                ExitCode::Failed
            }
        }
    }
}

/// The command that starts the agent with the same files.
fn run_command(options: &Options) -> String {
    let mut command = "edgeward-agent run".to_owned();
    for (name, value) in [
        ("--config", &options.config),
        ("--state-dir", &options.state_dir),
    ] {
        if let Some(value) = value {
            command.push_str(&format!(" {name} {}", value.display()));
        }
    }
    command
}
