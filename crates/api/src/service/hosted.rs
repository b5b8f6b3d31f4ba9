//! Hosted services: made by agents on their devices, started, stopped, upgraded, destroyed or given up.

use std::collections::BTreeMap;

use edgeward_ids::{AgentId, Name, ServiceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Service, ServiceAuthentication, ServiceKind};

/// The most agents on which one request makes a service.
pub const MAX_HOSTED_AT_ONCE: usize = 1000;

/// The most services that one operation is for.
pub const MAX_OPERATED_AT_ONCE: usize = 1000;

/// How long a hosted service may take until it answers, in seconds, unless the request says otherwise.
pub const DEFAULT_HEALTHY_WITHIN_S: u32 = 120;

/// `GET /hosting`: an agent that may host services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostingAgent {
    /// The agent.
    pub agent_id: AgentId,
    /// The name that it was adopted under.
    pub agent_name: Name,
    /// Whether it is online.
    pub online: bool,
    /// What runs containers there: `docker` or `podman` and the version; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Whether it can install snaps.
    pub snaps: bool,
    /// Why nothing runs containers there although something should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How many services it hosts.
    pub services: u64,
}

/// `GET /hosting`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HostingFilter {
    /// Only agents of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<edgeward_ids::ProjectId>,
    /// How many to pass over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// `POST /services/hosted`: makes a service on each of these agents' devices. Those that can be are recorded at once, whether their
/// agents are there or not; the others come back with why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostedRequest {
    /// On which agents' devices, one service on each; all of one project, 1 to 1000.
    pub agents: Vec<AgentId>,
    /// What the service is called; for several agents, what its name begins with: each agent's name follows.
    pub name: Name,
    /// `neuron`, `nanomq`, `ekuiper`, `neuronex` or `http`.
    pub kind: ServiceKind,
    /// Free text, at most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How it is made.
    pub spec: HostedSpec,
    /// `token` puts the installation's public keys in place before it first starts; or `none`.
    #[serde(default)]
    pub authentication: ServiceAuthentication,
    /// Where it looks for those keys: a folder in the container, or on the device for a snap. The product's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_folder: Option<String>,
}

/// How a hosted service is made: from an image, or from a snap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostedSpec {
    /// The container's image, such as `emqx/neuron:2.6.3`. This or `snap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The snap's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snap: Option<String>,
    /// The snap's channel, such as `2.6/stable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The port on which its API and pages are, in the container. The product's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How long it may take until it answers there, in seconds, 1 to 3600; 120 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy_within_s: Option<u32>,
    /// The user at the image's registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_user: Option<String>,
    /// The password there. It is kept sealed and never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_password: Option<String>,
    /// What to run in the container, in place of what the image says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Variables. Values are kept sealed; those whose names look like secrets are not shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Further ports, open to the device's networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<HostedPort>,
    /// What outlives the container.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<HostedVolume>,
    /// The most memory, in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
    /// The most processor time, in thousandths of a core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u32>,
}

/// A port of a container that is opened to the device's networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostedPort {
    /// In the container.
    pub container: u16,
    /// On the device.
    pub host: u16,
    /// `udp` instead of `tcp`.
    #[serde(default)]
    pub udp: bool,
}

/// What outlives a container: a volume that its engine keeps until the service is destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostedVolume {
    /// What the service calls it; 1 to 32 characters of a-z, 0-9 and "-".
    pub name: String,
    /// Where it is in the container.
    pub path: String,
}

/// What came of a request to make services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostedMade {
    /// Those that are recorded, in the order of the request.
    pub services: Vec<Service>,
    /// Those that are not.
    pub refused: Vec<HostedRefused>,
}

/// Why no service is made on an agent's device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostedRefused {
    /// The agent.
    pub agent_id: AgentId,
    /// Why not.
    pub reason: String,
}

/// `GET /services/{id}/hosted`: how a hosted service is to be, and how far its agent is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hosted {
    /// The service.
    pub service_id: ServiceId,
    /// How it is to be; without passwords and values of secret variables.
    pub spec: HostedSpec,
    /// Where it looks for keys, if it wants tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_folder: Option<String>,
    /// Whether it is to run.
    pub running: bool,
    /// How far its agent is.
    pub progress: HostedProgress,
}

/// How far an agent is with a hosted service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostedProgress {
    /// How far.
    pub state: HostedState,
    /// The image or channel that is there now; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<String>,
    /// What is being done, or what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Since when it is so.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// How far an agent is with a hosted service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostedState {
    /// The agent has not taken the newest wish yet.
    Waiting,
    /// The agent is at work.
    UnderWay,
    /// It runs, as it is to.
    Running,
    /// It is stopped, as it is to be.
    Stopped,
    /// It should run, and has ended by itself.
    Down,
    /// It could not be made.
    Failed,
    /// It could not be made as wished; what was there before is there again.
    Returned,
}

/// What to do with services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Start hosted ones.
    Start,
    /// Stop hosted ones.
    Stop,
    /// Start again: hosted ones by their agents, others by their own API where the product has one for that.
    Restart,
    /// Make hosted ones from another image, or another channel of their snap. What does not become healthy comes back as it was.
    Upgrade,
    /// Destroy hosted ones with their data; forget the others.
    Delete,
    /// Leave hosted ones as they are on their devices, and forget them.
    Release,
}

/// `POST /services/operations`: one operation on many services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationRequest {
    /// What to do.
    pub operation: Operation,
    /// With which services; at most 1000.
    pub services: Vec<ServiceId>,
    /// The image or channel, for `upgrade`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What came of an operation for one service. Of hosted ones: that it is recorded; how it goes is in [`HostedProgress`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Operated {
    /// The service.
    pub service_id: ServiceId,
    /// Whether it is done, or recorded.
    pub done: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
