//! Adopting, releasing and deleting an agent.

use std::collections::{BTreeMap, HashSet};

use edgeward_ids::{Name, OfferName, OrganisationId, ProjectId, ServiceId};

use super::{Agent, AgentState, MAX_OFFERS, Membership, Offer};
use crate::Moment;
use crate::service::{Authentication, Service, Way, base_name, free_name};

/// Why an agent may not be adopted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AdoptRefusal {
    /// There is no such agent.
    #[error("there is no such agent")]
    UnknownAgent,
    /// There is no such project in that organisation.
    #[error("there is no such project in that organisation")]
    UnknownProject,
    /// It was adopted before.
    #[error("the agent is already managed, under the name \"{0}\"; release it first")]
    AlreadyManaged(Name),
}

/// Why an agent may not be released.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReleaseRefusal {
    /// There is no such agent.
    #[error("there is no such agent")]
    UnknownAgent,
    /// It was not adopted.
    #[error("the agent is not managed")]
    NotManaged,
}

/// Why an agent may not be deleted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DeleteRefusal {
    /// There is no such agent.
    #[error("there is no such agent")]
    UnknownAgent,
    /// It is managed.
    #[error("the agent is managed, under the name \"{0}\"; release it before deleting it")]
    Managed(Name),
}

/// Adopts an unmanaged agent: the agent as it is afterwards, and the services that come to stand for its offers.
///
/// `taken` are the names that services of the project have, as far as they can clash (see [`free_name`]).
pub fn adopt(
    agent: &Agent,
    name: Name,
    organisation: OrganisationId,
    project: ProjectId,
    taken: HashSet<Name>,
    now: Moment,
) -> Result<(Agent, Vec<Service>), AdoptRefusal> {
    if let Some(membership) = agent.state.membership() {
        return Err(AdoptRefusal::AlreadyManaged(membership.name.clone()));
    }
    let empty = Membership {
        organisation,
        project,
        name,
        services: BTreeMap::new(),
    };
    let services = missing_services(agent, &empty, taken, now);
    let membership = Membership {
        services: standing_for(&services).collect(),
        ..empty
    };
    let adopted = Agent {
        state: AgentState::Managed {
            membership,
            confirmed: false,
        },
        ..agent.clone()
    };
    Ok((adopted, services))
}

/// The services that are still to be made for offers of a managed agent; those that exist stay as they are.
///
/// At most [`MAX_OFFERS`] services stand for one agent, withdrawn offers included. `taken` is as in [`adopt`].
pub fn missing_services(
    agent: &Agent,
    membership: &Membership,
    mut taken: HashSet<Name>,
    now: Moment,
) -> Vec<Service> {
    let known = &membership.services;
    let mut seen: HashSet<&OfferName> = HashSet::new();
    let new: Vec<&Offer> = agent
        .facts
        .offers
        .iter()
        .filter(|offer| !known.contains_key(&offer.name) && seen.insert(&offer.name))
        .take(MAX_OFFERS.saturating_sub(known.len()))
        .collect();
    let in_all = known.len() + new.len();
    new.into_iter()
        .map(|offer| {
            let name = free_name(&base_name(&membership.name, &offer.name, in_all), &taken);
            taken.insert(name.clone());
            Service {
                id: ServiceId::generate(),
                name,
                kind: offer.kind.clone(),
                description: offer.description.clone(),
                organisation: membership.organisation,
                project: membership.project,
                created_at: now,
                way: Way::Agent {
                    agent: agent.id,
                    offer: offer.name.clone(),
                    offered: true,
                },
                authentication: Authentication::None,
            }
        })
        .collect()
}

/// The offers that these services stand for, as [`Membership::services`] has them.
pub fn standing_for(services: &[Service]) -> impl Iterator<Item = (OfferName, ServiceId)> {
    services
        .iter()
        .filter_map(|service| Some((service.offer()?.clone(), service.id)))
}

/// Releases a managed agent; its services end with it, and it is still to be told.
pub fn release(agent: &Agent) -> Result<Agent, ReleaseRefusal> {
    match agent.state {
        AgentState::Unmanaged | AgentState::Released => Err(ReleaseRefusal::NotManaged),
        AgentState::Managed { .. } => Ok(Agent {
            state: AgentState::Released,
            ..agent.clone()
        }),
    }
}

/// May the agent be deleted? Only an unmanaged one.
pub fn may_delete(agent: &Agent) -> Result<(), DeleteRefusal> {
    match agent.state.membership() {
        None => Ok(()),
        Some(membership) => Err(DeleteRefusal::Managed(membership.name.clone())),
    }
}

/// The name under which an agent is adopted when nobody chose one: its host name, with what a name may not contain
/// replaced by `-`, cut to [`Name::MAX_CHARS`] characters; none if nothing is left.
pub fn name_from_hostname(hostname: &str) -> Option<Name> {
    let plain: String = hostname
        .trim()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, ' ' | '_' | '-') {
                c
            } else {
                '-'
            }
        })
        .take(Name::MAX_CHARS)
        .collect();
    plain.parse().ok()
}
