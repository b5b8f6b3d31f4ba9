//! Which devices are meant: by organisation, project, tag, model and what they report.

use edgeward_ids::{OrganisationId, ProjectId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Managed devices that meet all of this. An organisation or a project has to be named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeviceSelection)]
pub struct Selection {
    /// Those of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
    /// Those of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Those with all of these tags; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Those that report this model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Those whose twin reports all of this; at most 20 conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// A condition on what a device reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TwinCondition)]
pub struct Condition {
    /// Where to look in what is reported: a JSON pointer (RFC 6901) such as `/snaps/hello/channel`.
    pub path: String,
    /// What has to be so.
    pub test: Test,
    /// What it is compared with; only for `is` and `is_not`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// What a condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TwinTest)]
pub enum Test {
    /// It is this very value.
    Is,
    /// It is something else, or nothing.
    IsNot,
    /// There is something.
    Present,
    /// There is nothing.
    Absent,
}

/// `PUT /devices/{id}/tags`, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeviceTags)]
pub struct Tags {
    /// At most 20, each 1 to 64 of a-z, 0-9, ".", "_", "-", ":" and "/"; in order.
    pub tags: Vec<String>,
}

/// `GET /tags`: a tag and how many devices have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TagUse)]
pub struct TagUse {
    /// The tag.
    pub tag: String,
    /// How many devices that the caller may see have it.
    pub devices: u64,
}

/// `GET /tags`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TagFilter {
    /// Only those of devices of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only those of devices of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}
