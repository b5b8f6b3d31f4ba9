use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::device::{DeviceIdentity, EnrolRefusal, KeyId, RequiredSnap};
use edgeward_ids::{AgentId, OrganisationId};

use super::{
    Authority, DeviceEnrolment, DeviceStore, EnrolmentPolicy, NewRegistration, PolicyChange,
    PolicyRefusal, RegisterRefusal, RegistrationChange, RegistrationFilter, RegistrationRefusal,
    RegistrationView,
};
use crate::database::Database;
use crate::database::fault::{attempt, carry_out};
use crate::{Failure, Page, Slice, StoreError};

mod change;
mod clash;
mod enrol;
mod list;
mod policy;
mod register;
mod required;
mod row;

#[async_trait]
impl DeviceStore for Database {
    async fn register(
        &self,
        devices: Vec<NewRegistration>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<RegistrationView>, Failure<RegisterRefusal>> {
        attempt(
            "register devices",
            register::register(self, devices, by, now),
        )
        .await
    }

    async fn registrations(
        &self,
        filter: &RegistrationFilter,
        slice: Slice,
    ) -> Result<Page<RegistrationView>, StoreError> {
        carry_out(
            "list the registered devices",
            list::matching(self, filter, slice),
        )
        .await
    }

    async fn registration(&self, id: AgentId) -> Result<Option<RegistrationView>, StoreError> {
        carry_out("look up a registered device", async {
            Ok(row::find(self.once(), row::with_id(id)).await?)
        })
        .await
    }

    async fn registration_of(
        &self,
        identity: &DeviceIdentity,
    ) -> Result<Option<RegistrationView>, StoreError> {
        carry_out("look up a registered device", async {
            Ok(row::find(self.once(), row::with_identity(identity)).await?)
        })
        .await
    }

    async fn registrations_with_serial(
        &self,
        serial: &str,
        visible: &Visible,
    ) -> Result<Vec<RegistrationView>, StoreError> {
        carry_out(
            "look up a serial number",
            list::with_serial(self, serial, visible),
        )
        .await
    }

    async fn change_registration(
        &self,
        id: AgentId,
        change: RegistrationChange,
        by: &By,
        now: Moment,
    ) -> Result<RegistrationView, Failure<RegistrationRefusal>> {
        attempt(
            "change a registered device",
            change::change(self, id, change, by, now),
        )
        .await
    }

    async fn delete_registration(
        &self,
        id: AgentId,
        by: &By,
        now: Moment,
    ) -> Result<RegistrationView, Failure<RegistrationRefusal>> {
        attempt(
            "delete a registered device",
            change::delete(self, id, by, now),
        )
        .await
    }

    async fn enrol_device(
        &self,
        enrolment: DeviceEnrolment,
        now: Moment,
    ) -> Result<RegistrationView, Failure<EnrolRefusal>> {
        attempt("enrol a device", enrol::enrol(self, enrolment, now)).await
    }

    async fn enrolment_policy(
        &self,
        organisation: OrganisationId,
    ) -> Result<EnrolmentPolicy, StoreError> {
        carry_out("look up what an organisation asks of devices", async {
            Ok(policy::load(self.once(), organisation).await?)
        })
        .await
    }

    async fn automatic_organisation(
        &self,
        keys: &[KeyId],
    ) -> Result<Option<OrganisationId>, StoreError> {
        carry_out(
            "look for where a device registers itself",
            policy::automatic(self, keys),
        )
        .await
    }

    async fn change_policy(
        &self,
        organisation: OrganisationId,
        change: PolicyChange,
        by: &By,
        now: Moment,
    ) -> Result<EnrolmentPolicy, Failure<PolicyRefusal>> {
        attempt(
            "change what an organisation asks of devices",
            policy::change(self, organisation, change, by, now),
        )
        .await
    }

    async fn add_authority(
        &self,
        organisation: OrganisationId,
        authority: Authority,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<PolicyRefusal>> {
        attempt(
            "add a key that vouches for devices",
            policy::add(self, organisation, authority, by, now),
        )
        .await
    }

    async fn remove_authority(
        &self,
        organisation: OrganisationId,
        key: &KeyId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<PolicyRefusal>> {
        attempt(
            "remove a key that vouches for devices",
            policy::remove(self, organisation, key, by, now),
        )
        .await
    }

    async fn required_snaps(
        &self,
        organisation: Option<OrganisationId>,
    ) -> Result<Vec<RequiredSnap>, StoreError> {
        carry_out(
            "list the snaps that models need",
            required::all(self, organisation),
        )
        .await
    }

    async fn set_required_snaps(
        &self,
        organisation: OrganisationId,
        model: (Option<&str>, &str),
        snaps: &[(String, Option<String>)],
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<PolicyRefusal>> {
        attempt(
            "say which snaps a model needs",
            required::set(self, organisation, model, snaps, by, now),
        )
        .await
    }

    async fn record_clash(
        &self,
        id: AgentId,
        addresses: &str,
        now: Moment,
    ) -> Result<u64, StoreError> {
        carry_out(
            "record that an identity is in two places",
            clash::record(self, id, addresses, now),
        )
        .await
    }
}
