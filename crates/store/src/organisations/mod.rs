//! Organisations and their projects.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Grants;
use edgeward_domain::audit::By;
use edgeward_domain::organisation::{Organisation, OrganisationRefusal, Project, ProjectRefusal};
use edgeward_ids::{Name, OrganisationId, ProjectId, UserId};

use crate::{Failure, StoreError};

mod list;
mod place;
mod projects;
pub(crate) mod sql;

/// What to change of an organisation or project. What is none stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PlaceChange {
    /// The name.
    pub name: Option<Name>,
    /// Free text.
    pub description: Option<String>,
}

/// A project with its organisation's name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProjectView {
    /// The project.
    pub project: Project,
    /// Its organisation's name.
    pub organisation_name: Name,
}

/// Organisations and their projects.
#[async_trait]
pub trait OrganisationStore: Send + Sync {
    /// The organisations in which somebody with these grants has anything, by name; each with those of its projects that
    /// they may see, by name. At most 100 with 1000 projects.
    async fn organisations(&self, grants: &Grants) -> Result<Vec<Organisation>, StoreError>;

    /// One of [`Self::organisations`].
    async fn organisation(
        &self,
        id: OrganisationId,
        grants: &Grants,
    ) -> Result<Option<Organisation>, StoreError>;

    /// The project with this id.
    async fn project(&self, id: ProjectId) -> Result<Option<ProjectView>, StoreError>;

    /// Makes an organisation without projects, with these users as its administrators.
    async fn create_organisation(
        &self,
        name: Name,
        description: &str,
        admins: &[UserId],
        by: &By,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>>;

    /// Renames and describes an organisation; its projects are not in the answer.
    async fn update_organisation(
        &self,
        id: OrganisationId,
        change: PlaceChange,
        by: &By,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>>;

    /// Deletes an organisation that holds no projects, with its memberships and join tokens. Agents that wait in it wait for
    /// the system administrator from then on.
    async fn delete_organisation(
        &self,
        id: OrganisationId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<OrganisationRefusal>>;

    /// Makes a project, with these users as its administrators; they become members of the organisation.
    async fn create_project(
        &self,
        organisation: OrganisationId,
        name: Name,
        description: &str,
        admins: &[UserId],
        by: &By,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>>;

    /// Renames and describes a project.
    async fn update_project(
        &self,
        id: ProjectId,
        change: PlaceChange,
        by: &By,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>>;

    /// Deletes a project that has neither agents nor services, with its memberships and join tokens.
    async fn delete_project(
        &self,
        id: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<ProjectRefusal>>;

    /// Makes the organisation `Default` with a project `Default`, unless there is an organisation. True if it did.
    async fn ensure_default(&self, now: Moment) -> Result<bool, StoreError>;
}
