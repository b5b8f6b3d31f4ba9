//! Templates: configurations of edge services with `${name}` in place of what differs between them.

use edgeward_ids::{Name, OrganisationId, ProjectId, TemplateId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::ServiceKind;

/// The longest text of a version, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 4 * 1024 * 1024;

/// How much of a service's configuration a text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TemplateExtent)]
pub enum Extent {
    /// All: what it does not mention goes.
    Whole,
    /// Some: what it does not mention stays.
    #[default]
    Part,
}

impl Extent {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
        }
    }
}

/// `POST /templates`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateRequest {
    /// The project that it is to belong to.
    pub project_id: ProjectId,
    /// Unique among the project's templates.
    pub name: Name,
    /// Of which services: `neuron`, `nanomq`, `ekuiper` or `neuronex`.
    pub kind: ServiceKind,
    /// Free text, at most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How much of a service's configuration the text of its first version says; `part` unless said otherwise.
    #[serde(default)]
    pub extent: Extent,
    /// The text, at most 4 MiB. `${name}` stands for a value that is given when it is delivered, `$${` for `${` itself.
    pub text: String,
}

/// `POST /templates/{id}/versions`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TemplateVersionRequest)]
#[serde(deny_unknown_fields)]
pub struct VersionRequest {
    /// How much of a service's configuration the text says; `part` unless said otherwise.
    #[serde(default)]
    pub extent: Extent,
    /// The text, at most 4 MiB. `${name}` stands for a value that is given when it is delivered, `$${` for `${` itself.
    pub text: String,
    /// What is new, at most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// The id.
    pub id: TemplateId,
    /// Its name.
    pub name: Name,
    /// Of which services it is.
    pub kind: String,
    /// Free text.
    pub description: String,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The project.
    pub project_id: ProjectId,
    /// Its newest version.
    pub newest: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When its newest version was made.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// A version of a template, with its text where one version is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateVersion {
    /// From 1.
    pub number: u32,
    /// How much of a service's configuration it says.
    pub extent: Extent,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The names that values have to be given for, in the order of their appearance; with the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placeholders: Vec<String>,
    /// What was new.
    pub note: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
}

/// `GET /templates`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TemplateFilter {
    /// Only those of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only those of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only those of this kind of services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ServiceKind>,
    /// Only those with this text in name or description; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many to pass over; in the order of their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// `GET /services/{id}/configuration`: what a running service is set to, as a template takes it. Its secrets are not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceConfiguration {
    /// What the service is.
    pub kind: String,
    /// `json` or `hocon`.
    pub form: String,
    /// The text; secrets are placeholders in it.
    pub text: String,
    /// The names of these placeholders.
    pub placeholders: Vec<String>,
}
