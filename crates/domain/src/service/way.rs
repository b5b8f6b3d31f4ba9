//! How a service is reached, what it wants to see, and what the last look at it found. Nothing is dialled or unsealed here.

use edgeward_ids::{AgentId, OfferName};

use super::address::{Address, Scheme};
use crate::Moment;

/// Digits of a SHA-256, in hexadecimal.
const PIN_DIGITS: usize = 64;

/// How a service is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// Through the tunnel of the agent that offers it.
    Agent {
        /// The agent.
        agent: AgentId,
        /// What the agent calls it.
        offer: OfferName,
        /// Whether the agent's last word still offered it.
        offered: bool,
    },
    /// By the control plane itself.
    Direct {
        /// What it speaks.
        scheme: Scheme,
        /// Where it is; once in a project.
        address: Address,
        /// Whom it is believed to be; without meaning for [`Scheme::Http`].
        trust: Trust,
    },
}

/// By what a service's certificate is judged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Trust {
    /// It has to lead to an authority of the system's, and to name the host.
    #[default]
    Authorities,
    /// It has to be this very one: its SHA-256, 64 lower-case hexadecimal digits.
    Pinned(String),
}

/// The text is not a certificate's fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "this is not a certificate's fingerprint; use its SHA-256: {PIN_DIGITS} hexadecimal digits, with colons between them or without"
)]
pub struct PinError;

impl Trust {
    /// The certificate with this SHA-256: hexadecimal digits of either case, with colons between them or without.
    pub fn pinned(text: &str) -> Result<Self, PinError> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').collect();
        if digits.len() == PIN_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self::Pinned(digits.to_ascii_lowercase()))
        } else {
            Err(PinError)
        }
    }
}

/// What a service wants to see before it answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Authentication {
    /// Nothing.
    #[default]
    None,
    /// A user's name and password (RFC 7617).
    Basic {
        /// The user's name.
        user: String,
        /// The password, sealed: text without meaning here.
        password: String,
    },
    /// A token that the installation's key has signed.
    Token,
}

impl Authentication {
    /// `none`, `basic` or `token`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::Token => "token",
        }
    }
}

/// What the last look at a service found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// When that was.
    pub at: Moment,
    /// Whether it answered as what it is said to be, to whom we said we are.
    pub answers: bool,
    /// What was found, as JSON: text without meaning here. None where nothing was.
    pub finding: Option<String>,
    /// The version that it says it is.
    pub version: Option<String>,
    /// The numbers of the installation's key pairs that it accepts, ascending. None where it was not asked, or did not say: then
    /// what was known before is still known.
    pub keys: Option<Vec<u32>>,
}

impl Check {
    /// Whether a later look found something else; when it was does not matter.
    pub fn differs(&self, later: &Self) -> bool {
        let keys = later.keys.is_some() && self.keys != later.keys;
        keys || (self.answers, &self.finding, &self.version)
            != (later.answers, &later.finding, &later.version)
    }
}
