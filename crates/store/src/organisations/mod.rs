//! Organisations and their projects.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::organisation::{Organisation, OrganisationRefusal, Project, ProjectRefusal};
use edgeward_ids::{Name, OrganisationId};

use crate::{Failure, StoreError};

pub(crate) mod sql;

/// Organisations and their projects.
#[async_trait]
pub trait OrganisationStore: Send + Sync {
    /// All organisations by name, each with its projects by name. At most 100 with 1000 projects.
    async fn organisations(&self) -> Result<Vec<Organisation>, StoreError>;

    /// Makes an organisation without projects.
    async fn create_organisation(
        &self,
        name: Name,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>>;

    /// Makes a project.
    async fn create_project(
        &self,
        organisation: OrganisationId,
        name: Name,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>>;

    /// Makes the organisation `Default` with a project `Default`, unless there is an organisation. True if it did.
    async fn ensure_default(&self, now: Moment) -> Result<bool, StoreError>;
}
