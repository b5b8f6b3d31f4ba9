//! Looking agents up.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::agent::Agent;
use edgeward_ids::AgentId;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
};
use uuid::Uuid;

use super::super::{AgentFilter, AgentView, Management, RosterEntry};
use super::row::{self, ADOPTED, CONFIRMED, RELEASED, UNMANAGED};
use crate::Page;
use crate::database::entity::{agent, agent_heard, project};
use crate::database::fault::{Broken, Fault};
use crate::database::text::containing;
use crate::database::{Database, MAX_BOUND_VALUES};

/// The ids of all that match are read, which is quick, and the rest only of those that are shown: so that any number of
/// agents can be chosen by what the database does not know.
pub(super) async fn matching(
    database: &Database,
    filter: &AgentFilter,
    limit: u64,
) -> Result<Page<AgentView>, Fault<Infallible>> {
    let mut select = agent::Entity::find()
        .select_only()
        .column(agent::Column::Id)
        .order_by_desc(agent::Column::Id);
    if let Some(organisation) = filter.organisation {
        select = select
            .join(JoinType::InnerJoin, agent::Relation::Project.def())
            .filter(project::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    if let Some(project) = filter.project {
        select = select.filter(agent::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(management) = filter.management {
        let states = match management {
            Management::Unmanaged => [UNMANAGED, RELEASED],
            Management::Managed => [ADOPTED, CONFIRMED],
        };
        select = select.filter(agent::Column::State.is_in(states));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        select = select.filter(agent::Column::Search.like(pattern));
    }
    let reading = database.read().await?;
    let mut ids: Vec<Uuid> = select.into_tuple().all(&reading).await?;
    ids.retain(|id| filter.ids.contains(AgentId::from_uuid(*id)));
    let total = ids.len() as u64;
    ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut items = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BOUND_VALUES) {
        let chosen = Condition::all().add(agent::Column::Id.is_in(ids.iter().copied()));
        let records = row::load(&reading, chosen).await?;
        items.extend(records.into_iter().map(|record| record.view));
    }
    reading.commit().await?;
    Ok(Page { items, total })
}

pub(super) async fn one(
    database: &Database,
    id: AgentId,
) -> Result<Option<AgentView>, Fault<Infallible>> {
    let reading = database.read().await?;
    let record = row::find(&reading, id).await?;
    reading.commit().await?;
    Ok(record.map(|record| record.view))
}

pub(super) async fn roster(database: &Database) -> Result<Vec<RosterEntry>, Fault<Infallible>> {
    let rows: Vec<(Uuid, String, Option<i64>)> = agent::Entity::find()
        .select_only()
        .column(agent::Column::Id)
        .column(agent::Column::State)
        .column(agent_heard::Column::HeardAt)
        .join(JoinType::LeftJoin, agent::Relation::Heard.def())
        .order_by_desc(agent::Column::Id)
        .into_tuple()
        .all(database.once())
        .await?;
    let entries: Result<Vec<_>, Broken> = rows
        .into_iter()
        .map(|(id, state, heard_at)| {
            Ok(RosterEntry {
                id: AgentId::from_uuid(id),
                management: match state.as_str() {
                    UNMANAGED | RELEASED => Management::Unmanaged,
                    ADOPTED | CONFIRMED => Management::Managed,
                    _ => return Err(Broken::corrupt("an agent's state", state)),
                },
                last_heard_at: heard_at.map(Moment::from_micros),
            })
        })
        .collect();
    Ok(entries?)
}

pub(super) async fn unsettled(database: &Database) -> Result<Vec<Agent>, Fault<Infallible>> {
    let reading = database.read().await?;
    let unsettled = Condition::all().add(agent::Column::State.is_in([ADOPTED, RELEASED]));
    let records = row::load(&reading, unsettled).await?;
    reading.commit().await?;
    Ok(records
        .into_iter()
        .map(|record| record.view.agent)
        .collect())
}
