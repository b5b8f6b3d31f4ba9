//! Signed commands from the control plane to one agent.

use edgeward_ids::{ActionId, AgentId, OfferName};
use serde::{Deserialize, Serialize};

use crate::action::ActionRequest;
use crate::hosting::Order;
use crate::report::Membership;

/// Precedes the payload in what is signed, so that the key's signatures mean nothing elsewhere.
pub const SIGNING_CONTEXT: &[u8] = b"edgeward command v1\0";

/// The largest signed command that is read, in bytes.
pub const MAX_COMMAND_BYTES: usize = 64 * 1024;

/// How long a command may be under way, in seconds, unless it says otherwise.
pub const DEFAULT_LIFETIME_S: u64 = 300;

/// What the control plane asks of one agent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Command {
    /// Whom it is for; another agent refuses it.
    pub agent: AgentId,
    /// Higher than that of every earlier command to this agent.
    pub number: u64,
    /// From when on it is refused, in microseconds since 1970.
    pub expires_at_us: i64,
    /// What to do.
    pub body: Body,
}

/// What to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Body {
    /// Record this membership; from now on offers may be opened.
    Adopt(Membership),
    /// Forget the membership and close what is open.
    Release,
    /// Answer on the tunnel topic, with this session.
    OpenTunnel {
        /// Named in every frame.
        session: u64,
    },
    /// Do this once, whatever number it comes with and however often; say how far it is. An action that is known is answered
    /// with what is known of it.
    Act {
        /// Names it for ever.
        action: ActionId,
        /// What to do.
        request: ActionRequest,
        /// From when on it is not begun any more, in microseconds since 1970.
        not_after_us: i64,
    },
    /// Put the public half of a key pair into the folder that the agent's own configuration names for this service, in place of a file
    /// of that name; done once it is there. Refused where no folder is named.
    PlaceKey {
        /// What the agent calls the service.
        service: OfferName,
        /// What the file is to be called, in the form of [`crate::key::file_name`].
        file_name: String,
        /// Its text, PEM; at most [`crate::key::MAX_KEY_FILE_BYTES`].
        pem: String,
    },
    /// Host a service so from now on, or no longer; done once it is written down. How it goes is in the reports. Refused where the
    /// agent's own configuration lets it host nothing, or not this.
    Host(Order),
    /// Undo this action if it can still be undone; one that was never heard of is not done when it comes.
    CancelAct {
        /// Which.
        action: ActionId,
    },
}

/// A command as it is sent: the exact bytes that were signed, and the signature. JSON, both in base64.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignedCommand {
    /// The JSON of a [`Command`], byte for byte as it was signed.
    #[serde(with = "crate::command::base64_bytes")]
    pub payload: Vec<u8>,
    /// Ed25519 over [`SIGNING_CONTEXT`] followed by the payload; 64 bytes.
    #[serde(with = "crate::command::base64_bytes")]
    pub signature: Vec<u8>,
}

impl SignedCommand {
    /// The bytes that a payload's signature covers.
    pub fn signed_bytes(payload: &[u8]) -> Vec<u8> {
        [SIGNING_CONTEXT, payload].concat()
    }
}

/// Bytes as base64 text, for `#[serde(with)]`.
pub mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes standard base64.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads standard base64.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}
