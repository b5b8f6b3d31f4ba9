//! The join token: what one pastes on a device.
//!
//! `ewj1_` and the base64url of a small JSON object: where to go, which CA to trust, and a secret. It is read by the
//! agent only; the server keeps a hash of the secret.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

const PREFIX: &str = "ewj1_";

/// The longest token that is read, in characters.
pub const MAX_TOKEN_CHARS: usize = 4096;

/// What one pastes on a device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinToken {
    /// Where the agent port is, as `host:port`, in order of preference.
    #[serde(rename = "a")]
    pub addresses: Vec<String>,
    /// SHA-256 over the CA certificate's DER, 64 lower-case hexadecimal digits.
    #[serde(rename = "f")]
    pub ca_fingerprint: String,
    /// Proof that someone with the right to do so invited this device.
    #[serde(rename = "s")]
    pub secret: String,
}

/// Why a text is not a join token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinTokenError {
    /// It does not begin as a token does.
    #[error(
        "this is not a join token: a token begins with \"{PREFIX}\"; copy the whole line that \"edgeward agent token create\" printed"
    )]
    Prefix,
    /// It begins well and then does not make sense.
    #[error("the join token is damaged, perhaps cut off while copying; copy the whole line again")]
    Damaged,
}

impl fmt::Display for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(json))
    }
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinToken")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl FromStr for JoinToken {
    type Err = JoinTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(JoinTokenError::Prefix)?;
        if encoded.len() > MAX_TOKEN_CHARS {
            return Err(JoinTokenError::Damaged);
        }
        let json = URL_SAFE_NO_PAD
            .decode(encoded)
            .map_err(|_| JoinTokenError::Damaged)?;
        let token: Self = serde_json::from_slice(&json).map_err(|_| JoinTokenError::Damaged)?;
        let fingerprint_ok = token.ca_fingerprint.len() == 64
            && token
                .ca_fingerprint
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if token.addresses.is_empty() || !fingerprint_ok {
            Err(JoinTokenError::Damaged)
        } else {
            Ok(token)
        }
    }
}
