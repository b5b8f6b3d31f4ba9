//! Looking rollouts up, and how far their devices are.

use std::collections::HashMap;
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::rollout::{Counts, Standing, State};
use edgeward_ids::{ActionId, AgentId, ProjectId, RolloutId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::super::row::{add, to_rollout};
use super::super::{Asking, Due, RolloutDevice, RolloutFilter, RolloutView, Side};
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault};
use crate::database::places::visible_project;
use crate::database::rollouts::{rollout, rollout_device};
use crate::database::text::to_name;
use crate::database::twins::action;
use crate::database::{Database, MAX_BOUND_VALUES};
use crate::page::in_order;
use crate::{Page, Slice};

pub(super) async fn matching(
    database: &Database,
    filter: &RolloutFilter,
    slice: Slice,
) -> Result<Page<RolloutView>, Fault<Infallible>> {
    let mut condition = Condition::all();
    if let Some(organisation) = filter.organisation {
        condition = condition.add(rollout::Column::OrganisationId.eq(organisation.as_uuid()));
    }
    if let Some(project) = filter.project {
        condition = condition.add(rollout::Column::ProjectId.eq(project.as_uuid()));
    }
    if let Some(state) = filter.state {
        condition = condition.add(rollout::Column::State.eq(state.as_str()));
    }
    if let Some(visible) = visible_project(rollout::Column::ProjectId, &filter.visible) {
        condition = condition.add(match &filter.visible {
            Visible::Everything => visible,
            Visible::Only { organisations, .. } => {
                let whole = organisations.iter().map(|id| id.as_uuid());
                visible.add(rollout::Column::OrganisationId.is_in(whole))
            }
        });
    }
    let select = rollout::Entity::find()
        .select_only()
        .column(rollout::Column::Id)
        .filter(condition);
    let reading = database.read().await?;
    let ids: Vec<Uuid> = select
        .clone()
        .order_by_desc(rollout::Column::Id)
        .limit(slice.limit())
        .offset(slice.offset())
        .into_tuple()
        .all(&reading)
        .await?;
    let total = select.count(&reading).await?;
    let items = views(&reading, &ids).await?;
    reading.commit().await?;
    Ok(Page { items, total })
}

/// These rollouts, in this order.
pub(super) async fn views(
    on: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<RolloutView>, Broken> {
    let rows = rollout::Entity::find()
        .filter(rollout::Column::Id.is_in(ids.iter().copied()))
        .all(on)
        .await?;
    let mut standings = standings(on, ids).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let mut standing = standings.remove(&row.id).unwrap_or_default();
        let (rollout, work) = to_rollout(row)?;
        // A wave whose devices have all gone is still one that has begun.
        let begun = usize::try_from(rollout.begun).unwrap_or(usize::MAX);
        if standing.waves.len() < begun {
            standing.waves.resize_with(begun, Counts::default);
        }
        found.push(RolloutView {
            standing,
            rollout,
            work,
        });
    }
    Ok(in_order(ids, found, |view| view.rollout.id.as_uuid()))
}

#[derive(FromQueryResult)]
struct Counted {
    rollout_id: Uuid,
    wave: i32,
    state: Option<String>,
    devices: i64,
    last: Option<i64>,
}

/// How far the devices of each of these rollouts are.
async fn standings(
    on: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Standing>, Broken> {
    let mut standings: HashMap<Uuid, Standing> = HashMap::with_capacity(ids.len());
    for row in counted(on, ids, Side::Doing).await? {
        let standing = standings.entry(row.rollout_id).or_default();
        let wave = usize::try_from(row.wave)
            .ok()
            .filter(|wave| *wave > 0)
            .ok_or_else(|| Broken::corrupt("a rollout's wave", row.wave))?;
        if standing.waves.len() < wave {
            standing.waves.resize_with(wave, Counts::default);
        }
        let devices = row.devices.unsigned_abs();
        let state = row.state.as_deref();
        add(&mut standing.waves[wave - 1], state, devices)?;
        // Of waves that have not begun there is no action.
        let ended = !matches!(state, None | Some("queued" | "sent" | "running"));
        if let (true, Some(last)) = (ended, row.last) {
            let last = Moment::from_micros(last);
            standing.last_end = Some(standing.last_end.map_or(last, |known| known.max(last)));
        }
    }
    for row in counted(on, ids, Side::Undoing).await? {
        let standing = standings.entry(row.rollout_id).or_default();
        let devices = row.devices.unsigned_abs();
        add(&mut standing.undo, row.state.as_deref(), devices)?;
    }
    Ok(standings)
}

async fn counted(
    on: &impl ConnectionTrait,
    ids: &[Uuid],
    side: Side,
) -> Result<Vec<Counted>, Broken> {
    let mut select = rollout_device::Entity::find()
        .select_only()
        .column(rollout_device::Column::RolloutId)
        .column(rollout_device::Column::Wave)
        .column_as(action::Column::State, "state")
        .column_as(rollout_device::Column::AgentId.count(), "devices")
        .column_as(action::Column::ChangedAt.max(), "last")
        .join(JoinType::LeftJoin, action_of(side))
        .filter(rollout_device::Column::RolloutId.is_in(ids.iter().copied()))
        .group_by(rollout_device::Column::RolloutId)
        .group_by(rollout_device::Column::Wave)
        .group_by(action::Column::State);
    if side == Side::Undoing {
        select = select.filter(undoable());
    }
    Ok(select.into_model::<Counted>().all(on).await?)
}

/// A device's action of that side.
fn action_of(side: Side) -> sea_orm::RelationDef {
    let column = match side {
        Side::Doing => rollout_device::Column::ActionId,
        Side::Undoing => rollout_device::Column::UndoActionId,
    };
    rollout_device::Entity::belongs_to(action::Entity)
        .from(column)
        .to(action::Column::Id)
        .into()
}

/// Those on which it was done and there is a way back.
fn undoable() -> Condition {
    use sea_orm::QueryTrait as _;
    let done = action::Entity::find()
        .select_only()
        .column(action::Column::Id)
        .filter(action::Column::State.eq("done"))
        .filter(action::Column::RolloutId.is_not_null())
        .into_query();
    Condition::all()
        .add(rollout_device::Column::Undo.is_not_null())
        .add(rollout_device::Column::ActionId.in_subquery(done))
}

pub(super) async fn going_on(database: &Database) -> Result<Vec<RolloutId>, Fault<Infallible>> {
    let states = [State::Running, State::Undoing].map(State::as_str);
    let ids: Vec<Uuid> = rollout::Entity::find()
        .select_only()
        .column(rollout::Column::Id)
        .filter(rollout::Column::State.is_in(states))
        .order_by_asc(rollout::Column::Id)
        .into_tuple()
        .all(database.once())
        .await?;
    Ok(ids.into_iter().map(RolloutId::from_uuid).collect())
}

pub(super) async fn due(
    database: &Database,
    id: Uuid,
    side: Side,
    limit: u64,
) -> Result<Vec<Due>, Fault<Infallible>> {
    let mut select = rollout_device::Entity::find()
        .select_only()
        .column(rollout_device::Column::AgentId)
        .column(rollout_device::Column::Undo)
        .filter(rollout_device::Column::RolloutId.eq(id));
    select = match side {
        Side::Doing => {
            let begun: Option<i32> = rollout::Entity::find_by_id(id)
                .select_only()
                .column(rollout::Column::Begun)
                .into_tuple()
                .one(database.once())
                .await?;
            select
                .filter(rollout_device::Column::Wave.lte(begun.unwrap_or(0)))
                .filter(rollout_device::Column::ActionId.is_null())
        }
        Side::Undoing => select
            .filter(undoable())
            .filter(rollout_device::Column::UndoActionId.is_null()),
    };
    let rows: Vec<(Uuid, Option<String>)> = select
        .order_by_asc(rollout_device::Column::Wave)
        .order_by_asc(rollout_device::Column::AgentId)
        .limit(limit)
        .into_tuple()
        .all(database.once())
        .await?;
    Ok(rows
        .into_iter()
        .map(|(agent, undo)| Due {
            agent: AgentId::from_uuid(agent),
            undo,
        })
        .collect())
}

pub(super) async fn devices(
    database: &Database,
    id: Uuid,
    slice: Slice,
) -> Result<Page<RolloutDevice>, Fault<Infallible>> {
    let reading = database.read().await?;
    let select = rollout_device::Entity::find()
        .join(JoinType::InnerJoin, rollout_device::Relation::Agent.def())
        .filter(rollout_device::Column::RolloutId.eq(id));
    let total = select.clone().count(&reading).await?;
    let rows: Vec<rollout_device::Model> = select
        .order_by_asc(rollout_device::Column::Wave)
        .order_by_asc(rollout_device::Column::AgentId)
        .limit(slice.limit())
        .offset(slice.offset())
        .all(&reading)
        .await?;
    let agents: Vec<Uuid> = rows.iter().map(|row| row.agent_id).collect();
    let names: Vec<(Uuid, Option<String>, Option<Uuid>)> = agent::Entity::find()
        .select_only()
        .column(agent::Column::Id)
        .column(agent::Column::Name)
        .column(agent::Column::ProjectId)
        .filter(agent::Column::Id.is_in(agents))
        .into_tuple()
        .all(&reading)
        .await?;
    let names: HashMap<Uuid, (Option<String>, Option<Uuid>)> = names
        .into_iter()
        .map(|(id, name, project)| (id, (name, project)))
        .collect();
    let asked: Vec<Uuid> = rows
        .iter()
        .flat_map(|row| [row.action_id, row.undo_action_id])
        .flatten()
        .collect();
    let mut askings: HashMap<Uuid, Asking> = HashMap::with_capacity(asked.len());
    for ids in asked.chunks(MAX_BOUND_VALUES) {
        let rows: Vec<(Uuid, String, String)> = action::Entity::find()
            .select_only()
            .column(action::Column::Id)
            .column(action::Column::State)
            .column(action::Column::Message)
            .filter(action::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(&reading)
            .await?;
        askings.extend(rows.into_iter().map(|(id, state, message)| {
            let asking = Asking {
                id: ActionId::from_uuid(id),
                state,
                message,
            };
            (id, asking)
        }));
    }
    reading.commit().await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        // Nobody who is not managed is in a rollout.
        let Some((Some(name), Some(project))) = names.get(&row.agent_id) else {
            continue;
        };
        items.push(RolloutDevice {
            agent: AgentId::from_uuid(row.agent_id),
            name: to_name(name)?,
            project: ProjectId::from_uuid(*project),
            wave: row.wave.unsigned_abs(),
            action: row.action_id.and_then(|id| askings.remove(&id)),
            undo: row.undo,
            undoing: row.undo_action_id.and_then(|id| askings.remove(&id)),
        });
    }
    Ok(Page { items, total })
}
