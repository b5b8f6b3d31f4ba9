//! Tags, and the devices that have them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::{By, Note};
use edgeward_domain::selection::Tag;
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationTrait, Set,
};
use serde_json::json;
use uuid::Uuid;

use super::super::{Candidate, UnknownDevice, UnknownOrganisation};
use crate::agents::sql::{notes, row as agents};
use crate::database::Database;
use crate::database::entity::{agent, organisation, project};
use crate::database::fault::{Broken, Fault};
use crate::database::places::{project_of, visible_project};
use crate::database::rollouts::{declared_tag, device_tag};
use crate::database::text::to_name;

pub(super) async fn set(
    database: &Database,
    id: AgentId,
    tags: &BTreeSet<Tag>,
    by: &By,
    now: Moment,
) -> Result<(), Fault<UnknownDevice>> {
    let mut transaction = database.write().await?;
    let record = agents::lock(&transaction, id).await?;
    let agent = record
        .map(|record| record.view.agent)
        .filter(|agent| agent.state.membership().is_some())
        .ok_or(Fault::Rule(UnknownDevice))?;
    let before = words(&*transaction, id).await?;
    let after: Vec<String> = tags.iter().map(Tag::to_string).collect();
    if before == after {
        return Ok(());
    }
    device_tag::Entity::delete_many()
        .filter(device_tag::Column::AgentId.eq(id.as_uuid()))
        .exec(&*transaction)
        .await?;
    let rows = after.iter().map(|tag| device_tag::ActiveModel {
        agent_id: Set(id.as_uuid()),
        tag: Set(tag.clone()),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        device_tag::Entity::insert_many(rows)
            .exec_without_returning(&*transaction)
            .await?;
    }
    let note = notes::about("device.tag", &agent, None)
        .before(json!({ "tags": before }))
        .after(json!({ "tags": after }));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

pub(super) async fn of(database: &Database, id: AgentId) -> Result<Vec<String>, Fault<Infallible>> {
    Ok(words(database.once(), id).await?)
}

async fn words(on: &impl ConnectionTrait, id: AgentId) -> Result<Vec<String>, Broken> {
    let mut tags: Vec<String> = device_tag::Entity::find()
        .select_only()
        .column(device_tag::Column::Tag)
        .filter(device_tag::Column::AgentId.eq(id.as_uuid()))
        .into_tuple()
        .all(on)
        .await?;
    tags.sort_unstable();
    Ok(tags)
}

pub(super) async fn in_use(
    database: &Database,
    organisation: Option<OrganisationId>,
    project: Option<ProjectId>,
    visible: &Visible,
) -> Result<Vec<(String, u64)>, Fault<Infallible>> {
    let mut select = device_tag::Entity::find()
        .select_only()
        .column(device_tag::Column::Tag)
        .column_as(device_tag::Column::AgentId.count(), "devices")
        .join(JoinType::InnerJoin, device_tag::Relation::Agent.def())
        .group_by(device_tag::Column::Tag);
    if let Some(visible) = visible_project(agent::Column::ProjectId, visible) {
        select = select.filter(visible);
    }
    if let Some(organisation) = organisation {
        select = select.filter(project_of(agent::Column::ProjectId, organisation));
    }
    if let Some(project) = project {
        select = select.filter(agent::Column::ProjectId.eq(project.as_uuid()));
    }
    let counted: Vec<(String, i64)> = select.into_tuple().all(database.once()).await?;
    let mut tags: BTreeMap<String, u64> = counted
        .into_iter()
        .map(|(tag, devices)| (tag, devices.unsigned_abs()))
        .collect();
    if project.is_none() {
        for tag in declared(database.once(), organisation, visible).await? {
            tags.entry(tag).or_default();
        }
    }
    Ok(tags.into_iter().collect())
}

async fn declared(
    on: &impl ConnectionTrait,
    organisation: Option<OrganisationId>,
    visible: &Visible,
) -> Result<Vec<String>, Broken> {
    let mut select = declared_tag::Entity::find()
        .select_only()
        .column(declared_tag::Column::Tag);
    if let Some(organisation) = organisation {
        select = select.filter(declared_tag::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    if let Visible::Only { organisations, .. } = visible {
        let seen = organisations.iter().map(|id| id.as_uuid());
        select = select.filter(declared_tag::Column::OrganisationId.is_in(seen));
    }
    Ok(select.into_tuple().all(on).await?)
}

pub(super) async fn declare(
    database: &Database,
    id: OrganisationId,
    tag: &Tag,
    by: &By,
    now: Moment,
) -> Result<(), Fault<UnknownOrganisation>> {
    let mut transaction = database.write().await?;
    let organisation = organisation::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&*transaction)
        .await?
        .ok_or(Fault::Rule(UnknownOrganisation))?;
    let row = declared_tag::ActiveModel {
        organisation_id: Set(id.as_uuid()),
        tag: Set(tag.to_string()),
    };
    let columns = [
        declared_tag::Column::OrganisationId,
        declared_tag::Column::Tag,
    ];
    let added = declared_tag::Entity::insert(row)
        .on_conflict(OnConflict::columns(columns).do_nothing().to_owned())
        .exec_without_returning(&*transaction)
        .await?;
    if added == 0 {
        return Ok(());
    }
    let note = Note::new(
        "organisation.update",
        Some(id.to_string()),
        &organisation.name,
    )
    .at(Some(id), None)
    .after(json!({ "declared_tag": tag.as_str() }));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

pub(super) async fn candidates(
    database: &Database,
    organisation: OrganisationId,
    project: Option<ProjectId>,
    tags: &BTreeSet<Tag>,
) -> Result<Vec<Candidate>, Fault<Infallible>> {
    let mut select = agent::Entity::find()
        .select_only()
        .column(agent::Column::Id)
        .column(agent::Column::Name)
        .column(agent::Column::ProjectId)
        .join(JoinType::InnerJoin, agent::Relation::Project.def())
        .filter(project::Column::OrganisationId.eq(organisation.as_uuid()))
        .filter(agent::Column::State.is_in([agents::ADOPTED, agents::CONFIRMED]));
    if let Some(project) = project {
        select = select.filter(agent::Column::ProjectId.eq(project.as_uuid()));
    }
    for tag in tags {
        let tagged = device_tag::Entity::find()
            .select_only()
            .column(device_tag::Column::AgentId)
            .filter(device_tag::Column::Tag.eq(tag.as_str()))
            .into_query();
        select = select.filter(agent::Column::Id.in_subquery(tagged));
    }
    let rows: Vec<(Uuid, String, Uuid)> = select
        .order_by_asc(agent::Column::Id)
        .into_tuple()
        .all(database.once())
        .await?;
    let found: Result<Vec<Candidate>, Broken> = rows
        .into_iter()
        .map(|(id, name, project)| {
            Ok(Candidate {
                agent: AgentId::from_uuid(id),
                name: to_name(&name)?,
                organisation,
                project: ProjectId::from_uuid(project),
            })
        })
        .collect();
    let mut found = found?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
