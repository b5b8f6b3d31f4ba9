//! Looking agents up.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::agent::Agent;
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use sea_orm::sea_query::{Expr, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::super::{AgentColumn, AgentFilter, AgentView, Management, RosterEntry};
use super::row::{self, ADOPTED, CONFIRMED, RELEASED, UNMANAGED};
use crate::database::Database;
use crate::database::entity::{agent, agent_heard, project};
use crate::database::fault::{Broken, Fault};
use crate::database::places::{project_of, visible_project};
use crate::database::text::{by_code_points, containing};
use crate::page::in_order;
use crate::{AgentIds, DatabaseKind, Homes, Page, Slice, Sort};

/// Where the caller chooses agents by what the database does not know, the ids of all that match are read, which is quick;
/// everything else only of those that are shown.
pub(super) async fn matching(
    database: &Database,
    filter: &AgentFilter,
    sort: Sort<AgentColumn>,
    slice: Slice,
) -> Result<Page<AgentView>, Fault<Infallible>> {
    let select = agent::Entity::find()
        .select_only()
        .column(agent::Column::Id)
        .filter(condition(filter));
    let sorted = sorted(select.clone(), database.kind(), sort);
    let reading = database.read().await?;
    let (ids, total) = match &filter.ids {
        AgentIds::Any => {
            let page = sorted.limit(slice.limit()).offset(slice.offset());
            let ids: Vec<Uuid> = page.into_tuple().all(&reading).await?;
            (ids, select.count(&reading).await?)
        }
        chosen => {
            let mut ids: Vec<Uuid> = sorted.into_tuple().all(&reading).await?;
            ids.retain(|id| chosen.contains(AgentId::from_uuid(*id)));
            let total = ids.len() as u64;
            (slice.cut(ids), total)
        }
    };
    let chosen = Condition::all().add(agent::Column::Id.is_in(ids.iter().copied()));
    let records = row::load(&reading, chosen).await?;
    reading.commit().await?;
    let views = records.into_iter().map(|record| record.view).collect();
    let items = in_order(&ids, views, |view| view.agent.id.as_uuid());
    Ok(Page { items, total })
}

fn condition(filter: &AgentFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(organisation) = filter.organisation {
        condition = condition.add(
            Condition::any()
                .add(project_of(agent::Column::ProjectId, organisation))
                .add(agent::Column::OrganisationId.eq(organisation.as_uuid())),
        );
    }
    if let Some(project) = filter.project {
        condition = condition.add(agent::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(management) = filter.management {
        condition = condition.add(agent::Column::State.is_in(states(management)));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(containing(text)).escape('\\');
        condition = condition.add(agent::Column::Search.like(pattern));
    }
    if filter.visible != Visible::Everything || filter.homes != Homes::Everything {
        condition = condition.add(seen(filter));
    }
    condition
}

const fn states(management: Management) -> [&'static str; 2] {
    match management {
        Management::Unmanaged => [UNMANAGED, RELEASED],
        Management::Managed => [ADOPTED, CONFIRMED],
    }
}

fn seen(filter: &AgentFilter) -> Condition {
    let mut managed = Condition::all().add(agent::Column::State.is_in(states(Management::Managed)));
    if let Some(visible) = visible_project(agent::Column::ProjectId, &filter.visible) {
        managed = managed.add(visible);
    }
    let mut waiting =
        Condition::all().add(agent::Column::State.is_in(states(Management::Unmanaged)));
    if let Homes::Of(homes) = &filter.homes {
        let homes = homes.iter().map(|id| id.as_uuid());
        waiting = waiting.add(agent::Column::OrganisationId.is_in(homes));
    }
    Condition::any().add(managed).add(waiting)
}

fn sorted(
    select: Select<agent::Entity>,
    kind: DatabaseKind,
    sort: Sort<AgentColumn>,
) -> Select<agent::Entity> {
    let order = sort.direction.order();
    let select = match sort.by {
        AgentColumn::Created => select,
        AgentColumn::Name => {
            select.order_by(by_code_points(kind, "agents", "sort_name"), order.clone())
        }
        AgentColumn::Version => {
            select.order_by(by_code_points(kind, "agents", "version"), order.clone())
        }
        AgentColumn::LastHeard => select
            .join(JoinType::LeftJoin, agent::Relation::Heard.def())
            .order_by(
                Func::coalesce([
                    Expr::col(agent_heard::Column::HeardAt),
                    Expr::value(i64::MIN),
                ]),
                order.clone(),
            ),
    };
    select.order_by(agent::Column::Id, order)
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
    let rows = agent::Entity::find()
        .select_only()
        .columns([
            agent::Column::Id,
            agent::Column::State,
            agent::Column::ProjectId,
        ])
        .column_as(agent::Column::OrganisationId, "home_id")
        .column_as(project::Column::OrganisationId, "place_id")
        .column(agent_heard::Column::HeardAt)
        .join(JoinType::LeftJoin, agent::Relation::Heard.def())
        .join(JoinType::LeftJoin, agent::Relation::Project.def())
        .order_by_desc(agent::Column::Id)
        .into_model::<RosterRow>()
        .all(database.once())
        .await?;
    let entries: Result<Vec<_>, Broken> = rows
        .into_iter()
        .map(|row| {
            Ok(RosterEntry {
                id: AgentId::from_uuid(row.id),
                management: match row.state.as_str() {
                    UNMANAGED | RELEASED => Management::Unmanaged,
                    ADOPTED | CONFIRMED => Management::Managed,
                    _ => return Err(Broken::corrupt("an agent's state", row.state)),
                },
                organisation: row.place_id.or(row.home_id).map(OrganisationId::from_uuid),
                project: row.project_id.map(ProjectId::from_uuid),
                last_heard_at: row.heard_at.map(Moment::from_micros),
            })
        })
        .collect();
    Ok(entries?)
}

#[derive(FromQueryResult)]
struct RosterRow {
    id: Uuid,
    state: String,
    project_id: Option<Uuid>,
    home_id: Option<Uuid>,
    place_id: Option<Uuid>,
    heard_at: Option<i64>,
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
