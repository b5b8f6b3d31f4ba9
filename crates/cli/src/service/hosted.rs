//! Hosted services: making them on agents' devices, and which agents may.

use std::collections::BTreeMap;

use clap::Args;
use edgeward_api::service::{
    HostedPort, HostedProgress, HostedRefused, HostedRequest, HostedSpec, HostedVolume,
    HostingAgent, HostingFilter, Service,
};
use edgeward_client::Client;
use edgeward_ids::{AgentId, Name};

use crate::arguments::{Global, Output};
use crate::choices::{Authentication, Kind};
use crate::error::CliError;
use crate::place::PlaceFilter;
use crate::{output, resolve, secret};

/// How many agents are asked for at once.
const PAGE: u64 = 1000;

#[derive(Args)]
pub(crate) struct HostOptions {
    /// The service's name; of several agents' services the beginning, with each agent's name behind it
    #[arg(long)]
    name: Name,
    /// On this agent's device (id, beginning of an id, or exact name); may be given several times
    #[arg(
        long = "agent",
        value_name = "AGENT",
        required_unless_present = "all_of"
    )]
    agents: Vec<String>,
    /// On the devices of all agents of this project that may host services (id, beginning of an id, or name)
    #[arg(long, value_name = "PROJECT", conflicts_with = "agents")]
    all_of: Option<String>,
    /// That project's organisation, where two have a project of that name
    #[arg(long, requires = "all_of")]
    organisation: Option<String>,
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// The container's image, such as emqx/neuron:2.6.3
    #[arg(long, required_unless_present = "snap", conflicts_with = "snap")]
    image: Option<String>,
    /// The snap, instead of an image
    #[arg(long)]
    snap: Option<String>,
    /// The snap's channel, such as 2.6/stable
    #[arg(long, requires = "snap")]
    channel: Option<String>,
    /// The port of its API and pages, in the container; the product's own when absent
    #[arg(long)]
    port: Option<u16>,
    /// Open a further port to the device's networks: the device's, a colon, and the container's, such as 1883:1883 or 5353:5353/udp
    #[arg(long = "open", value_name = "HOST:CONTAINER", value_parser = port)]
    ports: Vec<HostedPort>,
    /// Keep a folder of the container when it is made anew: a name, a colon, and the folder, such as data:/opt/data
    #[arg(long = "volume", value_name = "NAME:/PATH", value_parser = volume)]
    volumes: Vec<HostedVolume>,
    /// A variable of the container
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    environment: Vec<(String, String)>,
    /// The most memory
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
    /// The most processor time, in thousandths of a core
    #[arg(long, value_name = "MILLIS")]
    cpu_millis: Option<u32>,
    /// How long it may take until it answers, in seconds; 120 when absent
    #[arg(long, value_name = "SECONDS")]
    healthy_within_s: Option<u32>,
    /// The user at the image's registry
    #[arg(long)]
    registry_user: Option<String>,
    /// Read the password at the registry from standard input instead of asking for it
    #[arg(long, requires = "registry_user")]
    registry_password_stdin: bool,
    /// What the service wants to see; with token, public keys are put in place before it starts
    #[arg(long, value_enum, default_value = "none")]
    authentication: Authentication,
    /// Where it looks for those keys; the product's own folder when absent, where that is known
    #[arg(long, value_name = "/PATH")]
    key_folder: Option<String>,
    /// Free text
    #[arg(long, default_value = "")]
    description: String,
    /// A tag, such as line-3; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// What to run in the container, in place of what the image says
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Args)]
pub(crate) struct HostingOptions {
    #[command(flatten)]
    place: PlaceFilter,
}

pub(super) async fn host(
    global: &Global,
    client: &Client,
    options: HostOptions,
) -> Result<(), CliError> {
    let agents = agents(client, &options).await?;
    let registry_password = match (&options.registry_user, options.registry_password_stdin) {
        (None, _) => None,
        (Some(_), true) => Some(secret::from_stdin("password")?),
        (Some(_), false) => Some(secret::ask(
            "Password at the registry",
            "--registry-password-stdin",
        )?),
    };
    let request = HostedRequest {
        agents,
        name: options.name,
        kind: options.kind.into(),
        description: options.description,
        tags: options.tags,
        spec: HostedSpec {
            image: options.image,
            snap: options.snap,
            channel: options.channel,
            port: options.port,
            healthy_within_s: options.healthy_within_s,
            registry_user: options.registry_user,
            registry_password,
            command: options.command,
            environment: BTreeMap::from_iter(options.environment),
            ports: options.ports,
            volumes: options.volumes,
            memory_mib: options.memory_mib,
            cpu_millis: options.cpu_millis,
        },
        authentication: options.authentication.into(),
        key_folder: options.key_folder,
    };
    let made = client.host_services(&request).await?;
    match global.output {
        Output::Json => output::json(&made)?,
        Output::Table => {
            let total = made.services.len() as u64;
            if total > 0 {
                let columns = ["NAME", "ID", "AGENT", "PROGRESS"];
                output::list(global, &made.services, total, &columns, row, "")?;
            }
            let refused = made.refused.len() as u64;
            if refused > 0 {
                let columns = ["AGENT", "NOT MADE BECAUSE"];
                output::list(global, &made.refused, refused, &columns, refused_row, "")?;
            }
        }
    }
    if let Some(first) = made.services.first() {
        output::note(&format!(
            "the devices make it as soon as they are online; see how far they are with: edgeward service show \"{}\"",
            first.name
        ));
    }
    if !made.refused.is_empty() {
        return Err(CliError::refused(format!(
            "not made on {} of {} devices",
            made.refused.len(),
            made.refused.len() + made.services.len()
        )));
    }
    Ok(())
}

async fn agents(client: &Client, options: &HostOptions) -> Result<Vec<AgentId>, CliError> {
    let Some(project) = &options.all_of else {
        let mut ids = Vec::with_capacity(options.agents.len());
        for text in &options.agents {
            ids.push(resolve::agent(client, text).await?.id);
        }
        return Ok(ids);
    };
    let organisation = options.organisation.as_deref();
    let (_, project) = resolve::project(client, organisation, project).await?;
    let filter = HostingFilter {
        project: Some(project.id),
        limit: Some(PAGE),
        ..HostingFilter::default()
    };
    let found = client.hosting_agents(&filter).await?;
    if found.items.is_empty() {
        return Err(CliError::refused(format!(
            "no agent of {} may host services",
            project.name
        ))
        .hint("allow it in the agents' own configuration; see which may with: edgeward service hosting"));
    }
    Ok(found.items.iter().map(|agent| agent.agent_id).collect())
}

pub(super) async fn hosting(
    global: &Global,
    client: &Client,
    options: HostingOptions,
) -> Result<(), CliError> {
    let (_, project) = options.place.ids(client).await?;
    let filter = HostingFilter {
        project,
        ..HostingFilter::default()
    };
    let found = client.hosting_agents(&filter).await?;
    let columns = ["AGENT", "ID", "PRESENCE", "CONTAINERS", "SNAPS", "SERVICES"];
    output::list(
        global,
        &found.items,
        found.total,
        &columns,
        agent_row,
        "no agent may host services; allow it in the agents' own configuration",
    )
}

fn agent_row(agent: &HostingAgent) -> Vec<String> {
    let presence = if agent.online { "online" } else { "offline" };
    let engine = agent.engine.as_ref().or(agent.problem.as_ref());
    vec![
        agent.agent_name.to_string(),
        agent.agent_id.to_string(),
        presence.to_owned(),
        output::or_dash(engine.map_or("", String::as_str)),
        output::yes_or_no(agent.snaps),
        agent.services.to_string(),
    ]
}

fn row(service: &Service) -> Vec<String> {
    let agent = service.agent_name.as_ref().map(Name::to_string);
    vec![
        service.name.to_string(),
        service.id.to_string(),
        agent.unwrap_or_default(),
        service
            .hosted
            .as_ref()
            .map_or_else(|| output::or_dash(""), progress),
    ]
}

fn refused_row(refused: &HostedRefused) -> Vec<String> {
    vec![refused.agent_id.to_string(), output::plain(&refused.reason)]
}

/// Such as `running: emqx/neuron:2.6.3`.
pub(super) fn progress(progress: &HostedProgress) -> String {
    let state = output::word(&progress.state);
    match &progress.present {
        Some(present) => format!("{state}: {}", output::plain(present)),
        None => state,
    }
}

fn port(text: &str) -> Result<HostedPort, String> {
    let (ports, udp) = match text.rsplit_once('/') {
        Some((ports, "udp")) => (ports, true),
        Some((ports, "tcp")) => (ports, false),
        Some((_, other)) => return Err(format!("\"{other}\" is neither tcp nor udp")),
        None => (text, false),
    };
    let both = ports.split_once(':');
    let both =
        both.and_then(|(host, container)| Some((host.parse().ok()?, container.parse().ok()?)));
    let (host, container) =
        both.ok_or("write it as the device's port, a colon, and the container's")?;
    Ok(HostedPort {
        container,
        host,
        udp,
    })
}

fn volume(text: &str) -> Result<HostedVolume, String> {
    let (name, path) = text
        .split_once(':')
        .ok_or("write it as a name, a colon, and a folder of the container")?;
    Ok(HostedVolume {
        name: name.to_owned(),
        path: path.to_owned(),
    })
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
