//! Use cases of hosted services.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use edgeward_api::event::Kind as Changed;
use edgeward_api::list::List;
use edgeward_api::service as api;
use edgeward_domain::access::{Action, Grants, Permit, Scope};
use edgeward_domain::audit::By;
use edgeward_domain::hosting::{Change, OrderRefusal};
use edgeward_domain::service::{Authentication, named_for};
use edgeward_ids::{AgentId, Name, ServiceId};
use edgeward_pki::{PkiError, SecretBox};
use edgeward_store::{
    AgentColumn, AgentFilter, AgentIds, AgentStore, Failure, Homes, HostedView, HostingFilter,
    HostingStore, Needs, NewHosted, ServiceView, Slice, Sort, StoreError,
};
use edgeward_wire::hosting::{Software, Spec};
use tokio::sync::Notify;

use super::spec::{self, About, BadSpec};
use super::view;
use crate::agents::Presence;
use crate::app::App;
use crate::events::Events;
use crate::now;
use crate::services::ServiceError;

/// Hosted services.
pub struct Hosting {
    pub(super) store: Arc<dyn HostingStore>,
    pub(super) secrets: Arc<SecretBox>,
    pub(super) events: Events,
    pub(super) bell: Notify,
    agents: Arc<dyn AgentStore>,
    presence: Arc<Presence>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum HostingError {
    /// The request says something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The rules forbid it.
    #[error(transparent)]
    Order(OrderRefusal),
    /// What it is made of cannot be sealed, or not be read any more.
    #[error("what the service is made of cannot be kept, or not be read any more")]
    Seal(#[from] PkiError),
    /// A service's tags or description cannot be.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An agent that somebody may see.
pub(super) struct Seen {
    /// The name that it was adopted under, and its project; none where it is not managed.
    pub(super) managed: Option<(Name, Scope)>,
}

impl Hosting {
    /// Over these stores; what services are made of is sealed with these secrets.
    pub fn new(
        store: Arc<dyn HostingStore>,
        agents: Arc<dyn AgentStore>,
        secrets: Arc<SecretBox>,
        presence: Arc<Presence>,
        events: Events,
    ) -> Self {
        Self {
            store,
            secrets,
            events,
            bell: Notify::new(),
            agents,
            presence,
        }
    }

    /// Something is to be brought to an agent.
    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    /// The agents that may host services, of those that may be seen with these grants.
    pub(super) async fn list(
        &self,
        grants: &Grants,
        filter: &api::HostingFilter,
        slice: Slice,
    ) -> Result<List<api::HostingAgent>, StoreError> {
        let filter = HostingFilter {
            project: filter.project,
            visible: grants.visible(Action::Look.least_role()),
        };
        let page = self.store.hosting_agents(&filter, slice).await?;
        let items = page.items.into_iter();
        Ok(List {
            items: items
                .map(|found| view::agent(found, &self.presence))
                .collect(),
            total: page.total,
        })
    }

    /// Those of these agents that may be seen with these grants.
    pub(super) async fn seen(
        &self,
        grants: &Grants,
        ids: &[AgentId],
    ) -> Result<HashMap<AgentId, Seen>, StoreError> {
        let visible = grants.visible(Action::Look.least_role());
        let filter = AgentFilter {
            ids: AgentIds::Only(Arc::new(ids.iter().copied().collect())),
            ..AgentFilter::new(visible, Homes::seen_with(grants))
        };
        let order = Sort::ascending(AgentColumn::Created);
        let page = self.agents.agents(&filter, order, Slice::FIRST).await?;
        let seen = page.items.into_iter().map(|view| {
            let managed = view.agent.state.membership().map(|membership| {
                let scope = Scope::Project {
                    organisation: membership.organisation,
                    project: membership.project,
                };
                (membership.name.clone(), scope)
            });
            (view.agent.id, Seen { managed })
        });
        Ok(seen.collect())
    }

    /// Makes a service on each of these agents' devices, of those that are in the project that the permit is for.
    pub(super) async fn host(
        &self,
        app: &App,
        permit: &Permit,
        by: &By,
        request: &api::HostedRequest,
        seen: &HashMap<AgentId, Seen>,
    ) -> Result<api::HostedMade, HostingError> {
        let Scope::Project { project, .. } = permit.scope() else {
            return Err(HostingError::Invalid("agents name no project".to_owned()));
        };
        let invalid = |problem: BadSpec| HostingError::Invalid(problem.0);
        if request.description.chars().count() > api::MAX_DESCRIPTION_CHARS {
            return Err(HostingError::Invalid(format!(
                "description must have at most {} characters",
                api::MAX_DESCRIPTION_CHARS
            )));
        }
        let about = About {
            kind: request.kind.as_str(),
            description: &request.description,
            authentication: request.authentication,
            key_folder: request.key_folder.as_deref(),
        };
        let spec = spec::read(&about, &request.spec).map_err(invalid)?;
        let tagging = app.services.tagging(&request.tags)?;
        let mut made = api::HostedMade {
            services: Vec::new(),
            refused: Vec::new(),
        };
        let mut failed = None;
        let mut named = HashSet::new();
        let agents = request.agents.iter().filter(|id| named.insert(**id));
        let agents: Vec<AgentId> = agents.copied().collect();
        for agent in &agents {
            let Some(found) = seen.get(agent) else {
                made.refused
                    .push(refused(*agent, &"there is no such agent"));
                continue;
            };
            let name = match &found.managed {
                Some((name, _)) if agents.len() > 1 => named_for(&request.name, name),
                _ => request.name.clone(),
            };
            let id = ServiceId::generate();
            let new = NewHosted {
                id,
                agent: *agent,
                project,
                name,
                kind: request.kind.as_str().to_owned(),
                description: request.description.clone(),
                authentication: match request.authentication {
                    api::ServiceAuthentication::Token => Authentication::Token,
                    api::ServiceAuthentication::None | api::ServiceAuthentication::Basic => {
                        Authentication::None
                    }
                },
                tagging: tagging.clone(),
                needs: needs(&spec),
                spec: spec::seal(&self.secrets, id, &spec)?,
                made_of: spec::made_of(&spec),
            };
            match self.store.host(new, by, now()).await {
                Ok(view) => made.services.push(app.services.to_api(view)),
                Err(Failure::Refused(refusal)) => made.refused.push(refused(*agent, &refusal)),
                Err(Failure::Store(error)) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let hosts = made.services.iter().filter_map(|service| service.agent_id);
        self.tell(app, hosts.collect()).await;
        // What was written down before is there, and its agents know of it.
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(made),
        }
    }

    /// A hosted service as it is to be, and how far its agent is.
    pub(super) async fn shown(&self, id: ServiceId) -> Result<api::Hosted, HostingError> {
        let found = self.of(id).await?;
        let spec = spec::open(&self.secrets, id, &found.hosted.spec)?;
        Ok(api::Hosted {
            service_id: id,
            spec: spec::shown(&spec),
            key_folder: spec.keys.map(|keys| keys.folder),
            running: found.hosted.course.running,
            progress: view::progress(&found.hosted.course),
        })
    }

    async fn of(&self, id: ServiceId) -> Result<HostedView, HostingError> {
        let found = self.store.hosted(id).await?;
        found.ok_or(HostingError::Order(OrderRefusal::NotHosted))
    }

    /// Whether a service is hosted.
    pub(crate) async fn is_hosted(&self, id: ServiceId) -> Result<bool, StoreError> {
        Ok(self.store.hosted(id).await?.is_some())
    }

    /// What is to be written down so that a service is made from this image, or from this channel of its snap.
    pub(super) async fn upgrade(&self, id: ServiceId, to: &str) -> Result<Change, HostingError> {
        let found = self.of(id).await?;
        let spec = spec::open(&self.secrets, id, &found.hosted.spec)?;
        let spec = spec::upgraded(spec, to).map_err(|problem| HostingError::Invalid(problem.0))?;
        Ok(Change::Upgrade {
            spec: spec::seal(&self.secrets, id, &spec)?,
            to: to.to_owned(),
        })
    }

    /// Changes what is wished of a hosted service; whoever did has to [`Self::tell`] its agent.
    pub(super) async fn order(
        &self,
        by: &By,
        id: ServiceId,
        change: Change,
    ) -> Result<ServiceView, HostingError> {
        let ordered = self.store.order(id, change, by, now()).await;
        ordered.map_err(|failure| match failure {
            Failure::Refused(refusal) => HostingError::Order(refusal),
            Failure::Store(error) => error.into(),
        })
    }

    /// Destroys a hosted service with its data. The permit is for its project.
    pub(crate) async fn destroy(
        &self,
        app: &App,
        _permit: &Permit,
        by: &By,
        id: ServiceId,
    ) -> Result<(), crate::api::ApiError> {
        let gone = self.order(by, id, Change::Destroy).await?;
        self.tell(app, gone.service.agent().into_iter().collect())
            .await;
        Ok(())
    }

    /// What is wished of services of these agents has changed: the agents, and whoever looks at it, are told.
    pub(super) async fn tell(&self, app: &App, agents: HashSet<AgentId>) {
        if agents.is_empty() {
            return;
        }
        app.services.forget_routes();
        self.events.changed(Changed::Services);
        self.events.changed(Changed::Agents);
        self.events.changed(Changed::Audit);
        // Before the orders: an agent refuses a command that a later one has overtaken.
        for agent in agents {
            app.agents.tell_again(agent).await;
        }
        self.ring();
    }
}

fn needs(spec: &Spec) -> Needs {
    match spec.software {
        Software::Container(_) => Needs::Engine,
        Software::Snap(_) => Needs::Snaps,
    }
}

fn refused(agent: AgentId, reason: &impl ToString) -> api::HostedRefused {
    api::HostedRefused {
        agent_id: agent,
        reason: reason.to_string(),
    }
}
