//! Services that an agent makes on its device because the control plane wishes it: what is wished, and how far the agent is. JSON.
//!
//! The control plane says how it is to be, never what to do: an order can be sent any number of times. The agent keeps the newest
//! order of each service, makes the device so, and reports until the control plane has heard.

use std::collections::BTreeMap;
use std::fmt;

use edgeward_ids::OfferName;
use serde::{Deserialize, Serialize};

/// The most services that one agent hosts.
pub const MAX_HOSTED: usize = 32;

/// The most ports, volumes, variables or words of one service.
pub const MAX_PARTS: usize = 64;

/// How one hosted service is to be, in place of whatever was said of it before.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Which; also what the agent offers it as once it is there.
    pub service: OfferName,
    /// Counted up with each change of the wish. One that is lower than what the agent knows is passed over.
    pub generation: u64,
    /// How it is to be.
    pub wish: Wish,
}

/// How a hosted service is to be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// There, and like this. If it was there in another way and the new one does not become healthy, the way before comes back.
    Present {
        /// What it is.
        spec: Box<Spec>,
        /// Whether it is to run.
        running: bool,
        /// Counted up for each time that it is to be started again.
        restarts: u64,
    },
    /// Gone, with its data.
    Destroyed,
    /// Left as it is, and no longer the control plane's.
    Released,
}

/// What a hosted service is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// As in [`Offer::kind`](crate::report::Offer::kind).
    pub kind: String,
    /// Free text.
    #[serde(default)]
    pub description: String,
    /// What it is made of.
    pub software: Software,
    /// The port on which its API and pages are: of the container, or of the device where it is a snap.
    pub port: u16,
    /// How long it may take until it answers there, in seconds.
    pub healthy_within_s: u32,
    /// The public keys that it is to trust, and where it looks for them; there before it first starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Keys>,
}

/// What a hosted service is made of.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "software", rename_all = "snake_case")]
pub enum Software {
    /// A container.
    Container(Container),
    /// A snap.
    Snap(Snap),
}

/// A container as it is to be made.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Container {
    /// The image, such as `registry.example.com/emqx/neuron:2.6.3`; fetched if the device does not have it.
    pub image: String,
    /// What to show the registry; none for one that asks nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
    /// What to run in it, in place of what the image says; empty for that.
    #[serde(default)]
    pub command: Vec<String>,
    /// Variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Further ports than [`Spec::port`], for others than the agent.
    #[serde(default)]
    pub ports: Vec<Port>,
    /// What outlives the container.
    #[serde(default)]
    pub volumes: Vec<Volume>,
    /// The most memory, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The most processor time, in thousandths of a core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u32>,
}

/// A snap as it is to be installed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Snap {
    /// Its name in the store.
    pub name: String,
    /// Such as `2.6/stable`; the store's default if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// A user at a registry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password. A secret.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A port of a container that is opened to the device's networks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Port {
    /// In the container.
    pub container: u16,
    /// On the device.
    pub host: u16,
    /// `udp` instead of `tcp`.
    #[serde(default)]
    pub udp: bool,
}

/// A volume of a container, kept by the engine until the service is destroyed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Volume {
    /// What the service calls it; 1 to 32 characters of a-z, 0-9 and `-`.
    pub name: String,
    /// Where it is in the container; an absolute path.
    pub path: String,
}

/// Public keys that a service is to trust.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Keys {
    /// Where it looks for them: in the container, or on the device where it is a snap. An absolute path.
    pub folder: String,
    /// The files.
    pub files: Vec<KeyFile>,
}

/// The public half of a key pair.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyFile {
    /// In the form of [`crate::key::file_name`].
    pub name: String,
    /// PEM; at most [`crate::key::MAX_KEY_FILE_BYTES`].
    pub pem: String,
}

/// What an agent says of the services that it hosts. Sent after each connect and whenever something in it changes, by agents whose
/// own configuration lets them host any.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hosting {
    /// What runs containers; none if nothing does, or it does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Whether snaps can be installed.
    #[serde(default)]
    pub snaps: bool,
    /// Why nothing runs containers although the configuration names an engine.
    #[serde(default)]
    pub problem: String,
    /// All that the agent has orders for, by name. What was destroyed or released is not among them any more.
    #[serde(default)]
    pub services: Vec<Hosted>,
}

/// What runs containers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Engine {
    /// `docker` or `podman`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// How far an agent is with a service.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hosted {
    /// Which.
    pub service: OfferName,
    /// Of the newest order that it has.
    pub generation: u64,
    /// How far it is with that.
    pub step: Step,
    /// Whether it runs now.
    pub running: bool,
    /// The image or channel that is there now; empty if none is.
    #[serde(default)]
    pub present: String,
    /// What is being done, or what went wrong; for a person to read.
    #[serde(default)]
    pub message: String,
}

/// How far an agent is with an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// At work on it.
    UnderWay,
    /// It is as it is to be.
    Settled,
    /// It could not be made so, and nothing of it is there. The agent does not try again before there is another order.
    Failed,
    /// It could not be made so; it is again as it was before.
    Returned,
}
