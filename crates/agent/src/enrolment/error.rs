//! Why a device has no (new) identity.

use std::fmt;
use std::time::{Duration, SystemTime};

use edgeward_ids::AgentId;
use edgeward_pki::PkiError;
use edgeward_pki::tls::TlsError;
use edgeward_runtime::Chain;
use edgeward_wire::enrol::Refusal;

use crate::clock::{distance, utc};
use crate::dial::{Address, AddressError, DialError};
use crate::state::StateError;

/// Clocks that differ by less than this agree: then it is the certificate that is wrong.
const CLOCKS_AGREE: Duration = Duration::from_secs(5 * 60);

/// Why a device has no (new) identity.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// It has one.
    #[error(
        "this device has already joined, as agent {0}; to give that identity up for a new one, add --replace"
    )]
    AlreadyJoined(AgentId),
    /// It could not be kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// An address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No key could be made.
    #[error("cannot make a key for this device")]
    Key(#[from] PkiError),
    /// The control plane could not be asked; one error for each of its addresses.
    #[error("{}", list(.0))]
    Failed(Vec<CallError>),
    /// The control plane said no.
    #[error("the control plane refused: {}", .0.message)]
    Refused(Refusal),
    /// The control plane's answer cannot be used.
    #[error("the control plane's answer cannot be used: {0}")]
    Answer(&'static str),
}

/// Why the control plane could not be asked at one address.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No connection.
    #[error("{}", Chain(.0))]
    Dial(DialError),
    /// The server is not the one that is trusted.
    #[error(
        "the server at {0} does not belong to the control plane that is trusted here: its certificate comes from another \
         certificate authority; either the token or fingerprint is for another control plane, or something on the way \
         intercepts the connection"
    )]
    OtherAuthority(Address),
    /// This device's clock, or the server's certificate, is wrong.
    #[error("{0}")]
    Clock(ClockError),
    /// The connection ended without an answer.
    #[error("{address} did not answer as a control plane does: {reason}")]
    NoAnswer {
        /// Where.
        address: Address,
        /// What happened.
        reason: String,
    },
    /// The server answered that it will not.
    #[error("{} refused: {}", address, refusal.message)]
    Refused {
        /// Where.
        address: Address,
        /// Why.
        refusal: Refusal,
    },
}

/// The server's certificate is not valid by this device's clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClockError {
    /// The server.
    pub address: Address,
    /// What this device's clock says.
    pub here: SystemTime,
    /// What the control plane's clock says, if it could be asked.
    pub there: Option<SystemTime>,
    /// When the certificate begins to be valid, or ceased to be.
    pub limit: Validity,
}

/// Which end of a certificate's validity was missed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// It is valid from then on.
    From(SystemTime),
    /// It was valid until then.
    Until(SystemTime),
}

impl CallError {
    /// Whether it may go away by trying again later.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Dial(DialError::Tls { source, .. }) => matches!(source, TlsError::Io(_)),
            Self::Dial(_) | Self::NoAnswer { .. } => true,
            Self::OtherAuthority(_) | Self::Clock(_) | Self::Refused { .. } => false,
        }
    }

    pub(crate) fn of_dial(error: DialError) -> Self {
        match error {
            DialError::Tls {
                address,
                source: TlsError::UntrustedCa,
            } => Self::OtherAuthority(address),
            DialError::Tls {
                address,
                source: TlsError::NotYetValid { not_before, now },
            } => {
                let limit = Validity::From(not_before);
                Self::Clock(ClockError {
                    address,
                    here: now,
                    there: None,
                    limit,
                })
            }
            DialError::Tls {
                address,
                source: TlsError::Expired { not_after, now },
            } => {
                let limit = Validity::Until(not_after);
                Self::Clock(ClockError {
                    address,
                    here: now,
                    there: None,
                    limit,
                })
            }
            other => Self::Dial(other),
        }
    }
}

impl EnrolError {
    /// Whether the control plane could not be reached at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Failed(tries) if tries.iter().all(CallError::is_unreachable))
    }
}

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            address,
            here,
            there,
            limit,
        } = self;
        let validity = match limit {
            Validity::From(time) => format!("valid from {}", utc(*time)),
            Validity::Until(time) => format!("valid until {}", utc(*time)),
        };
        write!(
            f,
            "the certificate of {address} is {validity}, and this device's clock says {}",
            utc(*here)
        )?;
        match there {
            Some(there) if distance(*here, *there) < CLOCKS_AGREE => f.write_str(
                "; the control plane's clock agrees, so its certificate has to be replaced by whoever runs it",
            ),
            Some(there) => write!(
                f,
                "; the control plane's clock says {}; set this device's clock, for example with \"timedatectl set-ntp true\"",
                utc(*there)
            ),
            None => f.write_str("; check this device's clock, for example with \"timedatectl\""),
        }
    }
}

fn list(tries: &[CallError]) -> String {
    match tries {
        [] => "there is no address to ask".to_owned(),
        [one] => one.to_string(),
        many => {
            let lines: Vec<String> = many.iter().map(|error| format!("\n  {error}")).collect();
            format!(
                "none of the control plane's addresses works:{}",
                lines.concat()
            )
        }
    }
}
