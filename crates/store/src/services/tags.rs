//! Tags of services: reading, replacing and counting them, and giving them to many at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::selection::Tag;
use edgeward_domain::service::{TagLimits, TagRefusal};
use edgeward_ids::{OrganisationId, ProjectId, ServiceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Set,
};
use serde_json::json;
use uuid::Uuid;

use super::change::{about, find};
use super::{RetagRefusal, Retagging, ServiceView};
use crate::audit::TOLD_TOGETHER_FROM;
use crate::database::entity::service;
use crate::database::fault::{Broken, Fault};
use crate::database::places::{project_of, visible_project};
use crate::database::service_tags::service_tag;
use crate::database::{Database, Guard, MAX_BOUND_VALUES, Writing};

/// Columns of a tag's row.
const COLUMNS: usize = 2;

/// The tags of these services; those without any are missing.
pub(super) async fn of(
    on: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, BTreeSet<Tag>>, Broken> {
    let rows: Vec<(Uuid, String)> = service_tag::Entity::find()
        .select_only()
        .column(service_tag::Column::ServiceId)
        .column(service_tag::Column::Tag)
        .filter(service_tag::Column::ServiceId.is_in(ids))
        .into_tuple()
        .all(on)
        .await?;
    let mut tags: HashMap<Uuid, BTreeSet<Tag>> = HashMap::new();
    for (service, tag) in rows {
        tags.entry(service).or_default().insert(to_tag(&tag)?);
    }
    Ok(tags)
}

fn to_tag(text: &str) -> Result<Tag, Broken> {
    text.parse()
        .map_err(|_| Broken::corrupt("a service's tag", text))
}

/// Gives services that have none these tags.
pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    tags: Vec<(ServiceId, Tag)>,
) -> Result<(), Broken> {
    for some in tags.chunks(MAX_BOUND_VALUES / COLUMNS) {
        let rows = some.iter().map(|(service, tag)| service_tag::ActiveModel {
            service_id: Set(service.as_uuid()),
            tag: Set(tag.to_string()),
        });
        service_tag::Entity::insert_many(rows)
            .exec_without_returning(on)
            .await?;
    }
    Ok(())
}

/// A service's tags as rows.
pub(crate) fn each(id: ServiceId, tags: &BTreeSet<Tag>) -> Vec<(ServiceId, Tag)> {
    tags.iter().map(|tag| (id, tag.clone())).collect()
}

/// Gives a service these tags in place of those that it has.
pub(super) async fn replace(
    on: &impl ConnectionTrait,
    id: ServiceId,
    tags: &BTreeSet<Tag>,
) -> Result<(), Broken> {
    service_tag::Entity::delete_many()
        .filter(service_tag::Column::ServiceId.eq(id.as_uuid()))
        .exec(on)
        .await?;
    insert(on, each(id, tags)).await
}

/// Whether a service of the project may have these tags; it itself, if it exists, is not counted.
pub(crate) async fn allowed(
    on: &impl ConnectionTrait,
    project: ProjectId,
    service: ServiceId,
    tags: &BTreeSet<Tag>,
    limits: TagLimits,
) -> Result<(), Fault<TagRefusal>> {
    limits.of_service(tags.len()).map_err(Fault::Rule)?;
    let mut all_known = true;
    for tag in tags {
        all_known = all_known && is_known(on, project, Some(service), tag).await?;
    }
    if all_known {
        return Ok(());
    }
    let others = different(on, project, Some(service), tags).await?;
    limits.of_project(others + tags.len()).map_err(Fault::Rule)
}

/// Whether a service of the project, other than this one, has the tag.
pub(super) async fn is_known(
    on: &impl ConnectionTrait,
    project: ProjectId,
    but: Option<ServiceId>,
    tag: &Tag,
) -> Result<bool, Broken> {
    let found: Option<Uuid> = of_project(project, but)
        .select_only()
        .column(service_tag::Column::ServiceId)
        .filter(service_tag::Column::Tag.eq(tag.as_str()))
        .limit(1)
        .into_tuple()
        .one(on)
        .await?;
    Ok(found.is_some())
}

/// How many different tags the project's services other than this one have, besides these.
pub(super) async fn different(
    on: &impl ConnectionTrait,
    project: ProjectId,
    but: Option<ServiceId>,
    besides: &BTreeSet<Tag>,
) -> Result<usize, Broken> {
    let tags: Vec<String> = of_project(project, but)
        .select_only()
        .column(service_tag::Column::Tag)
        .filter(service_tag::Column::Tag.is_not_in(besides.iter().map(Tag::as_str)))
        .distinct()
        .into_tuple()
        .all(on)
        .await?;
    Ok(tags.len())
}

fn of_project(project: ProjectId, but: Option<ServiceId>) -> sea_orm::Select<service_tag::Entity> {
    let select = service_tag::Entity::find()
        .join(JoinType::InnerJoin, service_tag::Relation::Service.def())
        .filter(service::Column::ProjectId.eq(project.as_uuid()));
    match but {
        Some(but) => select.filter(service_tag::Column::ServiceId.ne(but.as_uuid())),
        None => select,
    }
}

pub(super) async fn in_use(
    database: &Database,
    organisation: Option<OrganisationId>,
    project: Option<ProjectId>,
    visible: &Visible,
) -> Result<Vec<(Tag, u64)>, Fault<Infallible>> {
    let mut select = service_tag::Entity::find()
        .select_only()
        .column(service_tag::Column::Tag)
        .column_as(service_tag::Column::ServiceId.count(), "services")
        .join(JoinType::InnerJoin, service_tag::Relation::Service.def())
        .group_by(service_tag::Column::Tag);
    if let Some(visible) = visible_project(service::Column::ProjectId, visible) {
        select = select.filter(visible);
    }
    if let Some(organisation) = organisation {
        select = select.filter(project_of(service::Column::ProjectId, organisation));
    }
    if let Some(project) = project {
        select = select.filter(service::Column::ProjectId.eq(project.as_uuid()));
    }
    let counted: Vec<(String, i64)> = select.into_tuple().all(database.once()).await?;
    let counted: Result<BTreeMap<Tag, u64>, Broken> = counted
        .into_iter()
        .map(|(tag, services)| Ok((to_tag(&tag)?, services.unsigned_abs())))
        .collect();
    Ok(counted?.into_iter().collect())
}

/// What became of one of many.
type Retagged = Result<BTreeSet<Tag>, RetagRefusal>;

pub(super) async fn retag(
    database: &Database,
    ids: &[ServiceId],
    retagging: &Retagging,
    by: &By,
    now: Moment,
) -> Result<Vec<Retagged>, Fault<Infallible>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    lock(&transaction, ids).await?;
    let mut outcomes = Vec::with_capacity(ids.len());
    let mut changed = Vec::new();
    for id in ids {
        let outcome = match find(&*transaction, *id).await? {
            None => Err(RetagRefusal::Unknown),
            Some(view) => match one(&transaction, &view, retagging).await {
                Ok(tags) => {
                    if tags != view.tags {
                        changed.push((view, tags.clone()));
                    }
                    Ok(tags)
                }
                Err(Fault::Rule(refusal)) => Err(RetagRefusal::Tags(refusal)),
                Err(Fault::Broken(broken)) => return Err(broken.into()),
            },
        };
        outcomes.push(outcome);
    }
    tell(&mut transaction, &changed, retagging, by, now);
    transaction.commit().await?;
    Ok(outcomes)
}

async fn lock(transaction: &Writing<'_>, ids: &[ServiceId]) -> Result<(), Broken> {
    let _: Vec<Uuid> = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .filter(service::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
        .order_by_asc(service::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(&**transaction)
        .await?;
    Ok(())
}

async fn one(
    transaction: &Writing<'_>,
    view: &ServiceView,
    retagging: &Retagging,
) -> Result<BTreeSet<Tag>, Fault<TagRefusal>> {
    let Retagging {
        add,
        remove,
        limits,
    } = retagging;
    let kept = view.tags.difference(remove).cloned();
    let after: BTreeSet<Tag> = kept.chain(add.iter().cloned()).collect();
    if after == view.tags {
        return Ok(after);
    }
    let service = &view.service;
    // Fewer tags are always allowed, also where the limits were greater once.
    if !after.is_subset(&view.tags) {
        allowed(&**transaction, service.project, service.id, &after, *limits).await?;
    }
    replace(&**transaction, service.id, &after).await?;
    Ok(after)
}

/// One entry for each, or for many of one project together.
fn tell(
    transaction: &mut Writing<'_>,
    changed: &[(ServiceView, BTreeSet<Tag>)],
    retagging: &Retagging,
    by: &By,
    now: Moment,
) {
    if changed.len() < TOLD_TOGETHER_FROM {
        for (view, after) in changed {
            let note = about("service.tag", &view.service)
                .before(json!({ "tags": words(&view.tags) }))
                .after(json!({ "tags": words(after) }));
            transaction.note(note, by, now);
        }
        return;
    }
    let mut projects: BTreeMap<ProjectId, (&ServiceView, usize)> = BTreeMap::new();
    for (view, _) in changed {
        projects.entry(view.service.project).or_insert((view, 0)).1 += 1;
    }
    for (project, (view, services)) in projects {
        let note = Note::new("service.tag", None, view.project_name.as_str())
            .at(Some(view.service.organisation), Some(project))
            .after(json!({
                "services": services,
                "added": words(&retagging.add),
                "removed": words(&retagging.remove),
            }));
        transaction.note(note, by, now);
    }
}

/// Tags as the log shows them.
pub(super) fn words(tags: &BTreeSet<Tag>) -> Vec<&str> {
    tags.iter().map(Tag::as_str).collect()
}
