//! E-mail addresses as sign-in names.

use std::fmt;
use std::str::FromStr;

/// An e-mail address to sign in with: kept as typed, compared without regard to case.
#[derive(Clone, Debug)]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is not an e-mail address; it should look like name@example.com and have at most {max} characters", max = Email::MAX_CHARS)]
pub struct EmailError;

impl Email {
    /// The longest address, in characters (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX_CHARS: usize = 254;

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared: lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Email {}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let plain = text.chars().count() <= Self::MAX_CHARS
            && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        match text.rsplit_once('@') {
            Some((local, host)) if plain && !local.is_empty() && !host.is_empty() => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(EmailError),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
