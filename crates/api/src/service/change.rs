//! Adding, changing, proving and deleting edge services.

use edgeward_ids::{Name, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ServiceAuthentication, ServiceKind};

/// The longest description, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 500;

/// The longest user name and password, in characters.
pub const MAX_CREDENTIAL_CHARS: usize = 256;

/// `POST /services`: a service that the control plane dials by itself. It is asked first whether it accepts the control plane.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRequest {
    /// The project that it is to belong to.
    pub project_id: ProjectId,
    /// Unique in the project.
    pub name: Name,
    /// `neuron`, `nanomq`, `ekuiper`, `neuronex` or `http`; ECP's categories 2, 3, 1, 4 and 99 are understood too.
    pub kind: ServiceKind,
    /// Scheme, host and port: `http://192.168.10.4:7000`. Once in a project.
    pub address: String,
    /// SHA-256 of the one certificate that is believed, hexadecimal; authorities are asked when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// Free text, at most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it wants to see: `none`, `basic` or `token`; ECP's 0, 1 and 2 are understood too.
    #[serde(default)]
    pub authentication: ServiceAuthentication,
    /// The user's name, for `basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password, for `basic`. It is kept sealed and never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Its tags; each 1 to 64 of a-z, 0-9, ".", "_", "-", ":" and "/". At most 10, unless configured otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Add it even if it does not accept the control plane now.
    #[serde(default)]
    pub unproven: bool,
}

/// `PATCH /services/{id}`: what is absent stays. What decides how the service is reached is proven first, as when it is added.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceChange {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ServiceKind>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Scheme, host and port; direct services only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The pinned certificate, or an empty text to ask authorities again; direct services only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// What it wants to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<ServiceAuthentication>,
    /// The user's name, for `basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password, for `basic`; when absent the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The tags, in place of those that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Change it even if it does not accept the control plane then.
    #[serde(default)]
    pub unproven: bool,
}
