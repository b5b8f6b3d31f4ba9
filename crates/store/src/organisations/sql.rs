use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Grants, Membership, OrganisationRole};
use edgeward_domain::audit::{By, Note};
use edgeward_domain::organisation::{
    DEFAULT_NAME, Organisation, OrganisationRefusal, Project, ProjectRefusal, may_add_organisation,
    may_delete_organisation,
};
use edgeward_ids::{Name, OrganisationId, ProjectId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, Set,
};

pub(crate) use super::list::organisation_of;
use super::list::{self, to_organisation};
use super::place::{administrators, delete_join_tokens, described, seat};
use super::{OrganisationStore, PlaceChange, ProjectView, projects};
use crate::api_tokens::sql::forget_place;
use crate::database::entity::{agent, join_token, organisation, project};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::people::organisation_member;
use crate::database::text::{storable, to_name};
use crate::database::{Database, Guard, Writing};
use crate::{Failure, StoreError};

/// Who makes the first organisation.
const FIRST_START: &str = "first start";

#[async_trait]
impl OrganisationStore for Database {
    async fn organisations(&self, grants: &Grants) -> Result<Vec<Organisation>, StoreError> {
        carry_out("list the organisations", list::seen(self, grants, None)).await
    }

    async fn organisation(
        &self,
        id: OrganisationId,
        grants: &Grants,
    ) -> Result<Option<Organisation>, StoreError> {
        let found = carry_out(
            "look up an organisation",
            list::seen(self, grants, Some(id)),
        );
        Ok(found.await?.pop())
    }

    async fn project(&self, id: ProjectId) -> Result<Option<ProjectView>, StoreError> {
        carry_out("look up a project", list::project(self, id)).await
    }

    async fn create_organisation(
        &self,
        name: Name,
        description: &str,
        admins: &[UserId],
        by: &By,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>> {
        attempt(
            "make an organisation",
            create(self, name, description, admins, by, now),
        )
        .await
    }

    async fn update_organisation(
        &self,
        id: OrganisationId,
        change: PlaceChange,
        by: &By,
        now: Moment,
    ) -> Result<Organisation, Failure<OrganisationRefusal>> {
        attempt("change an organisation", update(self, id, change, by, now)).await
    }

    async fn delete_organisation(
        &self,
        id: OrganisationId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<OrganisationRefusal>> {
        attempt("delete an organisation", delete(self, id, by, now)).await
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
        attempt(
            "make a project",
            projects::create(self, (organisation, name), description, admins, by, now),
        )
        .await
    }

    async fn update_project(
        &self,
        id: ProjectId,
        change: PlaceChange,
        by: &By,
        now: Moment,
    ) -> Result<Project, Failure<ProjectRefusal>> {
        attempt(
            "change a project",
            projects::update(self, id, change, by, now),
        )
        .await
    }

    async fn delete_project(
        &self,
        id: ProjectId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<ProjectRefusal>> {
        attempt("delete a project", projects::delete(self, id, by, now)).await
    }

    async fn ensure_default(&self, now: Moment) -> Result<bool, StoreError> {
        carry_out("make the first organisation", async {
            let mut transaction = self.write().await?;
            transaction.guard(Guard::Organisations).await?;
            if organisation::Entity::find().count(&*transaction).await? > 0 {
                return Ok(false);
            }
            let name = to_name(DEFAULT_NAME)?;
            let by = By::system(FIRST_START);
            let made = insert(&mut transaction, name.clone(), "", &by, now).await?;
            projects::insert(&mut transaction, (made.id, name), "", &by, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

async fn create(
    database: &Database,
    name: Name,
    description: &str,
    admins: &[UserId],
    by: &By,
    now: Moment,
) -> Result<Organisation, Fault<OrganisationRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Organisations).await?;
    transaction.guard(Guard::People).await?;
    must_be_free(&*transaction, &name, None).await?;
    let number = organisation::Entity::find().count(&*transaction).await?;
    may_add_organisation(number).map_err(Fault::Rule)?;
    let admins = administrators(&transaction, admins)
        .await?
        .map_err(|id| Fault::Rule(OrganisationRefusal::UnknownUser(id)))?;
    let made = insert(&mut transaction, name, description, by, now).await?;
    let membership = Membership::Organisation {
        id: made.id,
        role: OrganisationRole::Admin,
    };
    seat(&mut transaction, &admins, membership, by, now).await?;
    transaction.commit().await?;
    Ok(made)
}

async fn must_be_free(
    on: &impl ConnectionTrait,
    name: &Name,
    but: Option<OrganisationId>,
) -> Result<(), Fault<OrganisationRefusal>> {
    let mut same =
        organisation::Entity::find().filter(organisation::Column::Name.eq(name.as_str()));
    if let Some(but) = but {
        same = same.filter(organisation::Column::Id.ne(but.as_uuid()));
    }
    match same.count(on).await? {
        0 => Ok(()),
        _ => Err(Fault::Rule(OrganisationRefusal::NameTaken)),
    }
}

async fn insert(
    transaction: &mut Writing<'_>,
    name: Name,
    description: &str,
    by: &By,
    now: Moment,
) -> Result<Organisation, Broken> {
    let row = organisation::Model {
        id: OrganisationId::generate().as_uuid(),
        name: name.to_string(),
        created_at: now.as_micros(),
        description: storable(description),
    };
    organisation::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&**transaction)
        .await?;
    let note = about("organisation.create", &row).after(described(&row.name, &row.description));
    transaction.note(note, by, now);
    to_organisation(row)
}

async fn lock(
    transaction: &Writing<'_>,
    id: OrganisationId,
) -> Result<organisation::Model, Fault<OrganisationRefusal>> {
    organisation::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&**transaction)
        .await?
        .ok_or(Fault::Rule(OrganisationRefusal::Unknown))
}

async fn update(
    database: &Database,
    id: OrganisationId,
    change: PlaceChange,
    by: &By,
    now: Moment,
) -> Result<Organisation, Fault<OrganisationRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Organisations).await?;
    let before = lock(&transaction, id).await?;
    if let Some(name) = &change.name {
        must_be_free(&*transaction, name, Some(id)).await?;
    }
    let mut after = before.clone();
    after.name = change.name.map_or(after.name, |name| name.to_string());
    after.description = change
        .description
        .map_or(after.description, |text| storable(&text));
    let shown = |row: &organisation::Model| described(&row.name, &row.description);
    if shown(&before) != shown(&after) {
        organisation::ActiveModel {
            id: sea_orm::Unchanged(after.id),
            name: Set(after.name.clone()),
            description: Set(after.description.clone()),
            ..Default::default()
        }
        .update_without_returning(&*transaction)
        .await?;
        transaction.note(
            about("organisation.update", &before)
                .before(shown(&before))
                .after(shown(&after)),
            by,
            now,
        );
    }
    transaction.commit().await?;
    Ok(to_organisation(after)?)
}

async fn delete(
    database: &Database,
    id: OrganisationId,
    by: &By,
    now: Moment,
) -> Result<(), Fault<OrganisationRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Organisations).await?;
    transaction.guard(Guard::People).await?;
    transaction.guard(Guard::Tokens).await?;
    let row = lock(&transaction, id).await?;
    let projects = project::Entity::find()
        .filter(project::Column::OrganisationId.eq(row.id))
        .count(&*transaction)
        .await?;
    may_delete_organisation(projects).map_err(Fault::Rule)?;
    let here = join_token::Column::OrganisationId.eq(row.id);
    delete_join_tokens(&mut transaction, here, by, now).await?;
    agent::Entity::update_many()
        .col_expr(
            agent::Column::OrganisationId,
            Expr::value(Option::<uuid::Uuid>::None),
        )
        .filter(agent::Column::OrganisationId.eq(row.id))
        .exec(&*transaction)
        .await?;
    organisation_member::Entity::delete_many()
        .filter(organisation_member::Column::OrganisationId.eq(row.id))
        .exec(&*transaction)
        .await?;
    forget_place(&*transaction, row.id).await?;
    organisation::Entity::delete_by_id(row.id)
        .exec(&*transaction)
        .await?;
    let note = about("organisation.delete", &row).before(described(&row.name, &row.description));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

fn about(action: &'static str, row: &organisation::Model) -> Note {
    let id = OrganisationId::from_uuid(row.id);
    Note::new(action, Some(id.to_string()), &row.name).at(Some(id), None)
}
