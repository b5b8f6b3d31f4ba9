//! Registered devices, whose signatures an organisation believes, and the snaps that models need.

use edgeward_api::list::List;
use edgeward_api::registration::{
    EnrolmentKeyRequest, EnrolmentRequest, EnrolmentSettings, Imported, Registration,
    RegistrationFilter, RegistrationRequest, RegistrationUpdate, RequiredSnaps,
    RequiredSnapsFilter,
};
use edgeward_ids::{AgentId, OrganisationId, ProjectId};

use crate::request::{Operation, segment};
use crate::{Client, ClientError};

impl Client {
    /// The registered devices that match, the newest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn registrations(
        &self,
        filter: &RegistrationFilter,
    ) -> Result<List<Registration>, ClientError> {
        self.ask_for(Operation::get("registrations"), filter).await
    }

    /// One registered device.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn registration(&self, id: AgentId) -> Result<Registration, ClientError> {
        self.ask(Operation::get(format!("registrations/{id}")))
            .await
    }

    /// Registers a device: it may enrol from now on.
    ///
    /// # Errors
    /// Refused with 409 when it is registered already.
    pub async fn register(
        &self,
        request: &RegistrationRequest,
    ) -> Result<Registration, ClientError> {
        self.send(Operation::post("registrations"), request).await
    }

    /// Registers the devices of a list, all of them or none. Each line is `brand,model,serial` or `brand,model,serial,device_data`.
    ///
    /// # Errors
    /// Refused with 400 when a line is wrong, which is named, with 409 when a device is registered already.
    pub async fn import_registrations(
        &self,
        project: ProjectId,
        csv: String,
    ) -> Result<Imported, ClientError> {
        let operation = Operation::post(format!("projects/{project}/registrations"));
        self.send_text(operation, "text/csv", csv).await
    }

    /// Changes what a device is handed when it enrols.
    ///
    /// # Errors
    /// Refused with 400 when it is too much.
    pub async fn change_registration(
        &self,
        id: AgentId,
        change: &RegistrationUpdate,
    ) -> Result<Registration, ClientError> {
        self.send(Operation::patch(format!("registrations/{id}")), change)
            .await
    }

    /// Lets a device enrol, again if it has before.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn enable_registration(&self, id: AgentId) -> Result<Registration, ClientError> {
        self.ask(Operation::post(format!("registrations/{id}/enable")))
            .await
    }

    /// Shuts a device out at once.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn disable_registration(&self, id: AgentId) -> Result<Registration, ClientError> {
        self.ask(Operation::post(format!("registrations/{id}/disable")))
            .await
    }

    /// Deletes a registered device with its agent and edge services.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn delete_registration(&self, id: AgentId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("registrations/{id}")))
            .await
    }

    /// What an organisation asks of devices that enrol.
    ///
    /// # Errors
    /// Refused with 403 unless one may look at its members.
    pub async fn enrolment_settings(
        &self,
        organisation: OrganisationId,
    ) -> Result<EnrolmentSettings, ClientError> {
        self.ask(Operation::get(format!(
            "organisations/{organisation}/enrolment"
        )))
        .await
    }

    /// Says what an organisation asks of devices that enrol.
    ///
    /// # Errors
    /// Refused with 403 when automatic registration would change and one is no system administrator, with 404 when the
    /// organisation has no such project.
    pub async fn set_enrolment(
        &self,
        organisation: OrganisationId,
        request: &EnrolmentRequest,
    ) -> Result<EnrolmentSettings, ClientError> {
        let path = format!("organisations/{organisation}/enrolment");
        self.send(Operation::put(path), request).await
    }

    /// Has an organisation believe the key of an `account-key` assertion.
    ///
    /// # Errors
    /// Refused with 400 when it is none, with 409 when the organisation has too many keys.
    pub async fn add_enrolment_key(
        &self,
        organisation: OrganisationId,
        assertion: String,
    ) -> Result<EnrolmentSettings, ClientError> {
        let path = format!("organisations/{organisation}/enrolment/keys");
        self.send(Operation::post(path), &EnrolmentKeyRequest { assertion })
            .await
    }

    /// Has an organisation no longer believe a key. Devices that have enrolled stay.
    ///
    /// # Errors
    /// Refused with 404 when it does not believe it.
    pub async fn remove_enrolment_key(
        &self,
        organisation: OrganisationId,
        key: &str,
    ) -> Result<(), ClientError> {
        let key = segment(key);
        let path = format!("organisations/{organisation}/enrolment/keys/{key}");
        self.order(Operation::delete(path)).await
    }

    /// The snaps that models need.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn required_snaps(
        &self,
        filter: &RequiredSnapsFilter,
    ) -> Result<List<RequiredSnaps>, ClientError> {
        self.ask_for(Operation::get("required-snaps"), filter).await
    }

    /// Replaces the snaps that a model needs.
    ///
    /// # Errors
    /// Refused with 400 when a name or channel is none, or there are too many.
    pub async fn set_required_snaps(
        &self,
        request: &RequiredSnaps,
    ) -> Result<RequiredSnaps, ClientError> {
        self.send(Operation::put("required-snaps"), request).await
    }
}
