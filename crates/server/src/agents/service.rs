//! Use cases of agents.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use edgeward_api::agent as api;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_bus::Bus;
use edgeward_domain::access::{self, Action, Grants, Permit, Scope};
use edgeward_domain::agent::{AdoptRefusal, DeleteRefusal, ReleaseRefusal, Step, TransferRefusal};
use edgeward_domain::audit::By;
use edgeward_ids::{AgentId, ProjectId};
use edgeward_runtime::Chain;
use edgeward_store::{
    AgentColumn, AgentFilter, AgentIds, AgentStore, AgentView, Failure, Hello as StoredHello,
    Homes, Management, Slice, Sort, StoreError,
};
use edgeward_wire::command::Body;
use edgeward_wire::report::{Hello, Outcome};
use parking_lot::Mutex;

use super::Presence;
use super::view::{facts_from_wire, membership_from_wire, membership_to_wire, to_api};
use crate::api::{direction, searched};
use crate::bus::{Commander, Gate};
use crate::events::Events;
use crate::now;
use crate::tunnel::Tunnels;

/// Agents.
pub struct Agents {
    /// What is recorded.
    pub store: Arc<dyn AgentStore>,
    /// Who is there.
    pub presence: Arc<Presence>,
    /// Sends commands.
    pub commander: Arc<Commander>,
    /// Open tunnels, which end with the membership.
    pub tunnels: Arc<Tunnels>,
    /// Where live connections can be ended.
    pub bus: Arc<dyn Bus>,
    /// Who may use what.
    pub gate: Arc<Gate>,
    /// Who is told.
    pub events: Events,
    /// The last hello of each agent: an equal one needs no writing.
    pub last_hello: Mutex<HashMap<AgentId, Hello>>,
    /// The number of the last event that each device told of.
    pub last_event: Mutex<HashMap<AgentId, u64>>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no such agent.
    #[error("there is no such agent")]
    Unknown,
    /// There is no such project in that organisation.
    #[error("there is no such project in that organisation")]
    UnknownProject,
    /// The rules forbid it now.
    #[error("{message}")]
    Forbidden {
        /// A stable word.
        code: &'static str,
        /// Which rule, and what would be right.
        message: String,
    },
    /// The database failed.
    #[error("cannot read or write agents")]
    Store(#[source] StoreError),
}

impl Agents {
    /// The agents that match, of those that may be seen with these grants.
    pub async fn list(
        &self,
        grants: &Grants,
        filter: &api::AgentFilter,
        slice: Slice,
    ) -> Result<List<api::Agent>, AgentError> {
        let online = || {
            Arc::new(
                self.presence
                    .online()
                    .into_iter()
                    .map(|(agent, _)| agent)
                    .collect::<HashSet<_>>(),
            )
        };
        let visible = grants.visible(Action::Look.least_role());
        let wanted = AgentFilter {
            management: filter.management.map(|management| match management {
                api::Management::Managed => Management::Managed,
                api::Management::Unmanaged => Management::Unmanaged,
            }),
            organisation: filter.organisation,
            project: filter.project,
            text: searched(filter.text.as_deref()),
            ids: match filter.presence {
                None => AgentIds::Any,
                Some(api::Presence::Online) => AgentIds::Only(online()),
                Some(api::Presence::Offline) => AgentIds::Except(online()),
            },
            ..AgentFilter::new(visible, Homes::seen_with(grants))
        };
        let page = self.store.agents(&wanted, sort(filter), slice).await;
        let page = page.map_err(AgentError::Store)?;
        let items = page
            .items
            .into_iter()
            .map(|view| to_api(view, &self.presence))
            .collect();
        Ok(List {
            items,
            total: page.total,
        })
    }

    /// One agent, if it may be seen with these grants, and where it is.
    pub async fn find(
        &self,
        grants: &Grants,
        id: AgentId,
    ) -> Result<(api::Agent, Scope), AgentError> {
        let view = self.view(id).await?;
        let scope = scope_of(&view);
        let look = match scope {
            Scope::Project { .. } => Action::Look,
            Scope::Organisation(_) => Action::LookAtMembers,
            Scope::System | Scope::Anywhere => Action::ManageUnassignedAgents,
        };
        access::permit(grants, look, scope).map_err(|_| AgentError::Unknown)?;
        Ok((to_api(view, &self.presence), scope))
    }

    /// Adopts an agent: from now on it is managed and an edge service stands for each of its offers. The permit is for the project.
    pub async fn adopt(
        &self,
        permit: &Permit,
        by: &By,
        id: AgentId,
        request: api::AdoptRequest,
    ) -> Result<api::Agent, AgentError> {
        let Scope::Project {
            organisation,
            project,
        } = permit.scope()
        else {
            return Err(AgentError::UnknownProject);
        };
        let adopted = self
            .store
            .adopt(id, request.name, organisation, project, by, now())
            .await;
        adopted.map_err(|failure| match failure {
            Failure::Refused(AdoptRefusal::UnknownAgent) => AgentError::Unknown,
            Failure::Refused(AdoptRefusal::UnknownProject) => AgentError::UnknownProject,
            Failure::Refused(refusal) => AgentError::Forbidden {
                code: "already_managed",
                message: refusal.to_string(),
            },
            Failure::Store(error) => AgentError::Store(error),
        })?;
        self.gate.adopted(id);
        self.changed();
        tracing::info!(agent = %id, "adopted an agent");
        self.settle_one(id).await;
        self.as_is(id).await
    }

    /// Releases an agent: its edge services go, the services themselves are not touched.
    pub async fn release(
        &self,
        _permit: &Permit,
        by: &By,
        id: AgentId,
    ) -> Result<api::Agent, AgentError> {
        let released = self.store.release(id, by, now()).await;
        released.map_err(|failure| match failure {
            Failure::Refused(ReleaseRefusal::UnknownAgent) => AgentError::Unknown,
            Failure::Refused(refusal) => AgentError::Forbidden {
                code: "not_managed",
                message: refusal.to_string(),
            },
            Failure::Store(error) => AgentError::Store(error),
        })?;
        self.tunnels.end(id, "the agent was released");
        self.changed();
        tracing::info!(agent = %id, "released an agent");
        self.settle_one(id).await;
        self.as_is(id).await
    }

    /// Moves managed agents with their edge services to the project that the permit is for: all of them or none.
    pub async fn transfer(
        &self,
        permit: &Permit,
        by: &By,
        ids: &[AgentId],
        to: ProjectId,
    ) -> Result<Vec<api::Agent>, AgentError> {
        if !matches!(permit.scope(), Scope::Project { project, .. } if project == to) {
            return Err(AgentError::UnknownProject);
        }
        let moved = self.store.transfer_agents(ids, to, by, now()).await;
        moved.map_err(|failure| match failure {
            Failure::Refused(TransferRefusal::UnknownAgent(_)) => AgentError::Unknown,
            Failure::Refused(TransferRefusal::UnknownProject) => AgentError::UnknownProject,
            Failure::Refused(refusal) => AgentError::Forbidden {
                code: match refusal {
                    TransferRefusal::TooMany(_) => "too_many",
                    _ => "not_managed",
                },
                message: refusal.to_string(),
            },
            Failure::Store(error) => AgentError::Store(error),
        })?;
        self.changed();
        let mut agents = Vec::with_capacity(ids.len());
        for id in ids {
            self.settle_one(*id).await;
            agents.push(self.as_is(*id).await?);
        }
        Ok(agents)
    }

    /// Deletes an unmanaged agent; its certificate is worth nothing from now on.
    pub async fn delete(&self, _permit: &Permit, by: &By, id: AgentId) -> Result<(), AgentError> {
        let deleted = self.store.delete(id, by, now()).await;
        deleted.map_err(|failure| match failure {
            Failure::Refused(DeleteRefusal::UnknownAgent) => AgentError::Unknown,
            Failure::Refused(refusal) => AgentError::Forbidden {
                code: "agent_managed",
                message: refusal.to_string(),
            },
            Failure::Store(error) => AgentError::Store(error),
        })?;
        self.tunnels.end(id, "the agent was deleted");
        self.bus.kick(&id.to_string()).await;
        self.presence.forget(id);
        self.last_hello.lock().remove(&id);
        self.changed();
        tracing::info!(agent = %id, "deleted an agent");
        Ok(())
    }

    /// An agent said what it is; what it has recorded is compared with what is recorded of it.
    pub async fn hello(&self, id: AgentId, hello: Hello) {
        let same = self
            .last_hello
            .lock()
            .get(&id)
            .is_some_and(|last| *last == hello);
        let settled = same && self.presence.is_online(id);
        if settled {
            return;
        }
        let (_, address) = self.presence.last(id);
        let stored = StoredHello {
            facts: facts_from_wire(&hello.facts),
            address: address.map(|address| address.ip().to_string()),
            membership: hello.membership.clone().map(membership_from_wire),
            last_command: hello.last_command,
        };
        match self.store.record_hello(id, stored, now()).await {
            Ok(outcome) => {
                if outcome.step == Step::Nothing {
                    self.last_hello.lock().insert(id, hello);
                } else {
                    self.last_hello.lock().remove(&id);
                }
                if outcome.changed {
                    self.changed();
                }
                self.take(id, outcome.step).await;
            }
            Err(Failure::Refused(_)) => self.bus.kick(&id.to_string()).await,
            Err(Failure::Store(error)) => {
                tracing::error!(agent = %id, error = %Chain(&error), "cannot record what an agent said")
            }
        }
    }

    /// How a command ended.
    pub fn outcome(&self, id: AgentId, number: u64, outcome: Outcome) {
        self.commander.ended(id, number, &outcome);
        match outcome {
            Outcome::Done => tracing::debug!(agent = %id, number, "a command was carried out"),
            Outcome::Refused { reason } => {
                metrics::counter!("edgeward_commands_refused_total").increment(1);
                self.tunnels.refused(id, number, &reason);
                tracing::warn!(agent = %id, number, reason, "an agent refused a command");
            }
        }
    }

    /// Sends again what connected agents have not confirmed. Safe to repeat.
    pub async fn settle_all(&self) -> Result<(), StoreError> {
        for agent in self.store.unsettled().await? {
            if self.presence.is_online(agent.id) {
                self.take(
                    agent.id,
                    edgeward_domain::agent::next_step(&agent.state, None),
                )
                .await;
            }
        }
        Ok(())
    }

    /// Tells an agent what it belongs to, because that has changed.
    pub async fn tell_again(&self, id: AgentId) {
        self.settle_one(id).await;
    }

    async fn settle_one(&self, id: AgentId) {
        self.last_hello.lock().remove(&id);
        if !self.presence.is_online(id) {
            return;
        }
        match self.view(id).await {
            Ok(view) if view.agent.state.is_managed() => {
                self.take(
                    id,
                    edgeward_domain::agent::next_step(&view.agent.state, None),
                )
                .await;
            }
            Ok(_) => self.take(id, Step::SendRelease).await,
            Err(error) => {
                tracing::warn!(agent = %id, error = %Chain(&error), "cannot tell an agent what it belongs to yet")
            }
        }
    }

    async fn take(&self, id: AgentId, step: Step) {
        if self.gate.is_iot(id) {
            return self.take_as_told(id, step).await;
        }
        let body = match step {
            Step::SendAdopt(membership) => Body::Adopt(membership_to_wire(membership)),
            Step::SendRelease => Body::Release,
            Step::Nothing | Step::MarkConfirmed => return,
        };
        if let Err(error) = self.commander.send(id, body).await {
            tracing::warn!(agent = %id, error = %Chain(&error), "cannot send a command; it is sent again later");
        }
    }

    /// An existing agent knows nothing of memberships: it need not be told, and will not confirm.
    async fn take_as_told(&self, id: AgentId, step: Step) {
        let membership = match step {
            Step::SendAdopt(membership) => Some(membership),
            Step::SendRelease => None,
            Step::Nothing | Step::MarkConfirmed => return,
        };
        let confirmed = self
            .store
            .confirm_membership(id, membership.as_ref(), now());
        match confirmed.await {
            Ok(_) => self.changed(),
            Err(error) => {
                tracing::warn!(agent = %id, error = %Chain(&error), "cannot note what an existing agent belongs to")
            }
        }
    }

    async fn as_is(&self, id: AgentId) -> Result<api::Agent, AgentError> {
        Ok(to_api(self.view(id).await?, &self.presence))
    }

    async fn view(&self, id: AgentId) -> Result<AgentView, AgentError> {
        self.store
            .agent(id)
            .await
            .map_err(AgentError::Store)?
            .ok_or(AgentError::Unknown)
    }

    fn changed(&self) {
        self.events.changed(Kind::Agents);
        self.events.changed(Kind::Services);
    }
}

/// Where an agent is: in a project, waiting in an organisation, or waiting for the system administrator.
fn scope_of(view: &AgentView) -> Scope {
    match (view.agent.state.membership(), &view.home) {
        (Some(membership), _) => Scope::Project {
            organisation: membership.organisation,
            project: membership.project,
        },
        (None, Some(home)) => Scope::Organisation(home.organisation),
        (None, None) => Scope::System,
    }
}

/// The newest first, unless the query says otherwise.
fn sort(filter: &api::AgentFilter) -> Sort<AgentColumn> {
    let by = match filter.sort.unwrap_or_default() {
        api::AgentSort::Created => AgentColumn::Created,
        api::AgentSort::Name => AgentColumn::Name,
        api::AgentSort::LastHeard => AgentColumn::LastHeard,
        api::AgentSort::Version => AgentColumn::Version,
    };
    match filter.direction {
        Some(wanted) => Sort {
            by,
            direction: direction(wanted),
        },
        None if by == AgentColumn::Created => Sort::descending(by),
        None => Sort::ascending(by),
    }
}
