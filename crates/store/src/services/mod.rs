//! Edge services: looking them up. They come and go with the adoption of agents, in [`AgentStore`](crate::AgentStore).

use async_trait::async_trait;
use edgeward_domain::access::Visible;
use edgeward_domain::service::Service;
use edgeward_ids::{Name, OrganisationId, ProjectId, ServiceId};

use crate::{AgentIds, Page, Slice, Sort, StoreError};

pub(crate) mod sql;

/// A service with the names of what it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceView {
    /// The service.
    pub service: Service,
    /// The name that its agent was adopted under.
    pub agent_name: Name,
    /// Its organisation's name.
    pub organisation_name: Name,
    /// Its project's name.
    pub project_name: Name,
}

/// Which services to list; all conditions together.
#[derive(Clone, Debug)]
pub struct ServiceFilter {
    /// Only services of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only services of this project.
    pub project: Option<ProjectId>,
    /// Only services with this text in name, agent name, kind, description or id; case does not matter.
    pub text: Option<String>,
    /// Only services that their agents' last words offered, or did not.
    pub offered: Option<bool>,
    /// Only services of these agents.
    pub agents: AgentIds,
    /// Only services of these organisations and projects.
    pub visible: Visible,
}

impl ServiceFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible) -> Self {
        Self {
            organisation: None,
            project: None,
            text: None,
            offered: None,
            agents: AgentIds::Any,
            visible,
        }
    }
}

/// By what services are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceColumn {
    /// Name.
    Name,
    /// Kind.
    Kind,
    /// The agent's name.
    Agent,
    /// When they were made.
    Created,
}

/// Edge services.
#[async_trait]
pub trait ServiceStore: Send + Sync {
    /// The service with this id.
    async fn service(&self, id: ServiceId) -> Result<Option<ServiceView>, StoreError>;

    /// The services that match, and how many they are.
    async fn services(
        &self,
        filter: &ServiceFilter,
        sort: Sort<ServiceColumn>,
        slice: Slice,
    ) -> Result<Page<ServiceView>, StoreError>;
}
