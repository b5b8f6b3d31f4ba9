//! The dialect of the iot-agent: how Canonical's and Everactive's agents and servers talk to one another.
//!
//! Spoken by our server to their agents, and by our agent to their servers. JSON over HTTP for enrolment, JSON over MQTT 3.1.1
//! for everything else, and InfluxDB's line protocol for metrics. There are two encodings of the same messages: one writes every
//! key, the other leaves out whatever is empty, `success` included; both are read here, and so is what is missing, null or odd.
//! Device and organisation ids are opaque texts on this wire.

pub mod action;
pub mod enrol;
pub mod health;
pub mod metrics;
pub mod result;
mod snapd;
pub mod text;
pub mod topic;

pub use topic::{SanitizedSerial, Topic};

/// The largest response that is read, in bytes. Below what the embedded broker takes as one packet.
pub const MAX_RESPONSE_BYTES: usize = 250 * 1024;

/// The largest health message that is read, in bytes.
pub const MAX_HEALTH_BYTES: usize = 4 * 1024;

/// The largest metrics message that is read, in bytes.
pub const MAX_METRICS_BYTES: usize = 16 * 1024;

/// The largest enrolment request that is read, in bytes: two assertions.
pub const MAX_ENROL_BYTES: usize = 64 * 1024;

/// The most snaps in one list.
pub const MAX_SNAPS: usize = 1000;

/// The most services of one snap.
pub const MAX_SERVICES: usize = 200;

/// The longest id, name, version or the like, in characters; what is longer is cut when it is read.
pub const MAX_FIELD_CHARS: usize = 256;

/// The longest configuration of one snap, in bytes of its JSON text; a longer one is left out when it is read.
pub const MAX_CONFIG_BYTES: usize = 64 * 1024;

/// The longest public key or base64 text inside a result, in characters.
pub const MAX_KEY_CHARS: usize = 8 * 1024;

/// How Go writes that there is no time.
pub const NO_TIME: &str = "0001-01-01T00:00:00Z";

#[cfg(test)]
mod tests;
