//! `edgeward agent …`: looking at agents, adopting, releasing and deleting them.

use clap::{Args, Subcommand};
use edgeward_api::agent::{
    AdoptRequest, Agent, AgentFilter, MAX_TRANSFERRED, Management, Presence, TransferRequest,
};
use edgeward_client::Client;
use edgeward_ids::Name;

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::resolve::agent_name;
use crate::token::TokenCommand;
use crate::{connect, output, resolve, token};

/// What a list of agents shows.
const COLUMNS: [&str; 9] = [
    "NAME",
    "ID",
    "MANAGEMENT",
    "PRESENCE",
    "PROJECT",
    "VERSION",
    "ADDRESS",
    "PATH",
    "DESCRIPTION",
];

#[derive(Subcommand)]
pub(crate) enum AgentCommand {
    /// List agents
    List(ListOptions),
    /// Show one agent
    Show {
        /// Id, beginning of an id, or exact name
        agent: String,
    },
    /// Adopt an unmanaged agent into a project
    Adopt(AdoptOptions),
    /// Move managed agents, with their services, to another project: all of them or none
    Transfer(TransferOptions),
    /// Release a managed agent; its services go from the list, what runs on the device stays
    Release {
        /// Id, beginning of an id, or exact name
        agent: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Delete an unmanaged agent; its certificate is refused from then on
    Delete {
        /// Id, beginning of an id, or exact name
        agent: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Tokens with which devices join
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Args)]
pub(crate) struct ListOptions {
    /// Only adopted ones
    #[arg(long, conflicts_with = "unmanaged")]
    managed: bool,
    /// Only ones that wait to be adopted
    #[arg(long)]
    unmanaged: bool,
    /// Only connected ones
    #[arg(long, conflicts_with = "offline")]
    online: bool,
    /// Only ones that are not connected
    #[arg(long)]
    offline: bool,
    /// Only those of this organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// Only those of this project (id, beginning of an id, or name)
    #[arg(long)]
    project: Option<String>,
    /// Only those with this text in name, host name, description, address or id
    #[arg(long)]
    text: Option<String>,
}

#[derive(Args)]
pub(crate) struct AdoptOptions {
    /// Id, beginning of an id, or exact host name
    agent: String,
    /// The name to give; the device's host name when absent
    #[arg(long)]
    name: Option<Name>,
    /// The organisation (id, beginning of an id, or name)
    #[arg(long)]
    organisation: Option<String>,
    /// A project of it (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
}

#[derive(Args)]
pub(crate) struct TransferOptions {
    /// Ids, beginnings of ids, or exact names
    #[arg(required = true, value_name = "AGENT")]
    agents: Vec<String>,
    /// The project to move them to (id, beginning of an id, or name)
    #[arg(long)]
    project: String,
    /// The organisation of that project, where its name alone is not enough
    #[arg(long)]
    organisation: Option<String>,
}

pub(crate) async fn carry_out(global: &Global, command: AgentCommand) -> Result<(), CliError> {
    let client = connect::client(global)?;
    match command {
        AgentCommand::List(options) => list(global, &client, options).await,
        AgentCommand::Show { agent } => show(global, &resolve::agent(&client, &agent).await?),
        AgentCommand::Adopt(options) => adopt(global, &client, options).await,
        AgentCommand::Transfer(options) => transfer(global, &client, options).await,
        AgentCommand::Release { agent, yes } => release(global, &client, &agent, yes).await,
        AgentCommand::Delete { agent, yes } => delete(&client, &agent, yes).await,
        AgentCommand::Token(command) => token::carry_out(global, &client, command).await,
    }
}

async fn list(global: &Global, client: &Client, options: ListOptions) -> Result<(), CliError> {
    let mut filter = AgentFilter {
        management: match (options.managed, options.unmanaged) {
            (true, _) => Some(Management::Managed),
            (_, true) => Some(Management::Unmanaged),
            _ => None,
        },
        presence: match (options.online, options.offline) {
            (true, _) => Some(Presence::Online),
            (_, true) => Some(Presence::Offline),
            _ => None,
        },
        text: options.text,
        ..AgentFilter::default()
    };
    if let Some(project) = &options.project {
        let (_, project) =
            resolve::project(client, options.organisation.as_deref(), project).await?;
        filter.project = Some(project.id);
    } else if let Some(organisation) = &options.organisation {
        filter.organisation = Some(resolve::organisation(client, organisation).await?.id);
    }
    let filtered =
        serde_json::to_value(&filter).is_ok_and(|filter| filter != serde_json::json!({}));
    let agents = client.agents(&filter).await?;
    let when_empty = if filtered {
        "no agent matches; leave out a filter to see more"
    } else {
        "there are no agents yet; make a token to join a device with: edgeward agent token create"
    };
    output::list(
        global,
        &agents.items,
        agents.total,
        &COLUMNS,
        row,
        when_empty,
    )
}

fn row(agent: &Agent) -> Vec<String> {
    vec![
        agent_name(agent).to_owned(),
        agent.id.to_string(),
        output::word(&agent.management),
        output::word(&agent.presence),
        output::or_dash(&project_of(agent)),
        output::or_dash(&agent.version),
        output::or_dash(&agent.address),
        output::or_dash(&agent.path),
        output::or_dash(&agent.description),
    ]
}

/// Where it is, or where it waits.
fn project_of(agent: &Agent) -> String {
    match (&agent.membership, &agent.waits_in) {
        (Some(membership), _) => format!(
            "{} / {}",
            membership.organisation_name, membership.project_name
        ),
        (None, Some(waits_in)) => format!("waits in {}", waits_in.organisation_name),
        (None, None) => String::new(),
    }
}

fn show(global: &Global, agent: &Agent) -> Result<(), CliError> {
    let confirmed = agent.membership.as_ref().map_or("-", |membership| {
        if membership.confirmed {
            "yes"
        } else {
            "not yet"
        }
    });
    let mut lines = vec![
        ("Name", agent_name(agent).to_owned()),
        ("Id", agent.id.to_string()),
        ("Management", output::word(&agent.management)),
        ("Presence", output::word(&agent.presence)),
        ("Project", output::or_dash(&project_of(agent))),
        ("Confirmed", confirmed.to_owned()),
        ("Host name", output::or_dash(&agent.hostname)),
        ("Description", output::or_dash(&agent.description)),
        ("Version", output::or_dash(&agent.version)),
        ("Platform", output::or_dash(&agent.platform)),
        ("Address", output::or_dash(&agent.address)),
        ("Path", output::or_dash(&agent.path)),
        ("First seen", output::time(agent.created_at)),
        (
            "Last heard",
            agent.last_heard_at.map_or("never".to_owned(), output::time),
        ),
        (
            "Certificate ends",
            output::time(agent.certificate_expires_at),
        ),
    ];
    for offer in &agent.offers {
        let service = offer
            .service_id
            .map_or(String::new(), |id| format!(", service {id}"));
        lines.push((
            "Offers",
            format!("{} ({}){service}", offer.name, offer.kind),
        ));
    }
    output::one(global, agent, lines)
}

async fn adopt(global: &Global, client: &Client, options: AdoptOptions) -> Result<(), CliError> {
    let agent = resolve::agent(client, &options.agent).await?;
    let (organisation, project) =
        resolve::project(client, options.organisation.as_deref(), &options.project).await?;
    let name = match options.name {
        Some(name) => name,
        None => agent
            .hostname
            .parse()
            .map_err(|error: edgeward_ids::NameError| {
                CliError::usage(format!(
                    "the host name {:?} cannot be the agent's name: {error}",
                    agent.hostname
                ))
                .hint("give one with --name")
            })?,
    };
    let request = AdoptRequest {
        name,
        organisation_id: organisation.id,
        project_id: project.id,
    };
    let adopted = client.adopt(agent.id, &request).await?;
    show(global, &adopted)?;
    output::note(&format!(
        "adopted into {} / {}; see its services with: edgeward service list",
        organisation.name, project.name
    ));
    Ok(())
}

async fn transfer(
    global: &Global,
    client: &Client,
    options: TransferOptions,
) -> Result<(), CliError> {
    let count = options.agents.len();
    if count > MAX_TRANSFERRED {
        return Err(CliError::usage(format!(
            "{count} agents at once are too many; {MAX_TRANSFERRED} are allowed"
        )));
    }
    let mut agent_ids = Vec::new();
    for text in &options.agents {
        let id = resolve::agent(client, text).await?.id;
        if !agent_ids.contains(&id) {
            agent_ids.push(id);
        }
    }
    let (organisation, project) =
        resolve::project(client, options.organisation.as_deref(), &options.project).await?;
    let moved = client
        .transfer(&TransferRequest {
            agent_ids,
            project_id: project.id,
        })
        .await?;
    output::list(
        global,
        &moved.items,
        moved.total,
        &COLUMNS,
        row,
        "no agent was moved",
    )?;
    output::note(&format!("now in {} / {}", organisation.name, project.name));
    Ok(())
}

async fn release(global: &Global, client: &Client, agent: &str, yes: bool) -> Result<(), CliError> {
    let agent = resolve::agent(client, agent).await?;
    confirm(
        yes,
        &format!(
            "Release {} ({}) and take its services from the list?",
            output::plain(agent_name(&agent)),
            agent.id
        ),
    )?;
    show(global, &client.release(agent.id).await?)
}

async fn delete(client: &Client, agent: &str, yes: bool) -> Result<(), CliError> {
    let agent = resolve::agent(client, agent).await?;
    confirm(
        yes,
        &format!(
            "Delete {} ({})?",
            output::plain(agent_name(&agent)),
            agent.id
        ),
    )?;
    client.delete_agent(agent.id).await?;
    output::note(&format!("deleted {}", agent.id));
    Ok(())
}
