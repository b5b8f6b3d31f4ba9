//! Use cases of edge services.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_api::agent::Presence as ApiPresence;
use edgeward_api::list::{List, MAX_ITEMS};
use edgeward_api::service as api;
use edgeward_domain::access::Permit;
use edgeward_ids::ServiceId;
use edgeward_store::{AgentIds, ServiceFilter, ServiceStore, ServiceView, StoreError};
use parking_lot::RwLock;

use super::proxy::Route;
use crate::agents::Presence;
use crate::timestamp;

/// How long a route is believed without asking the database again. Changes made by this control plane are seen at once.
pub const ROUTE_CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// The most routes kept in memory.
const MAX_CACHED_ROUTES: usize = 100_000;

/// The longest text that a list is searched for, in characters.
const MAX_SEARCH_CHARS: usize = 100;

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

impl Services {
    /// Over this store.
    pub fn new(store: Arc<dyn ServiceStore>, presence: Arc<Presence>) -> Self {
        Self {
            store,
            presence,
            routes: RwLock::default(),
        }
    }

    /// The services that match.
    pub async fn list(
        &self,
        _permit: &Permit,
        filter: &api::ServiceFilter,
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
        let stored = ServiceFilter {
            organisation: filter.organisation,
            project: filter.project,
            text: filter
                .text
                .as_ref()
                .map(|text| text.chars().take(MAX_SEARCH_CHARS).collect()),
            offered,
            agents,
        };
        let page = self.store.services(&stored, MAX_ITEMS).await?;
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

    /// One service.
    pub async fn show(
        &self,
        _permit: &Permit,
        id: ServiceId,
    ) -> Result<api::Service, ServiceError> {
        let view = self.store.service(id).await?.ok_or(ServiceError::Unknown)?;
        Ok(self.to_api(view))
    }

    /// Where a service is reached.
    pub async fn route(&self, id: ServiceId) -> Result<Route, ServiceError> {
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
