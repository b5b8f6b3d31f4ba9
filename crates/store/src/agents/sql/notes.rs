//! What the audit log says of agents.

use edgeward_domain::agent::Agent;
use edgeward_domain::audit::{By, Note};
use edgeward_ids::OrganisationId;
use serde_json::{Value, json};

use super::super::AgentView;
use super::adoption::is_settled;
use crate::database::entity::service;

/// How an agent is called: by its name, else its host name.
fn name(agent: &Agent) -> &str {
    match agent.state.membership() {
        Some(membership) => membership.name.as_str(),
        None => &agent.facts.hostname,
    }
}

/// The agent itself, as an author.
pub(crate) fn itself(agent: &Agent) -> By {
    By::agent(agent.id, name(agent), Some(&agent.address))
}

/// Something that was done to an agent, which waits in `home` when it is not managed.
pub(crate) fn about(action: &'static str, agent: &Agent, home: Option<OrganisationId>) -> Note {
    let membership = agent.state.membership();
    Note::new(action, Some(agent.id.to_string()), name(agent)).at(
        membership.map(|m| m.organisation).or(home),
        membership.map(|m| m.project),
    )
}

/// Where an agent is.
pub(super) fn place(view: &AgentView) -> Value {
    match (view.agent.state.membership(), &view.place) {
        (Some(membership), Some(place)) => json!({
            "name": membership.name,
            "organisation": place.organisation,
            "project": place.project,
        }),
        _ => json!({ "waits_in": view.home.as_ref().map(|home| &home.name) }),
    }
}

/// What an agent says of itself, as far as its changes are recorded.
pub(super) fn facts(agent: &Agent) -> Value {
    let offers: Vec<Value> = agent
        .facts
        .offers
        .iter()
        .map(|offer| json!({ "name": offer.name, "kind": offer.kind }))
        .collect();
    json!({
        "hostname": agent.facts.hostname,
        "version": agent.facts.version,
        "offers": offers,
    })
}

/// That an agent reports what is recorded of it, or does not any more.
pub(super) fn settled(before: &Agent, after: &Agent, home: Option<OrganisationId>) -> Option<Note> {
    let confirmed = |agent: &Agent| json!({ "confirmed": is_settled(&agent.state) });
    (is_settled(&before.state) != is_settled(&after.state)).then(|| {
        about("agent.confirm", after, home)
            .before(confirmed(before))
            .after(confirmed(after))
    })
}

/// That an edge service came or went by what its agent says.
pub(super) fn service(
    action: &'static str,
    agent: &Agent,
    id: String,
    name: &str,
    offer: &str,
) -> Note {
    let membership = agent.state.membership();
    Note::new(action, Some(id), name)
        .at(
            membership.map(|m| m.organisation),
            membership.map(|m| m.project),
        )
        .after(json!({ "offer": offer, "agent": self::name(agent) }))
}

/// Whether a service that changed came back or went; neither when only its description changed.
pub(super) fn came_or_went(before: &service::Model, offered: bool) -> Option<&'static str> {
    match (before.offered, offered) {
        (false, true) => Some("service.appear"),
        (true, false) => Some("service.disappear"),
        _ => None,
    }
}
