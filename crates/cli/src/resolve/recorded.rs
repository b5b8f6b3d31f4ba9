//! What the audit log's filters name: an id as it is, or a name that is looked for among what there is now.

use edgeward_api::agent::AgentFilter;
use edgeward_api::service::ServiceFilter;
use edgeward_api::user::UserFilter;
use edgeward_client::{Client, ClientError};
use uuid::Uuid;

use super::agent_name;
use crate::error::CliError;

/// Something that has the name that is looked for.
struct Named {
    kind: &'static str,
    id: Uuid,
}

/// The id of a user, API token or agent.
pub(crate) async fn author(client: &Client, text: &str) -> Result<Uuid, CliError> {
    match text.parse() {
        Ok(id) => Ok(id),
        Err(_) => only("author", text, authors(client, text).await?),
    }
}

/// The id of anything that can be changed.
pub(crate) async fn object(client: &Client, text: &str) -> Result<String, CliError> {
    if text.parse::<Uuid>().is_ok() {
        return Ok(text.to_owned());
    }
    let mut found = authors(client, text).await?;
    for organisation in seen(client.organisations().await)? {
        found.extend(named(
            "organisation",
            text,
            organisation.name.as_str(),
            organisation.id.as_uuid(),
        ));
        for project in &organisation.projects {
            found.extend(named(
                "project",
                text,
                project.name.as_str(),
                project.id.as_uuid(),
            ));
        }
    }
    let filter = ServiceFilter {
        text: Some(text.to_owned()),
        ..ServiceFilter::default()
    };
    for service in seen(client.services(&filter).await)? {
        found.extend(named(
            "service",
            text,
            service.name.as_str(),
            service.id.as_uuid(),
        ));
    }
    only("object", text, found).map(|id| id.to_string())
}

async fn authors(client: &Client, text: &str) -> Result<Vec<Named>, CliError> {
    let mut found = Vec::new();
    let filter = UserFilter {
        text: Some(text.to_owned()),
        ..UserFilter::default()
    };
    for user in seen(client.users(&filter).await)? {
        let email = named(
            "user",
            &text.to_lowercase(),
            &user.email.to_lowercase(),
            user.id.as_uuid(),
        );
        found.extend(email.or_else(|| named("user", text, &user.display_name, user.id.as_uuid())));
    }
    for token in seen(client.api_tokens(true).await)? {
        found.extend(named("API token", text, &token.name, token.id.as_uuid()));
    }
    let filter = AgentFilter {
        text: Some(text.to_owned()),
        ..AgentFilter::default()
    };
    for agent in seen(client.agents(&filter).await)? {
        found.extend(named("agent", text, agent_name(&agent), agent.id.as_uuid()));
    }
    Ok(found)
}

fn named(kind: &'static str, text: &str, name: &str, id: Uuid) -> Option<Named> {
    (name == text).then_some(Named { kind, id })
}

/// A list that one may not see has nothing to offer here.
fn seen<T>(answer: Result<edgeward_api::list::List<T>, ClientError>) -> Result<Vec<T>, CliError> {
    match answer {
        Ok(list) => Ok(list.items),
        Err(error) if matches!(error.status(), Some(http::StatusCode::FORBIDDEN)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn only(what: &str, text: &str, mut found: Vec<Named>) -> Result<Uuid, CliError> {
    match found.len() {
        1 => Ok(found.remove(0).id),
        0 => Err(CliError::refused(format!("there is no {what} \"{text}\" now")).hint(format!(
            "give an id; for what was deleted or renamed, look for the name with: edgeward audit list --text \"{text}\""
        ))),
        count => {
            let all: Vec<_> = found
                .iter()
                .map(|named| format!("{} {}", named.kind, named.id))
                .collect();
            Err(CliError::usage(format!(
                "\"{text}\" stands for {count} things: {}",
                all.join(", ")
            ))
            .hint("give the id of the one that is meant"))
        }
    }
}
