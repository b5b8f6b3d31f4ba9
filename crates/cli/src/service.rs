//! `edgeward service …`: looking at edge services, opening and asking them.

use std::process::Stdio;

use clap::{Args, Subcommand, ValueEnum};
use edgeward_api::service::{Service, ServiceFilter, ServiceState};
use edgeward_client::Client;
use edgeward_runtime::ExitCode;

use crate::arguments::{Global, Output};
use crate::curl::{self, CurlOptions};
use crate::error::CliError;
use crate::{connect, output, resolve};

#[derive(Subcommand)]
pub(crate) enum ServiceCommand {
    /// List edge services
    List(ListOptions),
    /// Show one edge service
    Show {
        /// Id, beginning of an id, or exact name
        service: String,
    },
    /// Open a service's own page in the browser
    Open {
        /// Id, beginning of an id, or exact name
        service: String,
        /// Only print the link; it works once and for a short time
        #[arg(long)]
        print: bool,
    },
    /// Send an HTTP request to a service, as curl would
    Curl(CurlOptions),
}

#[derive(Args)]
pub(crate) struct ListOptions {
    /// Only those in this state
    #[arg(long)]
    state: Option<State>,
    /// Only those of this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// Only those of this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// Only those with this text in name, agent name, kind, description or id
    #[arg(long)]
    text: Option<String>,
}

#[derive(ValueEnum, Clone, Copy)]
enum State {
    /// Can be reached
    Online,
    /// The agent is offline
    Offline,
    /// The agent does not offer it any more
    NotOffered,
}

impl From<State> for ServiceState {
    fn from(state: State) -> Self {
        match state {
            State::Online => Self::Online,
            State::Offline => Self::Offline,
            State::NotOffered => Self::NotOffered,
        }
    }
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
        ServiceCommand::Open { service, print } => open(global, &client, &service, print).await?,
        ServiceCommand::Curl(options) => return curl::carry_out(&client, options).await,
    }
    Ok(ExitCode::Done)
}

async fn list(global: &Global, client: &Client, options: ListOptions) -> Result<(), CliError> {
    let mut filter = ServiceFilter {
        state: options.state.map(Into::into),
        text: options.text,
        ..ServiceFilter::default()
    };
    if let Some(project) = &options.project {
        filter.project = Some(
            resolve::project(client, options.organisation.as_deref(), project)
                .await?
                .1
                .id,
        );
    } else if let Some(organisation) = &options.organisation {
        filter.organisation = Some(resolve::organisation(client, organisation).await?.id);
    }
    let filtered =
        serde_json::to_value(&filter).is_ok_and(|filter| filter != serde_json::json!({}));
    let services = client.services(&filter).await?;
    let when_empty = if filtered {
        "no service matches; leave out a filter to see more"
    } else {
        "there are no services yet; adopt an agent with: edgeward agent adopt <agent> --project <project>"
    };
    let columns = [
        "NAME",
        "ID",
        "STATE",
        "KIND",
        "AGENT",
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
        service.agent_name.to_string(),
        project_of(service),
        output::or_dash(&service.description),
    ]
}

fn project_of(service: &Service) -> String {
    format!("{} / {}", service.organisation_name, service.project_name)
}

fn show(global: &Global, service: &Service) -> Result<(), CliError> {
    let lines = vec![
        ("Name", service.name.to_string()),
        ("Id", service.id.to_string()),
        ("State", output::word(&service.state)),
        ("Kind", output::or_dash(&service.kind)),
        ("Description", output::or_dash(&service.description)),
        (
            "Agent",
            format!("{} ({})", service.agent_name, service.agent_id),
        ),
        ("Offered as", service.offer.to_string()),
        ("Project", project_of(service)),
        ("Path", output::or_dash(&service.path)),
        ("Made", output::time(service.created_at)),
    ];
    output::one(global, service, lines)
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
