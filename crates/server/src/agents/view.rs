//! Conversions between the wire, the rules and the REST API.

use std::collections::BTreeMap;

use edgeward_api::agent as api;
use edgeward_domain::agent::{self as domain, AgentFacts};
use edgeward_store::AgentView;
use edgeward_wire::report::{self, MAX_OFFERS, MAX_TEXT_CHARS};

use super::Presence;
use crate::timestamp;

/// What an agent says of itself, cut to its limits.
pub fn facts_from_wire(facts: &report::Facts) -> AgentFacts {
    AgentFacts {
        hostname: cut(&facts.hostname),
        description: cut(&facts.description),
        version: cut(&facts.version),
        os: cut(&facts.os),
        arch: cut(&facts.arch),
        local_address: cut(&facts.local_address),
        offers: facts
            .offers
            .iter()
            .take(MAX_OFFERS)
            .map(|offer| domain::Offer {
                name: offer.name.clone(),
                kind: cut(&offer.kind),
                description: cut(&offer.description),
            })
            .collect(),
    }
}

/// A membership as the agent reports it.
pub(super) fn membership_from_wire(membership: report::Membership) -> domain::Membership {
    let report::Membership {
        organisation,
        project,
        name,
        services,
    } = membership;
    domain::Membership {
        organisation,
        project,
        name,
        services,
    }
}

/// A membership as the agent is told it.
pub(super) fn membership_to_wire(membership: domain::Membership) -> report::Membership {
    let domain::Membership {
        organisation,
        project,
        name,
        services,
    } = membership;
    report::Membership {
        organisation,
        project,
        name,
        services,
    }
}

/// An agent as the REST API shows it.
pub(super) fn to_api(view: AgentView, presence: &Presence) -> api::Agent {
    let AgentView { agent, place, home } = view;
    let (heard, seen_at) = presence.last(agent.id);
    let services = agent
        .state
        .membership()
        .map_or_else(BTreeMap::new, |m| m.services.clone());
    let facts = agent.facts;
    api::Agent {
        id: agent.id,
        management: if agent.state.is_managed() {
            api::Management::Managed
        } else {
            api::Management::Unmanaged
        },
        presence: if presence.is_online(agent.id) {
            api::Presence::Online
        } else {
            api::Presence::Offline
        },
        hostname: facts.hostname,
        description: facts.description,
        version: facts.version,
        platform: [facts.os, facts.arch]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        address: seen_at.map_or(agent.address, |address| address.ip().to_string()),
        path: "direct".into(),
        offers: facts
            .offers
            .into_iter()
            .map(|offer| api::Offer {
                service_id: services.get(&offer.name).copied(),
                name: offer.name,
                kind: offer.kind,
                description: offer.description,
            })
            .collect(),
        created_at: timestamp(agent.created_at),
        last_heard_at: heard.max(agent.last_heard_at).map(timestamp),
        certificate_expires_at: timestamp(
            agent.certificate.map_or(agent.created_at, |c| c.not_after),
        ),
        waits_in: home.map(|home| api::WaitsIn {
            organisation_id: home.organisation,
            organisation_name: home.name,
        }),
        membership: membership(agent.state, place),
    }
}

fn membership(
    state: domain::AgentState,
    place: Option<edgeward_store::Place>,
) -> Option<api::Membership> {
    let domain::AgentState::Managed {
        membership,
        confirmed,
    } = state
    else {
        return None;
    };
    let place = place?;
    Some(api::Membership {
        name: membership.name,
        organisation_id: membership.organisation,
        organisation_name: place.organisation,
        project_id: membership.project,
        project_name: place.project,
        confirmed,
    })
}

fn cut(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_TEXT_CHARS)
        .collect()
}
