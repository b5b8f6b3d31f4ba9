//! Hosted services, and operations on many services.

use std::time::Duration;

use edgeward_api::list::List;
use edgeward_api::service::{
    Hosted, HostedMade, HostedRequest, HostingAgent, HostingFilter, Operated, OperationRequest,
};
use edgeward_ids::ServiceId;

use crate::request::Operation;
use crate::{Client, ClientError};

/// How long an operation on many services may take: those that restart themselves are asked a few at a time, and some do not answer.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(300);

impl Client {
    /// The agents that may host services, by name.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn hosting_agents(
        &self,
        filter: &HostingFilter,
    ) -> Result<List<HostingAgent>, ClientError> {
        self.ask_for(Operation::get("hosting"), filter).await
    }

    /// Makes a service on each of some agents' devices, which may take up to [`OPERATION_TIMEOUT`] to write down.
    ///
    /// # Errors
    /// Refused with 400 when it cannot be made so at all; 404 when there is none of the agents that one may see; 409 when none of them is
    /// managed. Agents on which it is not made are no error.
    pub async fn host_services(&self, request: &HostedRequest) -> Result<HostedMade, ClientError> {
        let operation = Operation::post("services/hosted");
        let sent = self.request(&operation).json(request);
        self.read_json_within(OPERATION_TIMEOUT, &operation, sent)
            .await
    }

    /// How a hosted service is to be, and how far its agent is.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see; 409 when it is not hosted.
    pub async fn hosted_service(&self, id: ServiceId) -> Result<Hosted, ClientError> {
        self.ask(Operation::get(format!("services/{id}/hosted")))
            .await
    }

    /// Does one operation on many services, each by itself. This may take up to [`OPERATION_TIMEOUT`].
    ///
    /// # Errors
    /// Refused with 403 or 404 when none of the services may be managed.
    pub async fn operate_services(
        &self,
        request: &OperationRequest,
    ) -> Result<List<Operated>, ClientError> {
        let operation = Operation::post("services/operations");
        let sent = self.request(&operation).json(request);
        self.read_json_within(OPERATION_TIMEOUT, &operation, sent)
            .await
    }
}
