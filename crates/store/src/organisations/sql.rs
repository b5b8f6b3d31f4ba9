use std::collections::HashMap;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::organisation::{
    DEFAULT_NAME, Organisation, OrganisationRefusal, Project, ProjectRefusal, may_add_organisation,
    may_add_project,
};
use edgeward_ids::{Name, OrganisationId, ProjectId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};

use super::OrganisationStore;
use crate::database::entity::{organisation, project};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::text::to_name;
use crate::database::{Database, Guard};
use crate::{Failure, StoreError};

#[async_trait]
impl OrganisationStore for Database {
    async fn organisations(&self) -> Result<Vec<Organisation>, StoreError> {
        carry_out("list the organisations", async {
            let reading = self.read().await?;
            let organisations = organisation::Entity::find().all(&reading).await?;
            let projects = project::Entity::find().all(&reading).await?;
            reading.commit().await?;
            Ok(put_together(organisations, projects)?)
        })
        .await
    }

    async fn create_organisation(
        &self,
        name: Name,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>> {
        attempt("make an organisation", async {
            let transaction = self.write().await?;
            transaction.guard(Guard::Organisations).await?;
            let same_name = organisation::Entity::find()
                .filter(organisation::Column::Name.eq(name.as_str()))
                .count(&*transaction)
                .await?;
            if same_name > 0 {
                return Err(Fault::Rule(OrganisationRefusal::NameTaken));
            }
            let number = organisation::Entity::find().count(&*transaction).await?;
            may_add_organisation(number).map_err(Fault::Rule)?;
            let organisation = insert_organisation(&*transaction, name, now).await?;
            transaction.commit().await?;
            Ok(organisation)
        })
        .await
    }

    async fn create_project(
        &self,
        organisation: OrganisationId,
        name: Name,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>> {
        attempt("make a project", async {
            let transaction = self.write().await?;
            transaction.guard(Guard::Organisations).await?;
            let found = organisation::Entity::find_by_id(organisation.as_uuid())
                .one(&*transaction)
                .await?;
            if found.is_none() {
                return Err(Fault::Rule(ProjectRefusal::UnknownOrganisation));
            }
            let here = project::Entity::find()
                .filter(project::Column::OrganisationId.eq(organisation.as_uuid()));
            let same_name = here
                .clone()
                .filter(project::Column::Name.eq(name.as_str()))
                .count(&*transaction)
                .await?;
            if same_name > 0 {
                return Err(Fault::Rule(ProjectRefusal::NameTaken));
            }
            let everywhere = project::Entity::find().count(&*transaction).await?;
            may_add_project(here.count(&*transaction).await?, everywhere).map_err(Fault::Rule)?;
            let project = insert_project(&*transaction, organisation, name, now).await?;
            transaction.commit().await?;
            Ok(project)
        })
        .await
    }

    async fn ensure_default(&self, now: Moment) -> Result<bool, StoreError> {
        carry_out("make the first organisation", async {
            let transaction = self.write().await?;
            transaction.guard(Guard::Organisations).await?;
            if organisation::Entity::find().count(&*transaction).await? > 0 {
                return Ok(false);
            }
            let name = to_name(DEFAULT_NAME)?;
            let made = insert_organisation(&*transaction, name.clone(), now).await?;
            insert_project(&*transaction, made.id, name, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// The organisation that a project belongs to.
pub(crate) async fn organisation_of(
    on: &impl ConnectionTrait,
    project: ProjectId,
) -> Result<Option<OrganisationId>, Broken> {
    let row = project::Entity::find_by_id(project.as_uuid())
        .one(on)
        .await?;
    Ok(row.map(|row| OrganisationId::from_uuid(row.organisation_id)))
}

async fn insert_organisation(
    on: &impl ConnectionTrait,
    name: Name,
    now: Moment,
) -> Result<Organisation, Broken> {
    let id = OrganisationId::generate();
    organisation::Entity::insert(organisation::ActiveModel {
        id: Set(id.as_uuid()),
        name: Set(name.to_string()),
        created_at: Set(now.as_micros()),
    })
    .exec_without_returning(on)
    .await?;
    Ok(Organisation {
        id,
        name,
        created_at: now,
        projects: Vec::new(),
    })
}

async fn insert_project(
    on: &impl ConnectionTrait,
    organisation: OrganisationId,
    name: Name,
    now: Moment,
) -> Result<Project, Broken> {
    let id = ProjectId::generate();
    project::Entity::insert(project::ActiveModel {
        id: Set(id.as_uuid()),
        organisation_id: Set(organisation.as_uuid()),
        name: Set(name.to_string()),
        created_at: Set(now.as_micros()),
    })
    .exec_without_returning(on)
    .await?;
    Ok(Project {
        id,
        organisation,
        name,
        created_at: now,
    })
}

/// Sorted here, since the databases sort text differently.
fn put_together(
    organisations: Vec<organisation::Model>,
    projects: Vec<project::Model>,
) -> Result<Vec<Organisation>, Broken> {
    let mut by_organisation: HashMap<OrganisationId, Vec<Project>> = HashMap::new();
    for row in projects {
        let organisation = OrganisationId::from_uuid(row.organisation_id);
        by_organisation
            .entry(organisation)
            .or_default()
            .push(Project {
                id: ProjectId::from_uuid(row.id),
                organisation,
                name: to_name(&row.name)?,
                created_at: Moment::from_micros(row.created_at),
            });
    }
    let mut found = Vec::with_capacity(organisations.len());
    for row in organisations {
        let id = OrganisationId::from_uuid(row.id);
        let mut projects = by_organisation.remove(&id).unwrap_or_default();
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        found.push(Organisation {
            id,
            name: to_name(&row.name)?,
            created_at: Moment::from_micros(row.created_at),
            projects,
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
