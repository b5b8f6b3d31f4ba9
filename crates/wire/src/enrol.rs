//! Enrolment: HTTP/1.1 with JSON bodies inside TLS with this crate's [`ALPN`], on the agent port.
//!
//! `POST /enrol` ([`EnrolRequest`] → 201 [`EnrolAnswer`]), `POST /renew` with the present client certificate
//! ([`RenewRequest`] → 200 [`RenewAnswer`]), `GET /time` ([`TimeAnswer`]). A refusal is a 4xx with [`Refusal`].

use edgeward_ids::AgentId;
use serde::{Deserialize, Serialize};

use crate::report::Facts;

/// The TLS application protocol that asks for enrolment rather than MQTT.
pub const ALPN: &[u8] = b"edgeward-enrol/1";

/// The TLS application protocol of MQTT; a client that names none means this one.
pub const ALPN_MQTT: &[u8] = b"mqtt";

/// The largest enrolment request or answer, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Asks for a certificate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The join token's secret; without one the agent is listed as unmanaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// A PKCS#10 signing request in PEM, for a P-256 key. Only its public key is used.
    pub csr: String,
    /// What the device says of itself.
    pub facts: Facts,
}

/// Asks for a certificate with what snapd knows of the device, in place of a join token; on `/enrol-device`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DeviceEnrolRequest {
    /// The device's model and serial assertions, as an assertion stream.
    pub assertions: String,
    /// An assertion of type `device-session-request` that the device's own key has signed, with [`nonce_of`] the signing request
    /// as its `nonce`: proof that the device holds that key. Absent where snapd does not make one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// As in [`EnrolRequest::csr`].
    pub csr: String,
    /// What the device says of itself.
    pub facts: Facts,
}

/// What the proof of a [`DeviceEnrolRequest`] has to say of its signing request, given the SHA-256 of its text.
pub fn nonce_of(csr_sha256: &[u8; 32]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(csr_sha256)
}

/// A new identity.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The agent's id: MQTT client id, certificate common name, topic level.
    pub agent: AgentId,
    /// The device certificate, PEM.
    pub certificate: String,
    /// The CA's certificate, PEM: the only trust anchor from now on.
    pub ca: String,
    /// Where MQTT is, as `host:port`, in order of preference.
    pub mqtt: Vec<String>,
    /// The Ed25519 public key of commands, 32 bytes in base64.
    pub command_key: String,
    /// What an operator hands to a registered device, in base64; absent if that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_data: Option<String>,
}

/// Asks for a new certificate for the identity of the client certificate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RenewRequest {
    /// As in [`EnrolRequest::csr`].
    pub csr: String,
}

/// A new certificate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RenewAnswer {
    /// The device certificate, PEM.
    pub certificate: String,
}

/// What time the control plane has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimeAnswer {
    /// Microseconds since 1970.
    pub now_us: i64,
}

/// Why enrolment was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable word: `token_unknown`, `token_expired`, `token_used_up`, `csr_invalid`, `unmanaged_not_allowed`,
    /// `too_many_unmanaged`, `agent_unknown`, `device_unknown` (nobody has registered it), `device_refused`, `internal`.
    pub code: String,
    /// What is wrong and what would be right, for a person to read.
    pub message: String,
}
