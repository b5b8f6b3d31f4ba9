//! Looking organisations and projects up.

use std::collections::{BTreeSet, HashMap};

use edgeward_domain::Moment;
use edgeward_domain::access::{Grants, Membership, Role};
use edgeward_domain::organisation::{Organisation, Project};
use edgeward_ids::{OrganisationId, ProjectId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::ProjectView;
use crate::database::Database;
use crate::database::entity::{organisation, project};
use crate::database::fault::{Broken, Fault};
use crate::database::places::visible_project;
use crate::database::text::to_name;

/// The organisations in which there is a grant, or the one of them that is wanted.
pub(super) async fn seen<R>(
    database: &Database,
    grants: &Grants,
    wanted: Option<OrganisationId>,
) -> Result<Vec<Organisation>, Fault<R>> {
    let mut organisations = organisation::Entity::find();
    let mut projects = project::Entity::find();
    if !grants.is_system_admin() {
        let theirs: BTreeSet<_> = grants
            .memberships()
            .filter_map(|membership| match membership {
                Membership::Organisation { id, .. } => Some(id.as_uuid()),
                Membership::Project { .. } => None,
            })
            .collect();
        organisations = organisations.filter(organisation::Column::Id.is_in(theirs));
        let visible = grants.visible(Role::Viewer);
        if let Some(visible) = visible_project(project::Column::Id, &visible) {
            projects = projects.filter(visible);
        }
    }
    if let Some(id) = wanted {
        organisations = organisations.filter(organisation::Column::Id.eq(id.as_uuid()));
        projects = projects.filter(project::Column::OrganisationId.eq(id.as_uuid()));
    }
    let reading = database.read().await?;
    let organisations = organisations.all(&reading).await?;
    let projects = projects.all(&reading).await?;
    reading.commit().await?;
    Ok(put_together(organisations, projects)?)
}

pub(super) async fn project<R>(
    database: &Database,
    id: ProjectId,
) -> Result<Option<ProjectView>, Fault<R>> {
    let found = project::Entity::find_by_id(id.as_uuid())
        .find_also_related(organisation::Entity)
        .one(database.once())
        .await?;
    let Some((row, organisation)) = found else {
        return Ok(None);
    };
    let organisation =
        organisation.ok_or_else(|| Broken::corrupt("a project of no organisation", id))?;
    Ok(Some(ProjectView {
        project: to_project(row)?,
        organisation_name: to_name(&organisation.name)?,
    }))
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

pub(super) fn to_project(row: project::Model) -> Result<Project, Broken> {
    Ok(Project {
        id: ProjectId::from_uuid(row.id),
        organisation: OrganisationId::from_uuid(row.organisation_id),
        name: to_name(&row.name)?,
        description: row.description,
        created_at: Moment::from_micros(row.created_at),
    })
}

/// The organisation, without its projects.
pub(super) fn to_organisation(row: organisation::Model) -> Result<Organisation, Broken> {
    Ok(Organisation {
        id: OrganisationId::from_uuid(row.id),
        name: to_name(&row.name)?,
        description: row.description,
        created_at: Moment::from_micros(row.created_at),
        projects: Vec::new(),
    })
}

/// Sorted here, since the databases sort text differently.
fn put_together(
    organisations: Vec<organisation::Model>,
    projects: Vec<project::Model>,
) -> Result<Vec<Organisation>, Broken> {
    let mut by_organisation: HashMap<OrganisationId, Vec<Project>> = HashMap::new();
    for row in projects {
        let project = to_project(row)?;
        by_organisation
            .entry(project.organisation)
            .or_default()
            .push(project);
    }
    let mut found = Vec::with_capacity(organisations.len());
    for row in organisations {
        let mut organisation = to_organisation(row)?;
        let mut projects = by_organisation.remove(&organisation.id).unwrap_or_default();
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        organisation.projects = projects;
        found.push(organisation);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
