//! One call of a service's own API, sent and answered as JSON: what a person types, and sees.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest answer's body that is handed on, in bytes.
pub const MAX_CALL_BODY_BYTES: usize = 1024 * 1024;

/// `POST /services/{id}/call`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path and query, beginning with a slash.
    pub path: String,
    /// Headers beside those that the control plane sets. With an `Authorization` of its own the call does not get the service's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// That a call which deletes something first is meant.
    #[serde(default)]
    pub meant: bool,
}

/// What the service answered. A redirect is an answer like another; it is not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, name and value, in their order.
    pub headers: Vec<[String; 2]>,
    /// Its body; absent where that is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How much of the body was read.
    pub bytes: u64,
    /// Whether there was more of it: at most 1 MiB is read.
    pub is_cut: bool,
    /// From sending it to the end of the answer, in milliseconds.
    pub took_ms: u64,
}
