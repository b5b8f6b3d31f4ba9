//! Devices: how one is registered, who may enrol, and what became of it.
//!
//! A device is what an agent runs on: one id for both. It is registered before it enrols, or by enrolling with assertions that an
//! allowed key has signed. What a device shows are two signed statements: the brand's about the model, and one about the serial
//! number and the device's key.

mod enrol;
mod required;
mod status;

use edgeward_ids::{AgentId, OrganisationId, ProjectId};

pub use enrol::{
    Claims, EnrolRefusal, Kind, Policy, Shown, Signatures, admit, identify, may_register_itself,
};
pub use required::{MAX_REQUIRED_SNAPS, RequiredSnap};
pub use status::{Status, StatusRefusal, asked_by_number};

use crate::Moment;

/// The longest brand, model or serial number, in characters.
pub const MAX_IDENTITY_CHARS: usize = 128;

/// The most that a device can be handed at enrolment, in bytes.
pub const MAX_DEVICE_DATA_BYTES: usize = 32 * 1024;

/// The most registrations in one installation.
pub const MAX_REGISTRATIONS: u64 = 200_000;

/// The most that are registered in one go.
pub const MAX_REGISTERED_AT_ONCE: usize = 10_000;

/// The most keys that one organisation believes.
pub const MAX_AUTHORITIES: u64 = 100;

/// Which device it is in all the world.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DeviceIdentity {
    /// The brand: `brand-id` of the assertions.
    pub brand: String,
    /// The model.
    pub model: String,
    /// The serial number.
    pub serial: String,
}

/// Why a text is no part of an identity.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdentityError {
    /// Nothing there.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// Longer than [`MAX_IDENTITY_CHARS`].
    #[error("{0} has more than {MAX_IDENTITY_CHARS} characters")]
    TooLong(&'static str),
    /// A control character.
    #[error("{0} contains a control character")]
    Character(&'static str),
}

impl DeviceIdentity {
    /// Of these three; spaces around them do not count.
    ///
    /// # Errors
    /// One of them is empty, too long, or contains control characters.
    pub fn new(brand: &str, model: &str, serial: &str) -> Result<Self, IdentityError> {
        Ok(Self {
            brand: part("brand name", brand)?,
            model: part("model name", model)?,
            serial: part("serial number", serial)?,
        })
    }
}

impl std::fmt::Display for DeviceIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.brand, self.model, self.serial)
    }
}

fn part(what: &'static str, text: &str) -> Result<String, IdentityError> {
    let text = text.trim();
    if text.is_empty() {
        Err(IdentityError::Empty(what))
    } else if text.chars().count() > MAX_IDENTITY_CHARS {
        Err(IdentityError::TooLong(what))
    } else if text.chars().any(char::is_control) {
        Err(IdentityError::Character(what))
    } else {
        Ok(text.to_owned())
    }
}

/// Which messages a device understands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// Ours.
    Edgeward,
    /// That of Canonical's and Everactive's agents.
    Iot,
}

impl Dialect {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edgeward => "edgeward",
            Self::Iot => "iot",
        }
    }

    /// The dialect with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Edgeward, Self::Iot]
            .into_iter()
            .find(|dialect| dialect.as_str() == word)
    }
}

/// The SHA3-384 of a public key in base64url, as assertions name keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(String);

/// The text is not the id of a key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{0}\" is not the id of a key; it is its SHA3-384 in 64 characters of base64url")]
pub struct KeyIdError(String);

impl KeyId {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if text.len() == 64 && text.chars().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyIdError(text.chars().take(80).collect()))
        }
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it is known that a device is the one that it says it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verified {
    /// Both assertions are signed; the serial assertion by this key.
    By(KeyId),
    /// Nobody checked: the organisation takes devices at their word.
    Unverified,
}

/// A device that is registered, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Its agent's id.
    pub id: AgentId,
    /// Where it belongs.
    pub organisation: OrganisationId,
    /// Where it belongs.
    pub project: ProjectId,
    /// Which device it is; no two registrations have the same.
    pub identity: DeviceIdentity,
    /// `store` of its model assertion; empty until it has enrolled, and where there is none.
    pub store: String,
    /// `device-key` of its serial assertion; empty until it has enrolled.
    pub device_key: String,
    /// What it is handed at enrolment.
    pub device_data: Vec<u8>,
    /// Waiting, enrolled, disabled.
    pub status: Status,
    /// What it speaks; nothing until it has enrolled.
    pub dialect: Option<Dialect>,
    /// Whether it was verified; nothing until it has enrolled.
    pub verified: Option<Verified>,
    /// The organisation that it was told that it belongs to, when it enrolled. Devices that speak the iot dialect are never told
    /// otherwise, wherever they are transferred to.
    pub enrolled_in: Option<OrganisationId>,
    /// Whether it registered itself.
    pub automatic: bool,
    /// When it was registered.
    pub registered_at: Moment,
    /// When it last enrolled.
    pub enrolled_at: Option<Moment>,
}

#[cfg(test)]
mod tests;
