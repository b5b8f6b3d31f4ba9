//! Enrolment and the registry over HTTP.
//!
//! Every answer carries `code` and `message`; both are empty on success. A device posts its model and serial assertions as an
//! assertion stream, which is not of this crate, and gets its credentials.

use serde::{Deserialize, Serialize};

use super::text;

/// Where devices enrol, under whatever base path.
pub const ENROL_PATH: &str = "/v1/device/enroll";

/// The content type of an enrolment request as agents send it; servers do not look at it.
pub const ASSERTION_TYPE: &str = "application/x.ubuntu.assertion";

/// The `code`s of failures.
pub mod code {
    /// The body is empty.
    pub const NO_DATA: &str = "NoData";
    /// The body is not the JSON that it has to be.
    pub const BAD_DATA: &str = "BadData";
    /// An organisation could not be made.
    pub const REG_ORG: &str = "RegOrg";
    /// Organisations could not be listed.
    pub const ORG_LIST: &str = "OrgList";
    /// A device could not be registered.
    pub const REG_DEVICE: &str = "RegDevice";
    /// A registration could not be deleted.
    pub const DELETE_DEVICE: &str = "DeleteDevice";
    /// Devices could not be listed.
    pub const DEVICE_LIST: &str = "DeviceList";
    /// A device could not be shown.
    pub const DEVICE_GET: &str = "DeviceGet";
    /// A device could not be changed.
    pub const DEVICE_UPDATE: &str = "DeviceUpdate";
    /// A device could not be enrolled.
    pub const ENROLL_DEVICE: &str = "EnrollDevice";
    /// Whoever asks did not say who it is, or may not.
    pub const USER_AUTH: &str = "UserAuth";
}

/// Any answer. What does not belong to the request is absent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Empty on success, else one of [`code`].
    #[serde(default)]
    pub code: String,
    /// Empty on success, else what went wrong.
    #[serde(default)]
    pub message: String,
    /// The id of what was made or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Organisations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<Organization>>,
    /// Registrations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<Enrollment>>,
    /// One registration; with credentials when it is the device that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrollment: Option<Box<Enrollment>>,
}

/// Asks for a new organisation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RegisterOrganization {
    /// Its name.
    #[serde(default, deserialize_with = "text::or_default")]
    pub name: String,
    /// Its country; may be empty.
    #[serde(default, deserialize_with = "text::or_default")]
    pub country: String,
}

/// Registers a device before it enrols.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RegisterDevice {
    /// The organisation's id, or its name.
    #[serde(default, deserialize_with = "text::or_default")]
    pub orgid: String,
    /// The brand: `brand-id` of the assertions.
    #[serde(default, deserialize_with = "text::or_default")]
    pub brand: String,
    /// The model.
    #[serde(default, deserialize_with = "text::or_default")]
    pub model: String,
    /// The serial number.
    #[serde(default, deserialize_with = "text::or_default")]
    pub serial: String,
    /// Anything that the device is handed at enrolment, in base64; may be empty.
    #[serde(default, rename = "deviceData", deserialize_with = "text::or_default")]
    pub device_data: String,
}

/// Changes a registration.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct UpdateDevice {
    /// The new status: 1 waiting, 3 disabled; others switch between the two.
    #[serde(default, deserialize_with = "text::or_default")]
    pub status: i64,
    /// Replaces what the device is handed, in base64; empty leaves it as it is.
    #[serde(default, rename = "deviceData", deserialize_with = "text::or_default")]
    pub device_data: String,
}

/// A registration, with or without what the device gets.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Enrollment {
    /// The device's id: MQTT client id and topic level from now on.
    #[serde(default)]
    pub id: String,
    /// Which device it is.
    #[serde(default)]
    pub device: EnrolledDevice,
    /// What it connects with.
    #[serde(default)]
    pub credentials: Credentials,
    /// What it belongs to.
    #[serde(default)]
    pub organization: Organization,
    /// 1 waiting, 2 enrolled, 3 disabled.
    #[serde(default)]
    pub status: u8,
    /// What the device is handed, in base64; may be empty.
    #[serde(default, rename = "deviceData", deserialize_with = "text::or_default")]
    pub device_data: String,
}

/// Which device it is, as its assertions say.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrolledDevice {
    /// `brand-id` of the assertions.
    #[serde(default, deserialize_with = "text::short")]
    pub brand: String,
    /// The model.
    #[serde(default, deserialize_with = "text::short")]
    pub model: String,
    /// The serial number.
    #[serde(default, deserialize_with = "text::short")]
    pub serial: String,
    /// `store` of the model assertion.
    #[serde(
        default,
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::short"
    )]
    pub store: String,
    /// `device-key` of the serial assertion.
    #[serde(
        default,
        skip_serializing_if = "String::is_empty",
        deserialize_with = "text::key"
    )]
    pub device_key: String,
}

/// What a device connects with. Empty where the registry is only looked at.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The private key as PEM. A secret.
    #[serde(default, with = "text::base64_or_null")]
    pub private_key: Vec<u8>,
    /// The certificate as PEM.
    #[serde(default, with = "text::base64_or_null")]
    pub certificate: Vec<u8>,
    /// The broker's host name or address.
    #[serde(default, deserialize_with = "text::short")]
    pub mqtt_url: String,
    /// The broker's port, as text.
    #[serde(default, deserialize_with = "text::short")]
    pub mqtt_port: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("mqtt_url", &self.mqtt_url)
            .field("mqtt_port", &self.mqtt_port)
            .finish_non_exhaustive()
    }
}

/// An organisation. The private key that some servers add under the key `-` is neither read nor written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Organization {
    /// The id.
    #[serde(default, deserialize_with = "text::short")]
    pub id: String,
    /// The name.
    #[serde(default, deserialize_with = "text::short")]
    pub name: String,
    /// A certificate as PEM. From other servers it is not the broker's authority.
    #[serde(default, with = "text::base64_or_null")]
    pub rootcert: Vec<u8>,
}
