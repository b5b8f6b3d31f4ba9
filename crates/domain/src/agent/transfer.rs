//! Moving a managed agent, with its edge services, to another project.

use std::collections::HashSet;

use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId};

use super::{Agent, AgentState};
use crate::service::{Service, base_name, free_name};

/// The most agents in one transfer.
pub const MAX_TRANSFERRED: usize = 1000;

/// Why agents are not moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransferRefusal {
    /// There is no such agent.
    #[error("there is no agent {0}")]
    UnknownAgent(AgentId),
    /// It was not adopted.
    #[error("the agent {0} is not managed; adopt it instead")]
    NotManaged(AgentId),
    /// There is no such project.
    #[error("there is no such project")]
    UnknownProject,
    /// More than [`MAX_TRANSFERRED`] at once.
    #[error("{0} agents are more than the {MAX_TRANSFERRED} that may be transferred at once")]
    TooMany(usize),
}

/// A managed agent and its services as they are in another project. A service keeps its name unless that is `taken` there;
/// then it gets the name that it would get on adoption. The agent is to be told again.
///
/// `taken` are the names of the target project that begin as the agent's name does, and those of the services themselves.
/// None when the agent is not managed.
pub fn transfer(
    agent: &Agent,
    services: &[Service],
    organisation: OrganisationId,
    project: ProjectId,
    mut taken: HashSet<Name>,
) -> Option<(Agent, Vec<Service>)> {
    let mut membership = agent.state.membership()?.clone();
    membership.organisation = organisation;
    membership.project = project;
    let keep: HashSet<Name> = services
        .iter()
        .map(|service| service.name.clone())
        .filter(|name| !taken.contains(name))
        .collect();
    taken.extend(keep.iter().cloned());
    let moved = services
        .iter()
        .map(|service| {
            let name = if keep.contains(&service.name) {
                service.name.clone()
            } else {
                let base = service.offer().map_or_else(
                    || service.name.clone(),
                    |offer| base_name(&membership.name, offer, services.len()),
                );
                free_name(&base, &taken)
            };
            taken.insert(name.clone());
            Service {
                name,
                organisation,
                project,
                ..service.clone()
            }
        })
        .collect();
    let agent = Agent {
        state: AgentState::Managed {
            membership,
            confirmed: false,
        },
        ..agent.clone()
    };
    Some((agent, moved))
}
