//! `status`: what is known here, without asking anyone.

use edgeward_agent::clock::utc;
use edgeward_agent::params::Params;
use edgeward_agent::state::{Identity, StateDir, StateError};
use edgeward_agent::{LinkState, Status};
use edgeward_ids::AgentId;
use edgeward_runtime::{Chain, ExitCode};
use edgeward_wire::report::Membership;
use serde::Serialize;

use super::args::{Options, Output};
use super::output::{json, say, warn};
use super::{load_config, paths};

/// What is printed, as JSON.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    state_dir: String,
    joined: bool,
    /// Of a device whose control plane is that of an iot-agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<AgentId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    control_plane: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_valid_until: Option<String>,
    membership: Option<Membership>,
    last_command: u64,
    running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_us: Option<u64>,
    services: Vec<Service>,
}

#[derive(Serialize)]
struct Service {
    name: String,
    url: String,
    kind: String,
}

pub(crate) fn status(options: &Options) -> ExitCode {
    let dir = StateDir::new(paths::state_dir(options));
    let report = match gather(&dir, options) {
        Ok(report) => report,
        Err(error) => {
            warn(&Chain(&error).to_string());
            return ExitCode::Failed;
        }
    };
    match options.output {
        Output::Json => json(&report),
        Output::Human => say(&words(&report)),
    }
    if report.joined || report.identity_service.is_some() {
        ExitCode::Done
    } else {
        ExitCode::Failed
    }
}

fn gather(dir: &StateDir, options: &Options) -> Result<Report, StateError> {
    let identity = dir.read_identity()?;
    let ledger = match &identity {
        Some(identity) => Some(dir.read_ledger(identity.agent)?),
        None => None,
    };
    let params = match &identity {
        Some(_) => None,
        // What cannot be read is said when the agent starts.
        None => Params::read(&paths::snap(), dir.path()).ok().flatten(),
    };
    let running = (identity.is_some() || params.is_some()) && dir.is_claimed();
    // Without a running agent the file says what was, not what is.
    let status: Option<Status> = if running { dir.read_running()? } else { None };
    let services = match load_config(options) {
        Ok(config) => config.services,
        Err(error) => {
            warn(&Chain(&error).to_string());
            Vec::new()
        }
    };
    Ok(Report {
        version: edgeward_agent::VERSION,
        state_dir: dir.path().display().to_string(),
        joined: identity.is_some(),
        identity_service: params.map(|params| params.url),
        agent: identity.as_ref().map(|identity| identity.agent),
        certificate_valid_until: identity.as_ref().and_then(valid_until),
        control_plane: identity.map(|identity| identity.mqtt).unwrap_or_default(),
        last_command: ledger.as_ref().map_or(0, |ledger| ledger.last_command),
        membership: ledger.and_then(|ledger| ledger.membership),
        running,
        since_us: status.as_ref().map(|status| status.since_us),
        link: status.map(|status| status.link),
        services: services
            .into_iter()
            .map(|service| Service {
                name: service.name.to_string(),
                url: service.target.to_string(),
                kind: service.kind,
            })
            .collect(),
    })
}

fn link(report: &Report) -> String {
    match &report.link {
        _ if !report.running => {
            "the agent is not running; start it with \"edgeward-agent run\"".to_owned()
        }
        Some(LinkState::Online { address }) => format!("online, connected to {address}"),
        Some(LinkState::Offline { reason }) => format!("offline, trying again: {reason}"),
        Some(LinkState::Stopped) => "stopping".to_owned(),
        Some(LinkState::Connecting) | None => "connecting".to_owned(),
    }
}

fn valid_until(identity: &Identity) -> Option<String> {
    identity
        .certificate_info()
        .ok()
        .map(|info| utc(info.not_after))
}

fn words(report: &Report) -> String {
    let link = link(report);
    let Some(agent) = report.agent else {
        return match &report.identity_service {
            Some(url) => format!(
                "Agent         of a control plane of the iot-agent's kind (version {})\n\
                 Connection    {link}\n\
                 Identity      {url}\n\
                 State         {}\n",
                report.version, report.state_dir
            ),
            None => format!(
                "This device has not joined a control plane ({} holds no identity).\n\
                 Run \"edgeward-agent join <token>\" with a token from \"edgeward agent token create\".\n",
                report.state_dir
            ),
        };
    };
    let membership = match &report.membership {
        None => "unmanaged; someone has to adopt this device before it can be opened".to_owned(),
        Some(membership) => format!(
            "adopted as \"{}\" into project {} of organisation {}",
            membership.name, membership.project, membership.organisation
        ),
    };
    let certificate = report
        .certificate_valid_until
        .as_deref()
        .unwrap_or("unreadable");
    let mut text = format!(
        "Agent         {agent} (version {})\n\
         Connection    {link}\n\
         Control plane {}\n\
         Membership    {membership}\n\
         Certificate   valid until {certificate}\n\
         State         {}\n",
        report.version,
        report.control_plane.join(", "),
        report.state_dir
    );
    for (index, service) in report.services.iter().enumerate() {
        let title = if index == 0 { "Services" } else { "" };
        text.push_str(&format!(
            "{title:<13} {} ({}) at {}\n",
            service.name, service.kind, service.url
        ));
    }
    if report.services.is_empty() {
        text.push_str("Services      none; list them in the configuration file\n");
    }
    text
}
