//! Registered devices, who vouches for them, and the snaps that their models need.

use edgeward_ids::{AgentId, Name, OrganisationId, ProjectId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The largest list of devices to import, in bytes.
pub const MAX_IMPORT_BYTES: usize = 4 * 1024 * 1024;

/// A registered device. Its id is that of its agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Registration {
    /// The id.
    pub id: AgentId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// Its name.
    pub organisation_name: Name,
    /// The project.
    pub project_id: ProjectId,
    /// Its name.
    pub project_name: Name,
    /// The brand.
    pub brand: String,
    /// The model.
    pub model: String,
    /// The serial number.
    pub serial: String,
    /// The store of its snaps; empty until it has enrolled, and for the usual one.
    pub store: String,
    /// Where it stands.
    pub status: RegistrationStatus,
    /// What it speaks; nothing until it has enrolled.
    pub dialect: Option<Dialect>,
    /// Whether it is known to be the device that it says it is.
    pub verification: Verification,
    /// The key that vouches for it; present when it is verified.
    pub verified_by: Option<String>,
    /// Whether it registered itself.
    pub automatic: bool,
    /// How much it is handed at enrolment, in bytes.
    pub device_data_bytes: u64,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub registered_at: Timestamp,
    /// When it last enrolled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub enrolled_at: Option<Timestamp>,
    /// That its identity was used from two places at once: somebody has a copy.
    pub clash: Option<IdentityClash>,
}

/// That an identity was used from two places at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityClash {
    /// How often that was noticed.
    pub count: u64,
    /// When it was noticed last.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// The addresses, as they were noticed last.
    pub addresses: String,
}

/// Where a registered device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationStatus {
    /// It may enrol.
    Waiting,
    /// It has enrolled, and may not again.
    Enrolled,
    /// It may neither enrol nor connect.
    Disabled,
}

/// What a device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Edgeward's agent.
    Edgeward,
    /// An existing iot-agent.
    Iot,
}

/// Whether a device is known to be the one that it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// It has not enrolled yet.
    Pending,
    /// A key that its organisation believes has signed its assertions.
    Verified,
    /// Nobody checked: its organisation allows that.
    Unverified,
}

/// `GET /registrations`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RegistrationFilter {
    /// Only of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only in this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RegistrationStatus>,
    /// Only of this model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Only with this text in brand, model, serial number or id; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many to pass over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// `POST /registrations`: registers a device before it enrols.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationRequest {
    /// The project that it is to belong to.
    pub project_id: ProjectId,
    /// The brand, at most 128 characters.
    pub brand: String,
    /// The model, at most 128 characters.
    pub model: String,
    /// The serial number, at most 128 characters.
    pub serial: String,
    /// What it is to be handed at enrolment, in base64; at most 32 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_data: Option<String>,
}

/// `PATCH /registrations/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationUpdate {
    /// What it is to be handed at enrolment, in base64; at most 32 KiB.
    pub device_data: String,
}

/// What came of an import: all devices are registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// How many.
    pub registered: u64,
}

/// What an organisation asks of devices that enrol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentSettings {
    /// Whose signatures it believes, the oldest first.
    pub keys: Vec<EnrolmentKey>,
    /// Whether registered devices are let in that none of them vouches for. Whoever knows such a device's brand, model and serial
    /// number can enrol in its place.
    pub allow_unverified: bool,
    /// The project into which devices register themselves that the keys vouch for; none where they do not.
    pub automatic_project_id: Option<ProjectId>,
}

/// A key whose signatures an organisation believes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentKey {
    /// Its SHA3-384, as assertions name it.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// What that account calls it.
    pub name: String,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
}

/// `PUT /organisations/{id}/enrolment`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// As in [`EnrolmentSettings::allow_unverified`].
    pub allow_unverified: bool,
    /// As in [`EnrolmentSettings::automatic_project_id`]. Only a system administrator can change it.
    #[serde(default)]
    pub automatic_project_id: Option<ProjectId>,
}

/// `POST /organisations/{id}/enrolment/keys`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentKeyRequest {
    /// The key's `account-key` assertion, as `snap known --remote account-key public-key-sha3-384=…` prints it. That it is the
    /// right one is for whoever adds it to know: nobody's signature on it is checked.
    pub assertion: String,
}

/// The snaps that devices of a model need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredSnaps {
    /// Whose devices.
    pub organisation_id: OrganisationId,
    /// Of which brand; of every brand if that is none.
    #[serde(default)]
    pub brand: Option<String>,
    /// Of which model.
    pub model: String,
    /// The snaps, at most 50.
    pub snaps: Vec<RequiredSnap>,
}

/// A snap that devices need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredSnap {
    /// The name.
    pub name: String,
    /// From which channel, such as `latest/stable`; whatever is usual if that is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// `GET /required-snaps`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RequiredSnapsFilter {
    /// Only of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
}
