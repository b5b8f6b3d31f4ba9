//! Making, changing and deleting projects.

use edgeward_domain::Moment;
use edgeward_domain::access::{Membership, ProjectRole};
use edgeward_domain::audit::{By, Note};
use edgeward_domain::organisation::{Project, ProjectRefusal, may_add_project, may_delete_project};
use edgeward_ids::{Name, OrganisationId, ProjectId, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, Set,
};

use super::PlaceChange;
use super::list::to_project;
use super::place::{administrators, delete_join_tokens, described, seat};
use crate::api_tokens::sql::forget_place;
use crate::database::devices::device;
use crate::database::entity::{agent, join_token, organisation, project, service};
use crate::database::fault::{Broken, Fault};
use crate::database::people::project_member;
use crate::database::text::storable;
use crate::database::{Database, Guard, Writing};

pub(super) async fn create(
    database: &Database,
    (organisation, name): (OrganisationId, Name),
    description: &str,
    admins: &[UserId],
    by: &By,
    now: Moment,
) -> Result<Project, Fault<ProjectRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Organisations).await?;
    transaction.guard(Guard::People).await?;
    let found = organisation::Entity::find_by_id(organisation.as_uuid())
        .one(&*transaction)
        .await?;
    if found.is_none() {
        return Err(Fault::Rule(ProjectRefusal::UnknownOrganisation));
    }
    must_be_free(&*transaction, organisation, &name, None).await?;
    let here = project::Entity::find()
        .filter(project::Column::OrganisationId.eq(organisation.as_uuid()))
        .count(&*transaction)
        .await?;
    let everywhere = project::Entity::find().count(&*transaction).await?;
    may_add_project(here, everywhere).map_err(Fault::Rule)?;
    let admins = administrators(&transaction, admins)
        .await?
        .map_err(|id| Fault::Rule(ProjectRefusal::UnknownUser(id)))?;
    let made = insert(&mut transaction, (organisation, name), description, by, now).await?;
    let membership = Membership::Project {
        id: made.id,
        organisation,
        role: ProjectRole::Admin,
    };
    seat(&mut transaction, &admins, membership, by, now).await?;
    transaction.commit().await?;
    Ok(made)
}

async fn must_be_free(
    on: &impl ConnectionTrait,
    organisation: OrganisationId,
    name: &Name,
    but: Option<ProjectId>,
) -> Result<(), Fault<ProjectRefusal>> {
    let mut same = project::Entity::find()
        .filter(project::Column::OrganisationId.eq(organisation.as_uuid()))
        .filter(project::Column::Name.eq(name.as_str()));
    if let Some(but) = but {
        same = same.filter(project::Column::Id.ne(but.as_uuid()));
    }
    match same.count(on).await? {
        0 => Ok(()),
        _ => Err(Fault::Rule(ProjectRefusal::NameTaken)),
    }
}

pub(super) async fn insert(
    transaction: &mut Writing<'_>,
    (organisation, name): (OrganisationId, Name),
    description: &str,
    by: &By,
    now: Moment,
) -> Result<Project, Broken> {
    let row = project::Model {
        id: ProjectId::generate().as_uuid(),
        organisation_id: organisation.as_uuid(),
        name: name.to_string(),
        created_at: now.as_micros(),
        description: storable(description),
    };
    project::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&**transaction)
        .await?;
    let note = about("project.create", &row).after(described(&row.name, &row.description));
    transaction.note(note, by, now);
    to_project(row)
}

async fn lock(
    transaction: &Writing<'_>,
    id: ProjectId,
) -> Result<project::Model, Fault<ProjectRefusal>> {
    project::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&**transaction)
        .await?
        .ok_or(Fault::Rule(ProjectRefusal::Unknown))
}

pub(super) async fn update(
    database: &Database,
    id: ProjectId,
    change: PlaceChange,
    by: &By,
    now: Moment,
) -> Result<Project, Fault<ProjectRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Organisations).await?;
    let before = lock(&transaction, id).await?;
    if let Some(name) = &change.name {
        let organisation = OrganisationId::from_uuid(before.organisation_id);
        must_be_free(&*transaction, organisation, name, Some(id)).await?;
    }
    let mut after = before.clone();
    after.name = change.name.map_or(after.name, |name| name.to_string());
    after.description = change
        .description
        .map_or(after.description, |text| storable(&text));
    let shown = |row: &project::Model| described(&row.name, &row.description);
    if shown(&before) != shown(&after) {
        project::ActiveModel {
            id: sea_orm::Unchanged(after.id),
            name: Set(after.name.clone()),
            description: Set(after.description.clone()),
            ..Default::default()
        }
        .update_without_returning(&*transaction)
        .await?;
        transaction.note(
            about("project.update", &before)
                .before(shown(&before))
                .after(shown(&after)),
            by,
            now,
        );
    }
    transaction.commit().await?;
    Ok(to_project(after)?)
}

pub(super) async fn delete(
    database: &Database,
    id: ProjectId,
    by: &By,
    now: Moment,
) -> Result<(), Fault<ProjectRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Organisations).await?;
    transaction.guard(Guard::People).await?;
    transaction.guard(Guard::Tokens).await?;
    // Before the services are guarded: whoever joins with a token holds it, and waits for them.
    let here = join_token::Column::ProjectId.eq(id.as_uuid());
    delete_join_tokens(&mut transaction, here, by, now).await?;
    transaction.guard(Guard::Services).await?;
    let row = lock(&transaction, id).await?;
    let agents = agent::Entity::find()
        .filter(agent::Column::ProjectId.eq(row.id))
        .count(&*transaction)
        .await?;
    let services = service::Entity::find()
        .filter(service::Column::ProjectId.eq(row.id))
        .count(&*transaction)
        .await?;
    may_delete_project(agents, services).map_err(Fault::Rule)?;
    let registered = device::Entity::find()
        .filter(device::Column::ProjectId.eq(row.id))
        .count(&*transaction)
        .await?;
    if registered > 0 {
        return Err(Fault::Rule(ProjectRefusal::HasRegistrations(registered)));
    }
    project_member::Entity::delete_many()
        .filter(project_member::Column::ProjectId.eq(row.id))
        .exec(&*transaction)
        .await?;
    forget_place(&*transaction, row.id).await?;
    project::Entity::delete_by_id(row.id)
        .exec(&*transaction)
        .await?;
    let note = about("project.delete", &row).before(described(&row.name, &row.description));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

fn about(action: &'static str, row: &project::Model) -> Note {
    let id = ProjectId::from_uuid(row.id);
    let organisation = OrganisationId::from_uuid(row.organisation_id);
    Note::new(action, Some(id.to_string()), &row.name).at(Some(organisation), Some(id))
}
