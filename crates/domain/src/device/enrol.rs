//! Who is let in: what a device shows, who signed it, and what its organisation asks for.

use std::collections::BTreeSet;

use edgeward_ids::ProjectId;

use super::{DeviceIdentity, IdentityError, KeyId, Registration, Status, Verified};

/// Which of the two assertions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The brand's, about the model.
    Model,
    /// About the serial number and the device's key.
    Serial,
    /// Any other.
    Other,
}

/// What an assertion says, as far as it matters here. What it does not say is empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// Which assertion.
    pub kind: Kind,
    /// `brand-id`.
    pub brand: String,
    /// `model`.
    pub model: String,
    /// `serial`, of a serial assertion.
    pub serial: String,
    /// `store`, of a model assertion.
    pub store: String,
    /// `device-key`, of a serial assertion.
    pub device_key: String,
    /// `sign-key-sha3-384`: which key is said to have signed it.
    pub signed_by: String,
}

/// What a device showed, once it makes sense.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Which device it says that it is.
    pub identity: DeviceIdentity,
    /// `store` of the model assertion.
    pub store: String,
    /// `device-key` of the serial assertion.
    pub device_key: String,
    /// Which key is said to have signed the model assertion.
    pub model_signed_by: String,
    /// Which key is said to have signed the serial assertion.
    pub serial_signed_by: String,
}

/// What was found out of the signatures on what a device showed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Signatures {
    /// They are those of the keys that they name. Whether those are believed is the policy's.
    Valid {
        /// The model assertion's.
        model: KeyId,
        /// The serial assertion's.
        serial: KeyId,
    },
    /// A key that is believed is named, and did not sign it: it was changed, or made up.
    Forged,
    /// The key that is said to have signed one of them is not known here.
    UnknownKey(String),
}

impl Signatures {
    /// Who vouches for the device; or the key that the organisation does not believe.
    fn vouching(&self, believed: &BTreeSet<KeyId>) -> Option<Result<KeyId, String>> {
        match self {
            Self::Forged => None,
            Self::UnknownKey(key) => Some(Err(key.clone())),
            Self::Valid { model, serial } => Some(
                match [model, serial]
                    .into_iter()
                    .find(|key| !believed.contains(key))
                {
                    None => Ok(serial.clone()),
                    Some(other) => Err(other.to_string()),
                },
            ),
        }
    }
}

/// What an organisation asks of devices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// Whose signatures it believes.
    pub authorities: BTreeSet<KeyId>,
    /// Whether registered devices are let in that no believed key has vouched for.
    pub unverified: bool,
    /// The project into which devices register themselves that believed keys have vouched for; none where they do not.
    pub automatic: Option<ProjectId>,
}

/// Why a device is not let in. Devices and their operators see these words.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnrolRefusal {
    /// Nothing was sent.
    #[error("no data supplied")]
    NoData,
    /// Not an assertion stream.
    #[error("the assertions cannot be read: {0}")]
    Unreadable(String),
    /// One is missing, or both are of one kind.
    #[error("A model and serial assertion is required")]
    BothRequired,
    /// More than two, or another kind.
    #[error("unexpected assertion in the request stream")]
    Unexpected,
    /// The two speak of different brands.
    #[error("the brand of the model and serial assertions does not match")]
    OtherBrand,
    /// The two speak of different models.
    #[error("the model of the model and serial assertions does not match")]
    OtherModel,
    /// What they say cannot be an identity.
    #[error("the assertions do not name a device: {0}")]
    Identity(IdentityError),
    /// No such device.
    #[error("the device `{0}` is not registered")]
    NotRegistered(DeviceIdentity),
    /// It has enrolled before.
    #[error("the device `{0}` is already enrolled")]
    AlreadyEnrolled(DeviceIdentity),
    /// An operator has disabled it.
    #[error("the device registration for `{0}` is disabled")]
    Disabled(DeviceIdentity),
    /// It was changed or made up.
    #[error(
        "the assertions of `{0}` are not signed by the key that they name, or not by whoever speaks for its brand"
    )]
    Forged(DeviceIdentity),
    /// Somebody unknown signed.
    #[error(
        "the assertions of `{device}` are signed by the key {key}, which its organisation does not accept; \
         add the key to its enrolment settings, or allow unverified devices there"
    )]
    UnknownKey {
        /// Which device.
        device: DeviceIdentity,
        /// The key that it names.
        key: String,
    },
    /// It does not hold the key that its serial assertion is about.
    #[error("the device `{0}` has not proven that it holds its device key")]
    KeyNotProven(DeviceIdentity),
}

impl EnrolRefusal {
    /// A stable word, for counting.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Unreadable(_) => "unreadable",
            Self::BothRequired => "both_required",
            Self::Unexpected => "unexpected_assertion",
            Self::OtherBrand => "other_brand",
            Self::OtherModel => "other_model",
            Self::Identity(_) => "no_identity",
            Self::NotRegistered(_) => "not_registered",
            Self::AlreadyEnrolled(_) => "already_enrolled",
            Self::Disabled(_) => "disabled",
            Self::Forged(_) => "forged",
            Self::UnknownKey { .. } => "unknown_key",
            Self::KeyNotProven(_) => "key_not_proven",
        }
    }
}

/// Who the device says that it is: exactly one assertion of each kind, in either order, of one brand and one model.
///
/// # Errors
/// They are not that.
pub fn identify(assertions: &[Claims]) -> Result<Shown, EnrolRefusal> {
    let (one, other) = match assertions {
        [] | [_] => return Err(EnrolRefusal::BothRequired),
        [one, other] => (one, other),
        _ => return Err(EnrolRefusal::Unexpected),
    };
    let (model, serial) = match (one.kind, other.kind) {
        (Kind::Model, Kind::Serial) => (one, other),
        (Kind::Serial, Kind::Model) => (other, one),
        (Kind::Other, _) | (_, Kind::Other) => return Err(EnrolRefusal::Unexpected),
        (Kind::Model, Kind::Model) | (Kind::Serial, Kind::Serial) => {
            return Err(EnrolRefusal::BothRequired);
        }
    };
    if model.brand != serial.brand {
        return Err(EnrolRefusal::OtherBrand);
    }
    if model.model != serial.model {
        return Err(EnrolRefusal::OtherModel);
    }
    let identity = DeviceIdentity::new(&serial.brand, &serial.model, &serial.serial)
        .map_err(EnrolRefusal::Identity)?;
    Ok(Shown {
        identity,
        store: model.store.clone(),
        device_key: serial.device_key.clone(),
        model_signed_by: model.signed_by.clone(),
        serial_signed_by: serial.signed_by.clone(),
    })
}

/// May this registered device enrol now, with what was found out of its signatures? How it is verified, or why not.
///
/// A forged assertion is refused also where unverified devices are let in: it names a key that is believed.
///
/// # Errors
/// It may not.
pub fn admit(
    registration: &Registration,
    signatures: &Signatures,
    policy: &Policy,
) -> Result<Verified, EnrolRefusal> {
    let device = || registration.identity.clone();
    // First: whoever cannot prove to be the device learns nothing of how it stands.
    let verified = match signatures.vouching(&policy.authorities) {
        Some(Ok(key)) => Verified::By(key),
        None => return Err(EnrolRefusal::Forged(device())),
        Some(Err(_)) if policy.unverified => Verified::Unverified,
        Some(Err(key)) => {
            return Err(EnrolRefusal::UnknownKey {
                device: device(),
                key: key.chars().take(80).collect(),
            });
        }
    };
    match registration.status {
        Status::Waiting => Ok(verified),
        Status::Enrolled => Err(EnrolRefusal::AlreadyEnrolled(device())),
        Status::Disabled => Err(EnrolRefusal::Disabled(device())),
    }
}

/// Where a device that nobody registered registers itself: only with valid signatures, and where that is wished.
///
/// Who vouches for it, and where it goes.
///
/// # Errors
/// Nowhere; then it has to be registered by hand.
pub fn may_register_itself(
    identity: &DeviceIdentity,
    signatures: &Signatures,
    policy: &Policy,
) -> Result<(Verified, ProjectId), EnrolRefusal> {
    match (signatures.vouching(&policy.authorities), policy.automatic) {
        (Some(Ok(key)), Some(project)) => Ok((Verified::By(key), project)),
        _ => Err(EnrolRefusal::NotRegistered(identity.clone())),
    }
}
