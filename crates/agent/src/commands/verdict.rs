//! Whether a command is to be obeyed. A pure function of the message, what is known, and the time.

use std::time::SystemTime;

use edgeward_ids::AgentId;
use edgeward_pki::CommandVerifier;
use edgeward_wire::command::{Command, MAX_COMMAND_BYTES, SignedCommand};
use serde::Deserialize;

use crate::clock::{from_micros, utc};

/// How much of an unknown command's name is repeated, in characters.
const MAX_SHOWN_CHARS: usize = 32;

/// Why a command is not obeyed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the command is larger than {MAX_COMMAND_BYTES} bytes")]
    TooLarge,
    #[error("the command cannot be read: {0}")]
    Unreadable(String),
    #[error(
        "this agent, version {}, does not know the command \"{what}\" of number {number}; update the agent",
        env!("CARGO_PKG_VERSION")
    )]
    Unknown { number: u64, what: String },
    #[error("the control plane has not signed the command")]
    Forged,
    #[error("the command is for agent {0}")]
    OtherAgent(AgentId),
    #[error("command {number} is not newer than command {last}, which was seen already")]
    Seen { number: u64, last: u64 },
    #[error(
        "command {number} expired at {} by the control plane's clock, and this device's clock says {}; if they differ, set the device's clock",
        utc(*expired_at),
        utc(*now)
    )]
    Expired {
        number: u64,
        expired_at: SystemTime,
        now: SystemTime,
    },
}

impl Rejection {
    /// The number of a command that was really meant for this device.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Seen { number, .. }
            | Self::Expired { number, .. }
            | Self::Unknown { number, .. } => Some(*number),
            Self::TooLarge | Self::Unreadable(_) | Self::Forged | Self::OtherAgent(_) => None,
        }
    }
}

/// The command in the message, if it is to be obeyed.
pub(crate) fn judge(
    message: &[u8],
    verifier: &CommandVerifier,
    agent: AgentId,
    last: u64,
    now: SystemTime,
) -> Result<Command, Rejection> {
    if message.len() > MAX_COMMAND_BYTES {
        return Err(Rejection::TooLarge);
    }
    let unreadable = |error: serde_json::Error| Rejection::Unreadable(error.to_string());
    let signed: SignedCommand = serde_json::from_slice(message).map_err(unreadable)?;
    verifier
        .verify(
            &SignedCommand::signed_bytes(&signed.payload),
            &signed.signature,
        )
        .map_err(|_| Rejection::Forged)?;
    let command: Command = serde_json::from_slice(&signed.payload)
        .map_err(|error| of_the_future(&signed.payload, agent).unwrap_or(unreadable(error)))?;
    let number = command.number;
    if command.agent != agent {
        return Err(Rejection::OtherAgent(command.agent));
    }
    if number <= last {
        return Err(Rejection::Seen { number, last });
    }
    let expired_at = from_micros(command.expires_at_us);
    if now >= expired_at {
        return Err(Rejection::Expired {
            number,
            expired_at,
            now,
        });
    }
    Ok(command)
}

/// What the envelope of a command says whose body cannot be read: the control plane may be newer than this agent, and waits for an answer.
fn of_the_future(payload: &[u8], agent: AgentId) -> Option<Rejection> {
    #[derive(Deserialize)]
    struct Envelope {
        agent: AgentId,
        number: u64,
        body: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "do")]
        what: String,
    }
    let envelope: Envelope = serde_json::from_slice(payload).ok()?;
    (envelope.agent == agent).then(|| Rejection::Unknown {
        number: envelope.number,
        what: envelope.body.what.chars().take(MAX_SHOWN_CHARS).collect(),
    })
}
