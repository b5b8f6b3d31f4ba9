//! The key pairs with which the control plane proves itself to edge services, and their rotation. Private halves are never in an answer.

use edgeward_ids::ServiceId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most services in one request to place a key.
pub const MAX_PLACED: usize = 1000;

/// A key pair, and who accepts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its number, 1 and up; never used again.
    pub number: u32,
    /// The file name under which an edge service must store its public half.
    pub file_name: String,
    /// SHA-256 of the public key in DER form, hexadecimal.
    pub fingerprint: String,
    /// When its file was written.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Whether it is in use alone, or about to be.
    pub state: KeyState,
    /// How many services that want tokens are known to accept it: of all for system administrators, else of those that the caller may see.
    pub proven: u64,
    /// How many of them are not.
    pub behind: u64,
}

/// Where in its life a key pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// What services accepted so far; the only one unless a rotation has begun.
    Current,
    /// What services are to accept from now on.
    Next,
}

/// `POST /keys/{number}/retire`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireRequest {
    /// Also if services are not known to accept the newer key. They refuse the control plane until they have it.
    #[serde(default)]
    pub force: bool,
}

/// `POST /keys/{number}/place`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceRequest {
    /// Which services, at most 1000; absent: all of agents that the caller may manage and that are not known to accept the key, of these
    /// the first 1000 by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<ServiceId>>,
}

/// Whether a key was placed at a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placed {
    /// The service.
    pub service_id: ServiceId,
    /// Whether its agent has written the file. Whether the service accepts the key now is asked right after; it is in the service's `keys`.
    pub placed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
