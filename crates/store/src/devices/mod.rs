//! Devices: registrations, whose signatures vouch for them, enrolment, and the snaps that their models need.
//!
//! A device and its agent have one id. The agent is recorded when the device enrols, and goes with the registration.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::agent::{AgentFacts, Certificate};
use edgeward_domain::audit::By;
use edgeward_domain::device::{
    DeviceIdentity, Dialect, EnrolRefusal, KeyId, MAX_AUTHORITIES, MAX_REGISTERED_AT_ONCE,
    MAX_REGISTRATIONS, MAX_REQUIRED_SNAPS, Policy, Registration, RequiredSnap, Shown, Signatures,
    Status, StatusRefusal,
};
use edgeward_ids::{AgentId, OrganisationId, ProjectId};

use crate::{Failure, Page, Place, Slice, StoreError};

mod sql;

/// A device to be registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRegistration {
    /// The id.
    pub id: AgentId,
    /// Where it is to belong.
    pub project: ProjectId,
    /// Which device it is.
    pub identity: DeviceIdentity,
    /// What it is to be handed at enrolment.
    pub device_data: Vec<u8>,
}

/// Why devices are not registered. None of them is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegisterRefusal {
    /// The project does not exist.
    #[error("there is no such project")]
    UnknownProject,
    /// Registered before, or twice at once.
    #[error("the device `{identity}` is already registered")]
    AlreadyRegistered {
        /// Which device.
        identity: DeviceIdentity,
        /// Its id, if it was registered before.
        id: Option<AgentId>,
    },
    /// More than [`MAX_REGISTERED_AT_ONCE`].
    #[error("{0} devices are more than can be registered at once; {MAX_REGISTERED_AT_ONCE} are")]
    TooManyAtOnce(usize),
    /// There would be more than [`MAX_REGISTRATIONS`].
    #[error("there would be more than {MAX_REGISTRATIONS} registered devices; delete some")]
    TooMany,
}

/// A registration with the names of where it belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegistrationView {
    /// The registration.
    pub registration: Registration,
    /// The names of its organisation and project.
    pub place: Place,
    /// Whether its identity was used from two places at once.
    pub clash: Option<Clash>,
}

/// That an identity was used from two places at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clash {
    /// How often that was noticed.
    pub count: u64,
    /// When it was noticed last.
    pub last_at: Moment,
    /// The addresses, as they were noticed last.
    pub addresses: String,
}

/// Which registrations to list; all conditions together. The newest come first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegistrationFilter {
    /// Only of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only of this project.
    pub project: Option<ProjectId>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Only of this model.
    pub model: Option<String>,
    /// Only with this text in brand, model, serial number or id; case does not matter.
    pub text: Option<String>,
    /// Only of these organisations and projects.
    pub visible: Visible,
}

impl RegistrationFilter {
    /// All that may be seen.
    pub const fn new(visible: Visible) -> Self {
        Self {
            organisation: None,
            project: None,
            status: None,
            model: None,
            text: None,
            visible,
        }
    }
}

/// A change of the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusChange {
    /// It may neither enrol nor connect from now on.
    Disable,
    /// It may enrol, again if it has enrolled before. What it enrolled with stays good until then.
    Enable,
    /// As existing clients ask: see [`edgeward_domain::device::asked_by_number`].
    Number(i64),
}

/// What to change of a registration. What is none stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegistrationChange {
    /// The status.
    pub status: Option<StatusChange>,
    /// What it is handed at enrolment.
    pub device_data: Option<Vec<u8>>,
}

/// Why a registration is not changed or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegistrationRefusal {
    /// There is no such registration.
    #[error("there is no such registered device")]
    Unknown,
    /// That status is not for setting.
    #[error(transparent)]
    Status(#[from] StatusRefusal),
}

/// A device that wants to enrol, as far as it was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceEnrolment {
    /// The id that its certificate names: its registration's, or a new one.
    pub id: AgentId,
    /// What it showed.
    pub shown: Shown,
    /// What was found out of the signatures on it.
    pub signatures: Signatures,
    /// The organisation in which it registers itself if nobody has registered it.
    pub organisation: Option<OrganisationId>,
    /// What it speaks.
    pub dialect: Dialect,
    /// The certificate that it will get.
    pub certificate: Certificate,
    /// What it says of itself.
    pub facts: AgentFacts,
    /// The address that it comes from.
    pub address: String,
}

/// A key whose signatures an organisation believes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// Its id.
    pub key: KeyId,
    /// Whose it is: `account-id` of its account-key assertion.
    pub account: String,
    /// What that account calls it.
    pub name: String,
    /// The body of its account-key assertion: the public key.
    pub public_key: String,
    /// When it was added.
    pub added_at: Moment,
}

/// What an organisation asks of devices, with the keys themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EnrolmentPolicy {
    /// Whose signatures it believes, the oldest first.
    pub authorities: Vec<Authority>,
    /// As in [`Policy::unverified`].
    pub unverified: bool,
    /// As in [`Policy::automatic`].
    pub automatic: Option<ProjectId>,
}

impl EnrolmentPolicy {
    /// As the rules need it.
    pub fn rules(&self) -> Policy {
        Policy {
            authorities: self.authorities.iter().map(|a| a.key.clone()).collect(),
            unverified: self.unverified,
            automatic: self.automatic,
        }
    }
}

/// A change of what an organisation asks of devices. What is none stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicyChange {
    /// Whether registered devices are let in that nobody vouches for.
    pub unverified: Option<bool>,
    /// Where devices register themselves; nowhere if that is none.
    pub automatic: Option<Option<ProjectId>>,
}

/// Why an organisation's policy is not changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PolicyRefusal {
    /// There is no such organisation.
    #[error("there is no such organisation")]
    UnknownOrganisation,
    /// The organisation has no such project.
    #[error("the organisation has no such project")]
    UnknownProject,
    /// The organisation does not believe such a key.
    #[error("the organisation has no such key")]
    UnknownKey,
    /// [`MAX_AUTHORITIES`] are there.
    #[error("the organisation has {MAX_AUTHORITIES} keys already; remove some")]
    TooManyKeys,
    /// More than [`MAX_REQUIRED_SNAPS`].
    #[error("a model can need {MAX_REQUIRED_SNAPS} snaps at most")]
    TooManySnaps,
}

/// Devices.
#[async_trait]
pub trait DeviceStore: Send + Sync {
    /// Registers devices, all of them or none.
    async fn register(
        &self,
        devices: Vec<NewRegistration>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<RegistrationView>, Failure<RegisterRefusal>>;

    /// The registrations that match, the newest first, and how many they are.
    async fn registrations(
        &self,
        filter: &RegistrationFilter,
        slice: Slice,
    ) -> Result<Page<RegistrationView>, StoreError>;

    /// The registration with this id.
    async fn registration(&self, id: AgentId) -> Result<Option<RegistrationView>, StoreError>;

    /// The registration of this device.
    async fn registration_of(
        &self,
        identity: &DeviceIdentity,
    ) -> Result<Option<RegistrationView>, StoreError>;

    /// The devices with this serial number that may be seen; other brands and models may use the same.
    async fn registrations_with_serial(
        &self,
        serial: &str,
        visible: &Visible,
    ) -> Result<Vec<RegistrationView>, StoreError>;

    /// Changes a registration. From the answer on, a disabled one's certificate is not valid.
    async fn change_registration(
        &self,
        id: AgentId,
        change: RegistrationChange,
        by: &By,
        now: Moment,
    ) -> Result<RegistrationView, Failure<RegistrationRefusal>>;

    /// Deletes a registration with its agent and the agent's edge services; its certificate is not valid any more.
    async fn delete_registration(
        &self,
        id: AgentId,
        by: &By,
        now: Moment,
    ) -> Result<RegistrationView, Failure<RegistrationRefusal>>;

    /// Lets a device in, if the rules allow it: notes what it showed, makes its agent if there is none, and records the
    /// certificate, which replaces any earlier one at once. Of two at the same moment one is let in.
    async fn enrol_device(
        &self,
        enrolment: DeviceEnrolment,
        now: Moment,
    ) -> Result<RegistrationView, Failure<EnrolRefusal>>;

    /// What an organisation asks of devices.
    async fn enrolment_policy(
        &self,
        organisation: OrganisationId,
    ) -> Result<EnrolmentPolicy, StoreError>;

    /// The organisation in which devices register themselves that both these keys vouch for; of several the oldest.
    async fn automatic_organisation(
        &self,
        keys: &[KeyId],
    ) -> Result<Option<OrganisationId>, StoreError>;

    /// Changes what an organisation asks of devices.
    async fn change_policy(
        &self,
        organisation: OrganisationId,
        change: PolicyChange,
        by: &By,
        now: Moment,
    ) -> Result<EnrolmentPolicy, Failure<PolicyRefusal>>;

    /// From now on the organisation believes this key; one that it believes already stays as it is.
    async fn add_authority(
        &self,
        organisation: OrganisationId,
        authority: Authority,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<PolicyRefusal>>;

    /// From now on the organisation does not believe this key. Devices that enrolled with it stay.
    async fn remove_authority(
        &self,
        organisation: OrganisationId,
        key: &KeyId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<PolicyRefusal>>;

    /// The snaps that devices of this organisation need; of all if there is none. By model, brand and name.
    async fn required_snaps(
        &self,
        organisation: Option<OrganisationId>,
    ) -> Result<Vec<RequiredSnap>, StoreError>;

    /// Replaces the snaps (name and channel) that devices of this model need, of this brand or of every brand.
    async fn set_required_snaps(
        &self,
        organisation: OrganisationId,
        model: (Option<&str>, &str),
        snaps: &[(String, Option<String>)],
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<PolicyRefusal>>;

    /// This identity was used from two places at once; how often that was noticed by now.
    async fn record_clash(
        &self,
        id: AgentId,
        addresses: &str,
        now: Moment,
    ) -> Result<u64, StoreError>;
}
