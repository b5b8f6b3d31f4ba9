//! Many edge services at once: their tags, and lists of them as comma-separated values.

use edgeward_ids::{OrganisationId, ProjectId, ServiceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The most services that get tags at once.
pub const MAX_TAGGED_AT_ONCE: usize = 1000;

/// The most services that one export names by their ids.
pub const MAX_NAMED_AT_ONCE: usize = 1000;

/// The largest list of services to import, in bytes.
pub const MAX_SERVICE_IMPORT_BYTES: usize = 100 * 1024 * 1024;

/// The most lines of a list that come back with why they were not taken; how many they are is said in any case.
pub const MAX_REFUSED_LINES: usize = 1000;

/// `POST /services/tags`: gives services tags and takes others from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceTagging {
    /// Which services; at most 1000.
    pub services: Vec<ServiceId>,
    /// Each is to have these: 1 to 64 of a-z, 0-9, ".", "_", "-", ":" and "/".
    #[serde(default)]
    pub add: Vec<String>,
    /// None is to have these, unless they are among the others.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// What became of one service's tags: all that it has now, or why they stayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceTagged {
    /// The service.
    pub service_id: ServiceId,
    /// All that it has now, in order; absent where they stayed as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Why they stayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ServiceTagError>,
}

/// Why a service's tags stayed as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceTagError {
    /// A stable word: `not_found`, `forbidden` or `too_many_tags`.
    pub code: String,
    /// What is in the way.
    pub message: String,
}

/// `GET /services/tags`: a tag and how many services have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceTagUse {
    /// The tag.
    pub tag: String,
    /// How many services that the caller may see have it.
    pub services: u64,
}

/// `GET /services/tags`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServiceTagFilter {
    /// Only those of services of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only those of services of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

/// `POST /services/import`.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServiceImport {
    /// The project that the services are to belong to.
    pub project: ProjectId,
}

/// What came of a list of services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServicesImported {
    /// How many were added.
    pub imported: u64,
    /// How many lines were not taken.
    pub refused: u64,
    /// The first of those; at most 1000.
    pub lines: Vec<RefusedLine>,
    /// Columns that nobody knows, and that were passed over.
    pub ignored_columns: Vec<String>,
}

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RefusedServiceLine)]
pub struct RefusedLine {
    /// Which, from 1.
    pub line: u64,
    /// The column that has to be put right, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// A stable word: `invalid`, `name_taken`, `address_taken`, `of_agent` or `too_many_tags`.
    pub code: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}
