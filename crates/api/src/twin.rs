//! Twins of devices: what a device reports, what it is wished to be, and what lies between.

use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// A device's twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Twin {
    /// The device.
    pub device_id: AgentId,
    /// What the device reports: objects such as `device`, `os`, `snaps` and `agent`.
    pub reported: Document,
    /// What it is wished to be, as far as it matters.
    pub desired: Document,
    /// The leaves of what is wished that are not reported so; at most 200.
    pub difference: Vec<Leaf>,
    /// Since when there has been a difference, without a break.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub differs_since: Option<Timestamp>,
}

/// One side of a twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TwinDocument)]
pub struct Document {
    /// The content.
    #[schema(value_type = Object)]
    pub value: Map<String, Value>,
    /// How often it was written.
    pub version: u64,
    /// When it was last written.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// A leaf that is not as it is wished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TwinLeaf)]
pub struct Leaf {
    /// The members on the way, from the top.
    pub path: Vec<String>,
    /// What is wished.
    pub desired: Value,
    /// What is reported; absent when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Value>,
}

/// A side of a twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TwinPart)]
pub enum Part {
    /// What the device reports.
    Reported,
    /// What it is wished to be.
    Desired,
}

/// One write, as it is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TwinChange)]
pub struct Change {
    /// Which side.
    pub part: Part,
    /// The version that it made.
    pub version: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who: the device, or the person or program by name.
    pub writer: String,
    /// What it changed, as a merge patch (RFC 7396).
    pub patch: Value,
}

/// `PUT` and `PATCH /devices/{id}/twin/desired`: the version that the writer has seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeenVersion {
    /// Refused when this is not the version that there is; unless given, whatever there is is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// `GET /devices/{id}/twin/history`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryFilter {
    /// Only this side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Only what touched this place: members from the top, with `/` between them and before the first (RFC 6901). Needs `part`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many at most, 1 to 500; 100 unless said otherwise. The newest come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// `GET /devices/{id}/twin/then`.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Then {
    /// The moment.
    #[param(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// What a twin was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PastTwin {
    /// The device.
    pub device_id: AgentId,
    /// The moment that was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What the device had last reported by then.
    pub reported: Document,
    /// What was wished of it.
    pub desired: Document,
}

/// `GET /devices/differing` and its live form.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DifferingFilter {
    /// Only devices that have differed for so long, in seconds; 0 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer_than_s: Option<u64>,
    /// Only devices of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only devices of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

/// A device that is not as it is wished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Differing {
    /// Which.
    pub device_id: AgentId,
    /// What it is called.
    pub name: Name,
    /// Since when, without a break.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}
