//! Organisations and their projects.

use edgeward_ids::{Name, OrganisationId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An organisation with its projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organisation {
    /// The id.
    pub id: OrganisationId,
    /// Unique in the installation.
    pub name: Name,
    /// Its projects, by name.
    pub projects: Vec<Project>,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// The id.
    pub id: ProjectId,
    /// Unique in its organisation.
    pub name: Name,
}

/// `POST /organisations` and `POST /organisations/{id}/projects`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NameRequest {
    /// The name to give.
    pub name: Name,
}
