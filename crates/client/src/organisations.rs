//! Organisations and projects.

use edgeward_api::list::List;
use edgeward_api::organisation::{NameRequest, Organisation, Project};
use edgeward_ids::{Name, OrganisationId};

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// The organisations with their projects.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn organisations(&self) -> Result<List<Organisation>, ClientError> {
        self.ask(Operation::get("organisations")).await
    }

    /// Makes an organisation.
    ///
    /// # Errors
    /// Refused with 409 when the name is taken.
    pub async fn create_organisation(&self, name: Name) -> Result<Organisation, ClientError> {
        self.send(Operation::post("organisations"), &NameRequest { name })
            .await
    }

    /// Makes a project in an organisation.
    ///
    /// # Errors
    /// Refused with 404 when there is no such organisation, with 409 when the name is taken in it.
    pub async fn create_project(
        &self,
        organisation: OrganisationId,
        name: Name,
    ) -> Result<Project, ClientError> {
        let path = format!("organisations/{organisation}/projects");
        self.send(Operation::post(path), &NameRequest { name })
            .await
    }
}
