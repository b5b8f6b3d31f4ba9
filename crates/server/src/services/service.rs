//! Use cases of edge services.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_api::agent::Presence as ApiPresence;
use edgeward_api::list::List;
use edgeward_api::service as api;
use edgeward_domain::access::{self, Action, Grants, Permit, Scope};
use edgeward_ids::ServiceId;
use edgeward_store::{
    AgentIds, ServiceColumn, ServiceFilter, ServiceStore, ServiceView, Slice, Sort, StoreError,
};
use http::{Method, header};
use parking_lot::RwLock;

use super::proxy::Route;
use crate::agents::Presence;
use crate::api::{direction, searched};
use crate::timestamp;

/// How long a route is believed without asking the database again. Changes made by this control plane are seen at once.
pub const ROUTE_CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// The most routes kept in memory.
const MAX_CACHED_ROUTES: usize = 100_000;

/// Edge services.
pub struct Services {
    store: Arc<dyn ServiceStore>,
    presence: Arc<Presence>,
    routes: RwLock<HashMap<ServiceId, (Instant, Option<Route>)>>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such service.
    #[error("there is no such service")]
    Unknown,
    /// The database failed.
    #[error("cannot read services")]
    Store(#[from] StoreError),
}

/// A service that somebody may open.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where it is.
    pub route: Route,
    /// For [`Action::UseServices`], or for [`Action::ReadServices`] only.
    pub permit: Permit,
}

impl Opened {
    /// Whether a request may go to the service: for whoever may only read, one that by its method changes nothing, and that
    /// does not become another protocol (after which nothing could be told apart).
    pub fn allows(&self, request: &http::request::Parts) -> Result<(), ReadOnly> {
        let reading = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
        let switching = request.headers.contains_key(header::UPGRADE);
        match self.permit.action() {
            Action::UseServices => Ok(()),
            _ if reading && !switching => Ok(()),
            _ => Err(ReadOnly),
        }
    }
}

/// A viewer's request would change something.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("as a viewer you may look at this service and not change it")]
pub struct ReadOnly;

impl Services {
    /// Over this store.
    pub fn new(store: Arc<dyn ServiceStore>, presence: Arc<Presence>) -> Self {
        Self {
            store,
            presence,
            routes: RwLock::default(),
        }
    }

    /// The services that match, of those that may be seen with these grants.
    pub async fn list(
        &self,
        grants: &Grants,
        filter: &api::ServiceFilter,
        slice: Slice,
    ) -> Result<List<api::Service>, ServiceError> {
        let online = || {
            Arc::new(
                self.presence
                    .online()
                    .into_iter()
                    .map(|(agent, _)| agent)
                    .collect::<HashSet<_>>(),
            )
        };
        let (agents, offered) = match filter.state {
            None => (AgentIds::Any, None),
            Some(api::ServiceState::Online) => (AgentIds::Only(online()), Some(true)),
            Some(api::ServiceState::Offline) => (AgentIds::Except(online()), None),
            Some(api::ServiceState::NotOffered) => (AgentIds::Only(online()), Some(false)),
        };
        let visible = grants.visible(Action::Look.least_role());
        let wanted = ServiceFilter {
            organisation: filter.organisation,
            project: filter.project,
            text: searched(filter.text.as_deref()),
            offered,
            agents,
            ..ServiceFilter::new(visible)
        };
        let sort = Sort {
            by: match filter.sort.unwrap_or_default() {
                api::ServiceSort::Name => ServiceColumn::Name,
                api::ServiceSort::Kind => ServiceColumn::Kind,
                api::ServiceSort::Agent => ServiceColumn::Agent,
                api::ServiceSort::Created => ServiceColumn::Created,
            },
            direction: direction(filter.direction.unwrap_or_default()),
        };
        let page = self.store.services(&wanted, sort, slice).await?;
        let items = page
            .items
            .into_iter()
            .map(|view| self.to_api(view))
            .collect();
        Ok(List {
            items,
            total: page.total,
        })
    }

    /// One service, if it may be seen with these grants.
    pub async fn show(&self, grants: &Grants, id: ServiceId) -> Result<api::Service, ServiceError> {
        let view = self.store.service(id).await?.ok_or(ServiceError::Unknown)?;
        let scope = Scope::Project {
            organisation: view.service.organisation,
            project: view.service.project,
        };
        access::permit(grants, Action::Look, scope).map_err(|_| ServiceError::Unknown)?;
        Ok(self.to_api(view))
    }

    /// Where a service is reached, and how much of it is open to whoever has these grants.
    pub async fn open(&self, grants: &Grants, id: ServiceId) -> Result<Opened, ServiceError> {
        let route = self.route(id).await?;
        let allowed = |action| access::permit(grants, action, route.scope);
        let permit = match allowed(Action::UseServices) {
            Ok(permit) => permit,
            Err(_) => allowed(Action::ReadServices).map_err(|_| ServiceError::Unknown)?,
        };
        Ok(Opened { route, permit })
    }

    async fn route(&self, id: ServiceId) -> Result<Route, ServiceError> {
        let cached = self
            .routes
            .read()
            .get(&id)
            .filter(|(at, _)| at.elapsed() < ROUTE_CACHE_LIFETIME)
            .map(|(_, route)| route.clone());
        if let Some(route) = cached {
            return route.ok_or(ServiceError::Unknown);
        }
        let found = self.store.service(id).await?;
        let route = found.map(|view| Route {
            agent: view.service.agent,
            offer: view.service.offer,
            scope: Scope::Project {
                organisation: view.service.organisation,
                project: view.service.project,
            },
        });
        let mut routes = self.routes.write();
        if routes.len() >= MAX_CACHED_ROUTES {
            routes.clear();
        }
        routes.insert(id, (Instant::now(), route.clone()));
        route.ok_or(ServiceError::Unknown)
    }

    /// Forgets routes: something changed.
    pub fn forget_routes(&self) {
        self.routes.write().clear();
    }

    fn to_api(&self, view: ServiceView) -> api::Service {
        let ServiceView {
            service,
            agent_name,
            organisation_name,
            project_name,
        } = view;
        let online = self.presence.is_online(service.agent);
        api::Service {
            id: service.id,
            name: service.name,
            kind: service.kind,
            description: service.description,
            state: match (online, service.offered) {
                (false, _) => api::ServiceState::Offline,
                (true, true) => api::ServiceState::Online,
                (true, false) => api::ServiceState::NotOffered,
            },
            agent_id: service.agent,
            agent_name,
            offer: service.offer,
            organisation_id: service.organisation,
            organisation_name,
            project_id: service.project,
            project_name,
            presence: if online {
                ApiPresence::Online
            } else {
                ApiPresence::Offline
            },
            path: "direct".into(),
            created_at: timestamp(service.created_at),
        }
    }
}
