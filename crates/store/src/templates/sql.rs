//! Templates in the database.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use edgeward_ids::{OrganisationId, ProjectId, TemplateId};
use sea_orm::sea_query::{LikeExpr, Order};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde_json::json;

use super::row::{Listed, number, to_row, to_template, to_version, to_version_row};
use super::{
    MAX_TEMPLATES, MAX_VERSIONS, NewTemplate, NewVersion, Template, TemplateFilter,
    TemplateRefusal, TemplateStore, TemplateVersion, UnknownTemplate, VersionRefusal, VersionView,
};
use crate::database::deliveries::{template, template_version};
use crate::database::entity::project;
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::places::visible_project;
use crate::database::text::{by_code_points, containing};
use crate::database::{Database, Guard, Writing};
use crate::{Failure, Page, Slice, StoreError};

#[async_trait]
impl TemplateStore for Database {
    async fn add_template(
        &self,
        new: NewTemplate,
        by: &By,
        now: Moment,
    ) -> Result<Template, Failure<TemplateRefusal>> {
        attempt("make a template", add(self, new, by, now)).await
    }

    async fn add_version(
        &self,
        id: TemplateId,
        new: NewVersion,
        by: &By,
        now: Moment,
    ) -> Result<Template, Failure<VersionRefusal>> {
        attempt(
            "give a template a version",
            next_version(self, id, new, by, now),
        )
        .await
    }

    async fn template(&self, id: TemplateId) -> Result<Option<Template>, StoreError> {
        carry_out("look up a template", async {
            let row = template::Entity::find_by_id(id.as_uuid())
                .one(self.once())
                .await?;
            Ok(row.map(to_template).transpose()?)
        })
        .await
    }

    async fn templates(
        &self,
        filter: &TemplateFilter,
        slice: Slice,
    ) -> Result<Page<Template>, StoreError> {
        carry_out("list the templates", async {
            let select = template::Entity::find().filter(matching(filter));
            let name = by_code_points(self.kind(), "templates", "name");
            let reading = self.read().await?;
            let rows = select
                .clone()
                .order_by(name, Order::Asc)
                .order_by_asc(template::Column::Id)
                .limit(slice.limit())
                .offset(slice.offset())
                .all(&reading)
                .await?;
            let total = select.count(&reading).await?;
            reading.commit().await?;
            let items: Result<_, Broken> = rows.into_iter().map(to_template).collect();
            Ok(Page {
                items: items?,
                total,
            })
        })
        .await
    }

    async fn version(
        &self,
        id: TemplateId,
        version: u32,
    ) -> Result<Option<TemplateVersion>, StoreError> {
        carry_out("look up a template's version", async {
            let key = (id.as_uuid(), number(version));
            let row = template_version::Entity::find_by_id(key)
                .one(self.once())
                .await?;
            Ok(row.map(to_version))
        })
        .await
    }

    async fn versions(&self, id: TemplateId) -> Result<Vec<VersionView>, StoreError> {
        carry_out("list a template's versions", async {
            let rows = template_version::Entity::find()
                .select_only()
                .columns(Listed::COLUMNS)
                .filter(template_version::Column::TemplateId.eq(id.as_uuid()))
                .order_by_desc(template_version::Column::Number)
                .into_model::<Listed>()
                .all(self.once())
                .await?;
            Ok(rows.into_iter().map(Listed::into_view).collect())
        })
        .await
    }

    async fn remove_template(
        &self,
        id: TemplateId,
        by: &By,
        now: Moment,
    ) -> Result<Template, Failure<UnknownTemplate>> {
        attempt("delete a template", remove(self, id, by, now)).await
    }
}

fn matching(filter: &TemplateFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(organisation) = filter.organisation {
        condition = condition.add(template::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    if let Some(project) = filter.project {
        condition = condition.add(template::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(kind) = &filter.kind {
        condition = condition.add(template::Column::Kind.eq(kind.as_str()));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        condition = condition.add(template::Column::Search.like(pattern));
    }
    if let Some(visible) = visible_project(template::Column::ProjectId, &filter.visible) {
        condition = condition.add(visible);
    }
    condition
}

async fn add(
    database: &Database,
    new: NewTemplate,
    by: &By,
    now: Moment,
) -> Result<Template, Fault<TemplateRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Templates).await?;
    let place = project::Entity::find_by_id(new.project.as_uuid())
        .lock_shared()
        .one(&*transaction)
        .await?
        .ok_or(Fault::Rule(TemplateRefusal::UnknownProject))?;
    let here =
        || template::Entity::find().filter(template::Column::ProjectId.eq(new.project.as_uuid()));
    let same = here()
        .filter(template::Column::Name.eq(new.name.as_str()))
        .count(&*transaction)
        .await?;
    if same > 0 {
        return Err(Fault::Rule(TemplateRefusal::NameTaken));
    }
    if here().count(&*transaction).await? >= MAX_TEMPLATES {
        return Err(Fault::Rule(TemplateRefusal::TooMany));
    }
    let made = Template {
        id: new.id,
        project: ProjectId::from_uuid(place.id),
        organisation: OrganisationId::from_uuid(place.organisation_id),
        name: new.name,
        kind: new.kind,
        description: new.description,
        created_at: now,
        created_by: by.author.name.clone(),
        newest: 1,
        changed_at: now,
    };
    template::Entity::insert(to_row(&made))
        .exec_without_returning(&*transaction)
        .await?;
    insert_version(&transaction, &made, &new.first, by).await?;
    let note = about("template.create", &made).after(json!({
        "kind": made.kind,
        "description": made.description,
        "extent": new.first.extent,
        "note": new.first.note,
    }));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(made)
}

async fn insert_version(
    transaction: &Writing<'_>,
    template: &Template,
    new: &NewVersion,
    by: &By,
) -> Result<(), Broken> {
    let row = to_version_row(template, new, &by.author.name);
    template_version::Entity::insert(row)
        .exec_without_returning(&**transaction)
        .await?;
    Ok(())
}

async fn locked(transaction: &Writing<'_>, id: TemplateId) -> Result<Option<Template>, Broken> {
    let row = template::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&**transaction)
        .await?;
    row.map(to_template).transpose()
}

async fn next_version(
    database: &Database,
    id: TemplateId,
    new: NewVersion,
    by: &By,
    now: Moment,
) -> Result<Template, Fault<VersionRefusal>> {
    let mut transaction = database.write().await?;
    let before = locked(&transaction, id)
        .await?
        .ok_or(Fault::Rule(VersionRefusal::Unknown))?;
    if before.newest >= MAX_VERSIONS {
        return Err(Fault::Rule(VersionRefusal::TooMany));
    }
    let after = Template {
        newest: before.newest + 1,
        changed_at: now,
        ..before.clone()
    };
    template::ActiveModel {
        id: sea_orm::Unchanged(id.as_uuid()),
        newest: Set(number(after.newest)),
        changed_at: Set(now.as_micros()),
        ..Default::default()
    }
    .update_without_returning(&*transaction)
    .await?;
    insert_version(&transaction, &after, &new, by).await?;
    let note = about("template.add_version", &after)
        .before(json!({ "version": before.newest }))
        .after(json!({ "version": after.newest, "extent": new.extent, "note": new.note }));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(after)
}

async fn remove(
    database: &Database,
    id: TemplateId,
    by: &By,
    now: Moment,
) -> Result<Template, Fault<UnknownTemplate>> {
    let mut transaction = database.write().await?;
    let gone = locked(&transaction, id)
        .await?
        .ok_or(Fault::Rule(UnknownTemplate))?;
    template::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    let note = about("template.delete", &gone).before(json!({
        "kind": gone.kind,
        "description": gone.description,
        "version": gone.newest,
    }));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(gone)
}

/// What the audit log says of a template.
fn about(action: &'static str, template: &Template) -> Note {
    Note::new(
        action,
        Some(template.id.to_string()),
        template.name.as_str(),
    )
    .at(Some(template.organisation), Some(template.project))
}
