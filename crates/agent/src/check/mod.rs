//! Finding out what does not work between this device, the control plane and the services, and what to do about it.
//!
//! Each step is looked at by itself, in the order in which a connection needs them, and nothing is changed anywhere.

mod control_plane;
mod hosting;
mod iot;
mod services;

pub(crate) use services::head_status;

use edgeward_runtime::Chain;
use edgeward_runtime::config::ConfigError;
use serde::Serialize;

use crate::config::Config;
use crate::state::{Identity, StateDir, StateError};

/// What to look at.
#[derive(Debug)]
pub struct Subject {
    /// Where the identity is.
    pub state_dir: StateDir,
    /// The configuration as it was read.
    pub config: Result<Config, ConfigError>,
}

/// What one step has shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The step, such as `tls edge.example.com:8883`.
    pub step: String,
    /// Whether it worked.
    pub verdict: Verdict,
    /// What was seen.
    pub detail: String,
    /// What to do about it; none if there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// Whether a step worked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It did.
    Ok,
    /// It did, and may not for long.
    Warning,
    /// It did not.
    Failed,
    /// It could not be tried, because an earlier one failed.
    Skipped,
}

impl Finding {
    fn new(step: impl Into<String>, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            step: step.into(),
            verdict,
            detail: detail.into(),
            advice: None,
        }
    }

    fn ok(step: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(step, Verdict::Ok, detail)
    }

    fn failed(step: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(step, Verdict::Failed, detail)
    }

    fn skipped(step: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(step, Verdict::Skipped, detail)
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// Goes through all steps, telling each finding as it comes.
pub async fn run(subject: &Subject, mut tell: impl FnMut(&Finding)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |finding: Finding| {
        tell(&finding);
        findings.push(finding);
    };
    match &subject.config {
        Ok(config) => note(configuration(config)),
        Err(error) => note(
            Finding::failed("configuration", Chain(error).to_string())
                .advise("correct the configuration file"),
        ),
    }
    let found = subject.state_dir.read_identity();
    let has_identity = !matches!(found, Ok(None));
    let elsewhere = match &subject.config {
        Ok(config) => crate::iot::pointed_at(config, &subject.state_dir, has_identity),
        Err(_) => Ok(None),
    };
    match elsewhere {
        Ok(None) => {}
        Ok(Some(params)) => {
            if let Ok(config) = &subject.config {
                iot::check(&subject.state_dir, &params, config, &mut note).await;
                services_of(config, &mut note).await;
            }
            return findings;
        }
        Err(error) => {
            note(
                Finding::failed("params", Chain(&error).to_string())
                    .advise("write it again with \"edgeward-agent configure --url <url>\""),
            );
            return findings;
        }
    }
    match identity(found, subject) {
        Err(finding) => note(finding),
        Ok(identity) => {
            note(Finding::ok(
                "identity",
                format!("this device is agent {}", identity.agent),
            ));
            control_plane::check(&subject.state_dir, &identity, &mut note).await;
        }
    }
    if let Ok(config) = &subject.config {
        services_of(config, &mut note).await;
        hosting::check(config, &mut note).await;
    }
    findings
}

async fn services_of(config: &Config, note: &mut impl FnMut(Finding)) {
    for service in &config.services {
        note(services::check(service, &config.limits).await);
    }
}

fn configuration(config: &Config) -> Finding {
    match config.services.len() {
        0 if config.hosting.is_some() => Finding::ok("configuration", "it offers what it hosts"),
        0 => Finding::new("configuration", Verdict::Warning, "it offers no service")
            .advise("list what may be reached through this agent under \"services:\" in the configuration file"),
        1 => Finding::ok("configuration", "it offers 1 service"),
        count => Finding::ok("configuration", format!("it offers {count} services")),
    }
}

fn identity(
    found: Result<Option<Identity>, StateError>,
    subject: &Subject,
) -> Result<Identity, Finding> {
    match found {
        Ok(Some(identity)) => Ok(identity),
        Ok(None) => {
            let detail = format!(
                "this device has not joined; {} holds no identity",
                subject.state_dir.path().display()
            );
            let failed = Finding::failed("identity", detail);
            let enrolment = subject.config.as_ref().ok();
            Err(match enrolment.and_then(|config| config.enrolment.as_ref()) {
                Some(enrolment) => failed.advise(format!(
                    "start \"edgeward-agent run\", which enrols it at {}, and look at its log",
                    enrolment.address
                )),
                None => failed.advise("run \"edgeward-agent join <token>\" with a token from \"edgeward agent token create\""),
            })
        }
        Err(error) => Err(Finding::failed("identity", Chain(&error).to_string())
            .advise("run this as the user that runs the agent, or join again with --replace")),
    }
}

#[cfg(test)]
mod tests;
