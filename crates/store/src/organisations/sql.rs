#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl OrganisationStore for Database {
    async fn organisations(&self, grants: &Grants) -> Result<Vec<Organisation>, StoreError> {
        unimplemented!()
    }
    async fn organisation(
        &self,
        id: OrganisationId,
        grants: &Grants,
    ) -> Result<Option<Organisation>, StoreError> {
        unimplemented!()
    }
    async fn project(&self, id: ProjectId) -> Result<Option<ProjectView>, StoreError> {
        unimplemented!()
    }
    async fn create_organisation(
        &self,
        name: Name,
        description: &str,
        admins: &[UserId],
        by: &By,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>> {
        unimplemented!()
    }
    async fn update_organisation(
        &self,
        id: OrganisationId,
        change: PlaceChange,
        by: &By,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>> {
        unimplemented!()
    }
    async fn delete_organisation(
        &self,
        id: OrganisationId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<OrganisationRefusal>> {
        unimplemented!()
    }
    async fn create_project(
        &self,
        organisation: OrganisationId,
        name: Name,
        description: &str,
        admins: &[UserId],
        by: &By,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>> {
        unimplemented!()
    }
    async fn update_project(
        &self,
        id: ProjectId,
        change: PlaceChange,
        by: &By,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>> {
        unimplemented!()
    }
    async fn delete_project(
        &self,
        id: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<ProjectRefusal>> {
        unimplemented!()
    }
    async fn ensure_default(&self, now: Moment) -> Result<bool, StoreError> {
        unimplemented!()
    }
}

pub(crate) async fn organisation_of(
    on: &impl sea_orm::ConnectionTrait,
    project: ProjectId,
) -> Result<Option<OrganisationId>, crate::database::fault::Broken> {
    unimplemented!()
}
