//! Looking actions up.

use std::collections::HashMap;

use edgeward_ids::{Name, OrganisationId, ProjectId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};
use uuid::Uuid;

use super::super::row::to_action;
use super::super::{ActionFilter, ActionView};
use crate::database::entity::{agent, project};
use crate::database::fault::Broken;
use crate::database::places::{project_of, visible_project};
use crate::database::text::to_name;
use crate::database::twins::action;
use crate::page::in_order;

/// The ids of the actions that match.
pub(super) fn chosen(filter: &ActionFilter) -> Select<action::Entity> {
    let mut select = action::Entity::find()
        .select_only()
        .column(action::Column::Id)
        .join(JoinType::InnerJoin, action::Relation::Agent.def());
    if let Some(visible) = visible_project(agent::Column::ProjectId, &filter.visible) {
        select = select.filter(visible);
    }
    if let Some(agent) = filter.agent {
        select = select.filter(action::Column::AgentId.eq(agent.as_uuid()));
    }
    if let Some(organisation) = filter.organisation {
        select = select.filter(project_of(agent::Column::ProjectId, organisation));
    }
    if let Some(project) = filter.project {
        select = select.filter(agent::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(rollout) = filter.rollout {
        select = select.filter(action::Column::RolloutId.eq(rollout.as_uuid()));
    }
    if let Some(name) = &filter.name {
        select = select.filter(action::Column::Name.eq(name.as_str()));
    }
    if !filter.states.is_empty() {
        select = select.filter(action::Column::State.is_in(filter.states.iter().copied()));
    }
    select
}

#[derive(FromQueryResult)]
struct Home {
    id: Uuid,
    device: String,
    project_id: Uuid,
    organisation_id: Uuid,
}

/// These actions with where their devices are, in this order.
pub(super) async fn views(
    on: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<ActionView>, Broken> {
    let rows = action::Entity::find()
        .filter(action::Column::Id.is_in(ids.iter().copied()))
        .all(on)
        .await?;
    let homes: HashMap<Uuid, Home> = action::Entity::find()
        .select_only()
        .column(action::Column::Id)
        .column_as(agent::Column::Name, "device")
        .column_as(project::Column::Id, "project_id")
        .column(project::Column::OrganisationId)
        .join(JoinType::InnerJoin, action::Relation::Agent.def())
        .join(JoinType::InnerJoin, agent::Relation::Project.def())
        .filter(action::Column::Id.is_in(ids.iter().copied()))
        .into_model::<Home>()
        .all(on)
        .await?
        .into_iter()
        .map(|home| (home.id, home))
        .collect();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(home) = homes.get(&row.id) else {
            continue;
        };
        let device: Name = to_name(&home.device)?;
        found.push(ActionView {
            device,
            organisation: OrganisationId::from_uuid(home.organisation_id),
            project: ProjectId::from_uuid(home.project_id),
            action: to_action(row)?,
        });
    }
    Ok(in_order(ids, found, |view| view.action.id.as_uuid()))
}
