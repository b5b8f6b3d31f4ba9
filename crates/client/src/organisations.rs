//! Organisations and projects.

use edgeward_api::list::List;
use edgeward_api::organisation::{Organisation, PlaceChange, PlaceRequest, Project};
use edgeward_ids::{OrganisationId, ProjectId};

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// The organisations that one may see, with those of their projects that one may see.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn organisations(&self) -> Result<List<Organisation>, ClientError> {
        self.ask(Operation::get("organisations")).await
    }

    /// One organisation.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn organisation(&self, id: OrganisationId) -> Result<Organisation, ClientError> {
        self.ask(Operation::get(format!("organisations/{id}")))
            .await
    }

    /// Makes an organisation.
    ///
    /// # Errors
    /// Refused with 409 when the name is taken.
    pub async fn create_organisation(
        &self,
        request: &PlaceRequest,
    ) -> Result<Organisation, ClientError> {
        self.send(Operation::post("organisations"), request).await
    }

    /// Renames or describes an organisation.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see, with 409 when the name is taken.
    pub async fn change_organisation(
        &self,
        id: OrganisationId,
        change: &PlaceChange,
    ) -> Result<Organisation, ClientError> {
        self.send(Operation::patch(format!("organisations/{id}")), change)
            .await
    }

    /// Deletes an organisation, with its memberships and join tokens.
    ///
    /// # Errors
    /// Refused with 409 while it has projects.
    pub async fn delete_organisation(&self, id: OrganisationId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("organisations/{id}")))
            .await
    }

    /// Makes a project in an organisation.
    ///
    /// # Errors
    /// Refused with 404 when there is no such organisation, with 409 when the name is taken in it.
    pub async fn create_project(
        &self,
        organisation: OrganisationId,
        request: &PlaceRequest,
    ) -> Result<Project, ClientError> {
        let path = format!("organisations/{organisation}/projects");
        self.send(Operation::post(path), request).await
    }

    /// One project.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn project(&self, id: ProjectId) -> Result<Project, ClientError> {
        self.ask(Operation::get(format!("projects/{id}"))).await
    }

    /// Renames or describes a project.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see, with 409 when the name is taken in its organisation.
    pub async fn change_project(
        &self,
        id: ProjectId,
        change: &PlaceChange,
    ) -> Result<Project, ClientError> {
        self.send(Operation::patch(format!("projects/{id}")), change)
            .await
    }

    /// Deletes a project, with its memberships and join tokens.
    ///
    /// # Errors
    /// Refused with 409 while it has agents or services.
    pub async fn delete_project(&self, id: ProjectId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("projects/{id}")))
            .await
    }
}
