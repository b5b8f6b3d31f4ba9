//! Edge services.

use edgeward_api::list::List;
use edgeward_api::service::{
    CallAnswer, CallRequest, OpenAnswer, Service, ServiceChange, ServiceFigures, ServiceFilter,
    ServiceImport, ServiceRequest, ServiceTagFilter, ServiceTagUse, ServiceTagged, ServiceTagging,
    ServicesImported,
};
use edgeward_ids::{ProjectId, ServiceId};

use crate::request::Operation;
use crate::{Client, ClientError, Download, IMPORT_TIMEOUT};

impl Client {
    /// The services that match.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn services(&self, filter: &ServiceFilter) -> Result<List<Service>, ClientError> {
        self.ask_for(Operation::get("services"), filter).await
    }

    /// One service.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn service(&self, id: ServiceId) -> Result<Service, ClientError> {
        self.ask(Operation::get(format!("services/{id}"))).await
    }

    /// A link to the service's own page, good once and for a short time.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn open_service(&self, id: ServiceId) -> Result<OpenAnswer, ClientError> {
        self.ask(Operation::post(format!("services/{id}/open")))
            .await
    }

    /// Adds a service that the control plane dials by itself.
    ///
    /// # Errors
    /// Refused with 422 when it does not accept the control plane; 409 when name or address are taken; see [`ClientError`].
    pub async fn add_service(&self, request: &ServiceRequest) -> Result<Service, ClientError> {
        self.send(Operation::post("services"), request).await
    }

    /// Changes a service.
    ///
    /// # Errors
    /// As [`Client::add_service`], and 404 when there is none that one may see.
    pub async fn change_service(
        &self,
        id: ServiceId,
        change: &ServiceChange,
    ) -> Result<Service, ClientError> {
        self.send(Operation::patch(format!("services/{id}")), change)
            .await
    }

    /// Deletes a service that the control plane dials by itself, or destroys a hosted one with its data.
    ///
    /// # Errors
    /// Refused with 409 when its agent was set up to offer it; 404 when there is none that one may see.
    pub async fn delete_service(&self, id: ServiceId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("services/{id}")))
            .await
    }

    /// Finds out whether a service accepts the control plane now.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn prove_service(&self, id: ServiceId) -> Result<Service, ClientError> {
        self.ask(Operation::post(format!("services/{id}/prove")))
            .await
    }

    /// Sends one call to the service's own API, and says what it answered.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see; 403 when one may only look and the call changes something; 5xx when the
    /// service gave no answer.
    pub async fn call_service(
        &self,
        id: ServiceId,
        call: &CallRequest,
    ) -> Result<CallAnswer, ClientError> {
        self.send(Operation::post(format!("services/{id}/call")), call)
            .await
    }

    /// A service's key figures over time.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn service_figures(&self, id: ServiceId) -> Result<ServiceFigures, ClientError> {
        self.ask(Operation::get(format!("services/{id}/figures")))
            .await
    }

    /// The tags that services have, in order.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn service_tags(
        &self,
        filter: &ServiceTagFilter,
    ) -> Result<List<ServiceTagUse>, ClientError> {
        self.ask_for(Operation::get("services/tags"), filter).await
    }

    /// Gives services tags and takes others from them, each service by itself.
    ///
    /// # Errors
    /// Refused with 400 when a tag is none; 403 or 404 when none of the services may be changed.
    pub async fn tag_services(
        &self,
        tagging: &ServiceTagging,
    ) -> Result<List<ServiceTagged>, ClientError> {
        self.send(Operation::post("services/tags"), tagging).await
    }

    /// Adds the services of a list of comma-separated values, which may take up to [`IMPORT_TIMEOUT`].
    ///
    /// # Errors
    /// Refused with 400 when the first line does not name the columns; 413 when it is too large. Lines that were not taken are no error.
    pub async fn import_services(
        &self,
        project: ProjectId,
        list: Vec<u8>,
    ) -> Result<ServicesImported, ClientError> {
        let operation = Operation::post("services/import");
        let request = self.request(&operation).query(&ServiceImport { project });
        let request = request
            .header(http::header::CONTENT_TYPE, "text/csv")
            .body(list);
        self.read_json_within(IMPORT_TIMEOUT, &operation, request)
            .await
    }

    /// All services that match, as a list of comma-separated values that can be imported again.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn export_services(&self, filter: &ServiceFilter) -> Result<Download, ClientError> {
        let request = self
            .request(&Operation::get("services/export"))
            .query(filter);
        let response = self.answered(request).await?;
        Ok(Download::new(response, self.server()))
    }
}
