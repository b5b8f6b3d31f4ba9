//! Edge services.

use edgeward_api::list::List;
use edgeward_api::service::{OpenAnswer, Service, ServiceFilter};
use edgeward_ids::ServiceId;

use crate::request::Operation;
use crate::{Client, ClientError};

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
}
