//! Finding the thing that an id, the beginning of one, or a name stands for.

mod devices;
mod people;
mod recorded;

use std::fmt::Display;

use edgeward_api::agent::{Agent, AgentFilter};
use edgeward_api::organisation::{Organisation, Project};
use edgeward_api::service::{Service, ServiceFilter};
use edgeward_api::template::{Template, TemplateFilter};
use edgeward_api::token::JoinToken;
use edgeward_client::Client;

use crate::error::CliError;

pub(crate) use devices::registration;
pub(crate) use people::{api_token, member, session, user};
pub(crate) use recorded::{author, object};

/// The most candidates that an ambiguity names.
const MAX_NAMED: usize = 5;

pub(crate) async fn agent(client: &Client, text: &str) -> Result<Agent, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(client.agent(id).await?);
    }
    let filter = AgentFilter {
        text: Some(text.to_owned()),
        ..AgentFilter::default()
    };
    let found = client.agents(&filter).await?.items;
    pick("agent", text, found, |agent| agent.id, agent_name)
}

pub(crate) async fn service(client: &Client, text: &str) -> Result<Service, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(client.service(id).await?);
    }
    let filter = ServiceFilter {
        text: Some(text.to_owned()),
        ..ServiceFilter::default()
    };
    let found = client.services(&filter).await?.items;
    pick(
        "service",
        text,
        found,
        |service| service.id,
        |service| service.name.as_str(),
    )
}

pub(crate) async fn template(client: &Client, text: &str) -> Result<Template, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(client.template(id).await?);
    }
    let found = client.templates(&TemplateFilter::default()).await?.items;
    pick(
        "template",
        text,
        found,
        |template| template.id,
        |template| template.name.as_str(),
    )
}

pub(crate) async fn join_token(client: &Client, text: &str) -> Result<JoinToken, CliError> {
    let found = client.join_tokens().await?.items;
    pick("join token", text, found, |token| token.id, |_| "")
}

pub(crate) async fn organisation(client: &Client, text: &str) -> Result<Organisation, CliError> {
    let found = client.organisations().await?.items;
    pick(
        "organisation",
        text,
        found,
        |organisation| organisation.id,
        |organisation| organisation.name.as_str(),
    )
}

/// A project, of the given organisation or of any.
pub(crate) async fn project(
    client: &Client,
    organisation: Option<&str>,
    text: &str,
) -> Result<(Organisation, Project), CliError> {
    let organisations = match organisation {
        Some(name) => vec![self::organisation(client, name).await?],
        None => client.organisations().await?.items,
    };
    let projects = organisations
        .iter()
        .flat_map(|organisation| {
            organisation
                .projects
                .iter()
                .map(move |project| (organisation.clone(), project.clone()))
        })
        .collect();
    pick("project", text, projects, |(_, project)| project.id, |(_, project)| project.name.as_str()).map_err(|error| match organisation {
        Some(name) => error.hint(format!("see what there is in {name} with: edgeward project list --organisation \"{name}\"")),
        None => error.hint("see what there is with: edgeward project list; name the organisation with --organisation"),
    })
}

/// What an agent is called: the name it was adopted under, or its host name.
pub(crate) fn agent_name(agent: &Agent) -> &str {
    match &agent.membership {
        Some(membership) => membership.name.as_str(),
        None => &agent.hostname,
    }
}

/// The one with this id or exact name; else the one whose id begins so.
fn pick<T, I: Display>(
    what: &str,
    text: &str,
    all: Vec<T>,
    id: impl Fn(&T) -> I,
    name: impl Fn(&T) -> &str,
) -> Result<T, CliError> {
    let wanted = text.to_lowercase();
    let is_named = |thing: &T| name(thing) == text || id(thing).to_string() == wanted;
    let begins = |thing: &T| !wanted.is_empty() && id(thing).to_string().starts_with(&wanted);
    let exact = all.iter().any(is_named);
    let mut found: Vec<T> = all
        .into_iter()
        .filter(|thing| {
            if exact {
                is_named(thing)
            } else {
                begins(thing)
            }
        })
        .collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(
            CliError::refused(format!("there is no {what} \"{text}\"")).hint(format!(
                "give an id, the beginning of one, or an exact name; see them with: {}",
                list_command(what)
            )),
        ),
        count => {
            let mut candidates: Vec<String> = found
                .iter()
                .take(MAX_NAMED)
                .map(|thing| described(&id(thing), name(thing)))
                .collect();
            if count > MAX_NAMED {
                candidates.push("…".to_owned());
            }
            Err(CliError::usage(format!(
                "\"{text}\" stands for {count} {what}s: {}",
                candidates.join(", ")
            ))
            .hint("give more of the id"))
        }
    }
}

fn described(id: &impl Display, name: &str) -> String {
    if name.is_empty() {
        id.to_string()
    } else {
        format!("{id} ({})", crate::output::plain(name))
    }
}

fn list_command(what: &str) -> String {
    match what {
        "join token" => "edgeward agent token list".to_owned(),
        "API token" => "edgeward api-token list --all".to_owned(),
        "member" => "edgeward organisation member list, or edgeward project member list".to_owned(),
        other => format!("edgeward {other} list"),
    }
}
