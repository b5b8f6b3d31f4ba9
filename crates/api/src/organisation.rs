//! Organisations and their projects.

use edgeward_ids::{Name, OrganisationId, ProjectId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest description, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 100;

/// An organisation with those of its projects that the caller may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organisation {
    /// The id.
    pub id: OrganisationId,
    /// Unique in the installation.
    pub name: Name,
    /// Free text.
    pub description: String,
    /// Its projects, by name.
    pub projects: Vec<Project>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// The id.
    pub id: ProjectId,
    /// The organisation that holds it.
    pub organisation_id: OrganisationId,
    /// Unique in its organisation.
    pub name: Name,
    /// Free text.
    pub description: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// `POST /organisations` and `POST /organisations/{id}/projects`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceRequest {
    /// The name to give.
    pub name: Name,
    /// Free text, at most 100 characters.
    #[serde(default)]
    pub description: String,
    /// Who administers it; whoever makes it unless said otherwise.
    #[serde(default)]
    pub admins: Vec<UserId>,
}

/// `PATCH /organisations/{id}` and `PATCH /projects/{id}`. What is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceChange {
    /// The name from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Free text, at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
