//! `edgeward service …`: adding, proving and looking at edge services, opening and asking them.

mod change;
mod figures;
mod filter;
mod hosted;
mod many;
mod operate;

use std::process::Stdio;

use clap::Subcommand;
use edgeward_api::service::{Operation, Service, ServiceAuthentication};
use edgeward_client::Client;
use edgeward_runtime::ExitCode;

use self::filter::FilterOptions;
use crate::arguments::{Global, Output};
use crate::curl::{self, CurlOptions};
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum ServiceCommand {
    /// List edge services
    List(FilterOptions),
    /// Show one edge service
    Show {
        /// Id, beginning of an id, or exact name
        service: String,
    },
    /// Add a service that the control plane dials by itself
    #[command(
        long_about = "Add a service that the control plane dials by itself.\n\n\
        It is asked first whether it accepts the control plane; if not, it is said what has to be put right where, and nothing is added \
        unless --unproven is given. Services behind an agent are added by adopting it."
    )]
    Add(change::AddOptions),
    /// Change a service; of an agent's, its name and what it wants to see
    Change(change::ChangeOptions),
    /// Find out whether a service accepts the control plane, and if not, what has to be put right
    Prove {
        /// Id, beginning of an id, or exact name
        service: String,
    },
    /// Make a service on the devices of agents that may host any
    #[command(
        long_about = "Make a service on the devices of agents that may host any: a container, or a snap.\n\n\
        It is written down at once, and made as soon as the devices are online. An agent hosts services only if its own configuration \
        allows it; see which may with: edgeward service hosting."
    )]
    Host(Box<hosted::HostOptions>),
    /// List the agents that may host services
    Hosting(hosted::HostingOptions),
    /// Start hosted services
    Start(operate::Chosen),
    /// Stop hosted services
    Stop(operate::Chosen),
    /// Start services again: hosted ones, and those that can be asked to restart
    Restart(operate::Chosen),
    /// Make hosted services from another image, or another channel of their snap
    #[command(
        long_about = "Make hosted services from another image, or another channel of their snap.\n\n\
        What does not answer after that comes back as it was."
    )]
    Upgrade(operate::UpgradeOptions),
    /// Delete services: hosted ones are destroyed with their data, those that the control plane dials by itself are not touched
    Delete(operate::EndOptions),
    /// Leave hosted services as they are on their devices, and forget them here
    Release(operate::EndOptions),
    /// Open a service's own page in the browser
    Open {
        /// Id, beginning of an id, or exact name
        service: String,
        /// Only print the link; it works once and for a short time
        #[arg(long)]
        print: bool,
    },
    /// Show how a service fares: its key figures of the last day, and what is wrong
    Figures {
        /// Id, beginning of an id, or exact name
        service: String,
    },
    /// Print what a running service is set to, as the text of a template
    Configuration {
        /// Id, beginning of an id, or exact name
        service: String,
    },
    /// Tags of services: words by which they are found
    #[command(subcommand)]
    Tag(many::TagCommand),
    /// Add the services of a list that the control plane dials by itself
    #[command(
        long_about = "Add the services of a list that the control plane dials by itself.\n\n\
        The list is comma-separated values; its first line names the columns, in any order: category, name, endpoint, and if wished \
        nodeType, scheme, tagName, authentication, username, password, pinned, description. What can be added is, without a proof; the \
        lines that were not taken are shown with the reason."
    )]
    Import(many::ImportOptions),
    /// Save services as a list that can be imported again; no password is in it
    Export(many::ExportOptions),
    /// Send an HTTP request to a service, as curl would
    Curl(CurlOptions),
}

pub(crate) async fn carry_out(
    global: &Global,
    command: ServiceCommand,
) -> Result<ExitCode, CliError> {
    let client = connect::client(global)?;
    match command {
        ServiceCommand::List(options) => list(global, &client, options).await?,
        ServiceCommand::Show { service } => {
            show(global, &resolve::service(&client, &service).await?)?
        }
        ServiceCommand::Add(options) => change::add(global, &client, options).await?,
        ServiceCommand::Change(options) => change::change(global, &client, options).await?,
        ServiceCommand::Prove { service } => change::prove(global, &client, &service).await?,
        ServiceCommand::Host(options) => hosted::host(global, &client, *options).await?,
        ServiceCommand::Hosting(options) => hosted::hosting(global, &client, options).await?,
        ServiceCommand::Start(chosen) => {
            operate::run(global, &client, Operation::Start, &chosen).await?
        }
        ServiceCommand::Stop(chosen) => {
            operate::run(global, &client, Operation::Stop, &chosen).await?
        }
        ServiceCommand::Restart(chosen) => {
            operate::run(global, &client, Operation::Restart, &chosen).await?
        }
        ServiceCommand::Upgrade(options) => operate::upgrade(global, &client, options).await?,
        ServiceCommand::Delete(options) => operate::delete(global, &client, options).await?,
        ServiceCommand::Release(options) => operate::release(global, &client, options).await?,
        ServiceCommand::Open { service, print } => open(global, &client, &service, print).await?,
        ServiceCommand::Configuration { service } => {
            configuration(global, &client, &service).await?
        }
        ServiceCommand::Figures { service } => figures::show(global, &client, &service).await?,
        ServiceCommand::Tag(command) => many::tag(global, &client, command).await?,
        ServiceCommand::Import(options) => many::import(global, &client, options).await?,
        ServiceCommand::Export(options) => many::export(&client, options).await?,
        ServiceCommand::Curl(options) => return curl::carry_out(&client, options).await,
    }
    Ok(ExitCode::Done)
}

async fn list(global: &Global, client: &Client, options: FilterOptions) -> Result<(), CliError> {
    let filter = options.filter(client).await?;
    let filtered =
        serde_json::to_value(&filter).is_ok_and(|filter| filter != serde_json::json!({}));
    let services = client.services(&filter).await?;
    let when_empty = if filtered {
        "no service matches; leave out a filter to see more"
    } else {
        "there are no services yet; adopt an agent with: edgeward agent adopt <agent> --project <project>, or add one with: edgeward service add"
    };
    let columns = [
        "NAME",
        "ID",
        "STATE",
        "KIND",
        "AGENT OR ADDRESS",
        "PROJECT",
        "DESCRIPTION",
    ];
    output::list(
        global,
        &services.items,
        services.total,
        &columns,
        row,
        when_empty,
    )
}

fn row(service: &Service) -> Vec<String> {
    vec![
        service.name.to_string(),
        service.id.to_string(),
        output::word(&service.state),
        output::or_dash(&service.kind),
        reached_by(service),
        project_of(service),
        output::or_dash(&service.description),
    ]
}

/// The agent's name, or the address.
fn reached_by(service: &Service) -> String {
    match (&service.agent_name, &service.address) {
        (Some(agent), _) => agent.to_string(),
        (None, Some(address)) => output::plain(address),
        (None, None) => output::or_dash(""),
    }
}

/// What the service is shown before it answers.
fn shown(service: &Service) -> String {
    match (service.authentication, &service.user) {
        (ServiceAuthentication::None, _) => "nothing".to_owned(),
        (ServiceAuthentication::Token, _) => "a token".to_owned(),
        (ServiceAuthentication::Basic, user) => {
            let user = user.as_deref().unwrap_or_default();
            format!("user {} and a password", output::plain(user))
        }
    }
}

fn project_of(service: &Service) -> String {
    format!("{} / {}", service.organisation_name, service.project_name)
}

fn show(global: &Global, service: &Service) -> Result<(), CliError> {
    let mut lines = vec![
        ("Name", service.name.to_string()),
        ("Id", service.id.to_string()),
        ("State", output::word(&service.state)),
        ("Kind", output::or_dash(&service.kind)),
        ("Description", output::or_dash(&service.description)),
    ];
    if let (Some(name), Some(id)) = (&service.agent_name, service.agent_id) {
        lines.push(("Agent", format!("{name} ({id})")));
    }
    if let Some(offer) = &service.offer {
        lines.push(("Offered as", offer.to_string()));
    }
    if let Some(progress) = &service.hosted {
        lines.push(("Hosted", hosted::progress(progress)));
        let message = progress.message.as_deref().unwrap_or_default();
        lines.push(("Its agent says", output::or_dash(message)));
        lines.push(("Since", output::time(progress.since)));
    }
    if let Some(address) = &service.address {
        lines.push(("Address", output::plain(address)));
    }
    if let Some(pinned) = &service.pinned {
        lines.push(("Pinned", output::plain(pinned)));
    }
    if !service.tags.is_empty() {
        lines.push(("Tags", service.tags.join(" ")));
    }
    lines.push(("Shown to it", shown(service)));
    if let Some(check) = &service.check {
        lines.push((
            "Version",
            output::or_dash(check.version.as_deref().unwrap_or_default()),
        ));
        let found = check
            .finding
            .as_ref()
            .map_or("", |finding| &finding.message);
        lines.push(("Found", output::or_dash(found)));
        lines.push(("Looked at", output::time(check.at)));
    }
    lines.push(("Project", project_of(service)));
    lines.push(("Path", output::or_dash(&service.path)));
    lines.push(("Made", output::time(service.created_at)));
    output::one(global, service, lines)
}

async fn configuration(global: &Global, client: &Client, service: &str) -> Result<(), CliError> {
    let service = resolve::service(client, service).await?;
    let configuration = client.service_configuration(service.id).await?;
    if global.output == Output::Json {
        return output::json(&configuration);
    }
    output::raw(configuration.text.as_bytes())?;
    if !configuration.placeholders.is_empty() {
        output::note(&format!(
            "secrets are not in it; these values have to be given: {}",
            configuration.placeholders.join(", ")
        ));
    }
    Ok(())
}

async fn open(
    global: &Global,
    client: &Client,
    service: &str,
    print: bool,
) -> Result<(), CliError> {
    let service = resolve::service(client, service).await?;
    let answer = client.open_service(service.id).await?;
    match global.output {
        Output::Json => output::json(&answer)?,
        Output::Table => output::line(&output::plain(&answer.url))?,
    }
    if !print && !browse(&answer.url).await {
        output::note(&format!(
            "no browser could be started here; open the link yourself, once, until {}",
            output::time(answer.expires_at)
        ));
    }
    Ok(())
}

/// Whether the desktop took the link.
async fn browse(url: &str) -> bool {
    let opened = tokio::process::Command::new("xdg-open")
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    opened.is_ok_and(|status| status.success())
}
