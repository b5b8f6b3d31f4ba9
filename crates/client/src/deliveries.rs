//! Templates of configurations, and their deliveries to services.

use edgeward_api::delivery::{
    DeliveredService, DeliveredServiceFilter, Delivery, DeliveryFilter, DeliveryPreview,
    DeliveryRequest,
};
use edgeward_api::list::List;
use edgeward_api::template::{
    ServiceConfiguration, Template, TemplateFilter, TemplateRequest, TemplateVersion,
    VersionRequest,
};
use edgeward_ids::{RolloutId, ServiceId, TemplateId};

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// What a running service is set to, as the text of a template.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see, 400 when its kind has no configuration, 5xx when it gave no answer.
    pub async fn service_configuration(
        &self,
        id: ServiceId,
    ) -> Result<ServiceConfiguration, ClientError> {
        self.ask(Operation::get(format!("services/{id}/configuration")))
            .await
    }

    /// Adds a template with its first version.
    ///
    /// # Errors
    /// Refused with 400 when the text cannot be one, 409 when the name is taken; see [`ClientError`].
    pub async fn add_template(&self, request: &TemplateRequest) -> Result<Template, ClientError> {
        self.send(Operation::post("templates"), request).await
    }

    /// Adds a version to a template.
    ///
    /// # Errors
    /// As [`Client::add_template`], and 404 when there is none that one may see.
    pub async fn add_template_version(
        &self,
        id: TemplateId,
        request: &VersionRequest,
    ) -> Result<Template, ClientError> {
        self.send(Operation::post(format!("templates/{id}/versions")), request)
            .await
    }

    /// The templates that match, by name.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn templates(&self, filter: &TemplateFilter) -> Result<List<Template>, ClientError> {
        self.ask_for(Operation::get("templates"), filter).await
    }

    /// One template.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn template(&self, id: TemplateId) -> Result<Template, ClientError> {
        self.ask(Operation::get(format!("templates/{id}"))).await
    }

    /// A template's versions without their texts, the newest first.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn template_versions(
        &self,
        id: TemplateId,
    ) -> Result<Vec<TemplateVersion>, ClientError> {
        self.ask(Operation::get(format!("templates/{id}/versions")))
            .await
    }

    /// One version of a template, with its text.
    ///
    /// # Errors
    /// Refused with 404 when there is none.
    pub async fn template_version(
        &self,
        id: TemplateId,
        number: u32,
    ) -> Result<TemplateVersion, ClientError> {
        self.ask(Operation::get(format!("templates/{id}/versions/{number}")))
            .await
    }

    /// Deletes a template with its versions.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn delete_template(&self, id: TemplateId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("templates/{id}")))
            .await
    }

    /// What a delivery would change.
    ///
    /// # Errors
    /// Refused with 400 when it cannot be asked for so, with 403 without the role, with 409 when it goes to nobody.
    pub async fn preview_delivery(
        &self,
        request: &DeliveryRequest,
    ) -> Result<DeliveryPreview, ClientError> {
        self.send(Operation::post("deliveries/preview"), request)
            .await
    }

    /// Begins a delivery; it is written down when this returns, and goes on by itself.
    ///
    /// # Errors
    /// As [`Client::preview_delivery`].
    pub async fn begin_delivery(&self, request: &DeliveryRequest) -> Result<Delivery, ClientError> {
        self.send(Operation::post("deliveries"), request).await
    }

    /// The deliveries that match, the newest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<List<Delivery>, ClientError> {
        self.ask_for(Operation::get("deliveries"), filter).await
    }

    /// One delivery.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn delivery(&self, id: RolloutId) -> Result<Delivery, ClientError> {
        self.ask(Operation::get(format!("deliveries/{id}"))).await
    }

    /// A delivery's services, in the order of their waves and names.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn delivered_services(
        &self,
        id: RolloutId,
        filter: &DeliveredServiceFilter,
    ) -> Result<List<DeliveredService>, ClientError> {
        self.ask_for(Operation::get(format!("deliveries/{id}/services")), filter)
            .await
    }

    /// Pauses a delivery.
    ///
    /// # Errors
    /// Refused with 409 when it does not run; 404 when there is none that one may see.
    pub async fn pause_delivery(&self, id: RolloutId) -> Result<Delivery, ClientError> {
        self.ask(Operation::post(format!("deliveries/{id}/pause")))
            .await
    }

    /// Resumes a paused delivery.
    ///
    /// # Errors
    /// Refused with 409 when it is not paused; 404 when there is none that one may see.
    pub async fn resume_delivery(&self, id: RolloutId) -> Result<Delivery, ClientError> {
        self.ask(Operation::post(format!("deliveries/{id}/resume")))
            .await
    }

    /// Ends a delivery.
    ///
    /// # Errors
    /// Refused with 409 when there is nothing left to end; 404 when there is none that one may see.
    pub async fn abort_delivery(&self, id: RolloutId) -> Result<Delivery, ClientError> {
        self.ask(Operation::post(format!("deliveries/{id}/abort")))
            .await
    }

    /// Undoes a delivery.
    ///
    /// # Errors
    /// Refused with 409 when it was undone; 404 when there is none that one may see.
    pub async fn undo_delivery(&self, id: RolloutId) -> Result<Delivery, ClientError> {
        self.ask(Operation::post(format!("deliveries/{id}/undo")))
            .await
    }
}
