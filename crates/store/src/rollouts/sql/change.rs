//! Rollouts go on: devices are asked, and states change.

use std::collections::HashMap;
use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::action::{Action, MAX_WAITING, State as ActionState};
use edgeward_domain::agent::Agent;
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, Rollout, State};
use edgeward_ids::{AgentId, RolloutId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::super::row::{changing, to_rollout};
use super::super::{RolloutAsk, RolloutChangeRefusal, Side};
use super::{about, list};
use crate::actions::row::to_action;
use crate::actions::sql::ask::{managed, waiting, written};
use crate::actions::sql::{end, save};
use crate::database::fault::{Broken, Fault};
use crate::database::rollouts::{rollout, rollout_device};
use crate::database::twins::action;
use crate::database::{Database, MAX_BOUND_VALUES, Writing};

pub(super) async fn ask(
    database: &Database,
    id: RolloutId,
    side: Side,
    asks: Vec<RolloutAsk>,
    by: &By,
    now: Moment,
) -> Result<Vec<AgentId>, Fault<Infallible>> {
    let mut transaction = database.write().await?;
    let wanted = match side {
        Side::Doing => State::Running,
        Side::Undoing => State::Undoing,
    };
    let Some(rollout) = locked(&transaction, id).await? else {
        return Ok(Vec::new());
    };
    if rollout.state != wanted {
        return Ok(Vec::new());
    }
    let ids: Vec<AgentId> = asks.iter().map(|ask| ask.agent).collect();
    let agents = managed(&transaction, &ids).await?;
    let waiting = waiting(&transaction, &ids).await?;
    let unasked = unasked(&transaction, id, side, &ids).await?;
    let mut actions: Vec<Action> = Vec::with_capacity(asks.len());
    for ask in asks.iter().filter(|ask| unasked.contains_key(&ask.agent)) {
        let agent = agents
            .get(&ask.agent)
            .filter(|agent| belongs(&rollout, agent));
        let Some(agent) = agent else {
            // It was moved to where this rollout has no say.
            leave(&transaction, id, ask.agent, side).await?;
            continue;
        };
        if waiting.get(&ask.agent).copied().unwrap_or(0) >= MAX_WAITING {
            continue;
        }
        let action = written(&mut transaction, agent, &ask.asked, by, now);
        let mut linking = rollout_device::Entity::update_many()
            .filter(rollout_device::Column::RolloutId.eq(id.as_uuid()))
            .filter(rollout_device::Column::AgentId.eq(ask.agent.as_uuid()));
        linking = match side {
            Side::Doing => linking
                .col_expr(
                    rollout_device::Column::ActionId,
                    Expr::value(action.id.as_uuid()),
                )
                .col_expr(rollout_device::Column::Undo, Expr::value(ask.undo.clone())),
            Side::Undoing => linking.col_expr(
                rollout_device::Column::UndoActionId,
                Expr::value(action.id.as_uuid()),
            ),
        };
        linking.exec(&*transaction).await?;
        actions.push(action);
    }
    save(&transaction, &actions).await?;
    transaction.commit().await?;
    Ok(actions.into_iter().map(|action| action.agent).collect())
}

/// Whether a rollout has a say in what becomes of a device.
fn belongs(rollout: &Rollout, agent: &Agent) -> bool {
    agent.state.membership().is_some_and(|membership| {
        membership.organisation == rollout.organisation
            && rollout
                .project
                .is_none_or(|project| project == membership.project)
    })
}

/// Takes a device out of a rollout, or out of its undoing.
async fn leave(
    transaction: &Writing<'_>,
    id: RolloutId,
    agent: AgentId,
    side: Side,
) -> Result<(), Broken> {
    match side {
        Side::Doing => {
            rollout_device::Entity::delete_by_id((id.as_uuid(), agent.as_uuid()))
                .exec(&**transaction)
                .await?;
        }
        Side::Undoing => {
            rollout_device::Entity::update_many()
                .col_expr(rollout_device::Column::Undo, Expr::value(None::<String>))
                .filter(rollout_device::Column::RolloutId.eq(id.as_uuid()))
                .filter(rollout_device::Column::AgentId.eq(agent.as_uuid()))
                .exec(&**transaction)
                .await?;
        }
    }
    Ok(())
}

/// Those of these devices that the rollout has not asked yet.
async fn unasked(
    transaction: &Writing<'_>,
    id: RolloutId,
    side: Side,
    agents: &[AgentId],
) -> Result<HashMap<AgentId, ()>, Broken> {
    let column = match side {
        Side::Doing => rollout_device::Column::ActionId,
        Side::Undoing => rollout_device::Column::UndoActionId,
    };
    let mut found = HashMap::with_capacity(agents.len());
    for agents in agents.chunks(MAX_BOUND_VALUES - 1) {
        let ids: Vec<Uuid> = rollout_device::Entity::find()
            .select_only()
            .column(rollout_device::Column::AgentId)
            .filter(rollout_device::Column::RolloutId.eq(id.as_uuid()))
            .filter(rollout_device::Column::AgentId.is_in(agents.iter().map(AgentId::as_uuid)))
            .filter(column.is_null())
            .into_tuple()
            .all(&**transaction)
            .await?;
        found.extend(ids.into_iter().map(|id| (AgentId::from_uuid(id), ())));
    }
    Ok(found)
}

async fn locked(transaction: &Writing<'_>, id: RolloutId) -> Result<Option<Rollout>, Broken> {
    let row = rollout::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&**transaction)
        .await?;
    row.map(|row| Ok(to_rollout(row)?.0)).transpose()
}

pub(super) async fn change(
    database: &Database,
    id: RolloutId,
    change: &Change,
    by: &By,
    now: Moment,
) -> Result<(), Fault<RolloutChangeRefusal>> {
    let mut transaction = database.write().await?;
    let unknown = || Fault::Rule(RolloutChangeRefusal::Unknown);
    let before = locked(&transaction, id).await?.ok_or_else(unknown)?;
    let view = list::views(&*transaction, &[id.as_uuid()])
        .await?
        .pop()
        .ok_or_else(unknown)?;
    let after = before
        .after(change, &view.standing, now)
        .map_err(|refusal| Fault::Rule(refusal.into()))?;
    if Rollout::calls_off(change) {
        call_off(&mut transaction, id, by, now).await?;
    }
    let row = rollout::ActiveModel {
        id: sea_orm::Unchanged(id.as_uuid()),
        ..changing(&after)
    };
    row.update_without_returning(&*transaction).await?;
    let said = |rollout: &Rollout| json!({ "state": rollout.state.as_str(), "waves_begun": rollout.begun, "reason": rollout.reason });
    let note = about(change.as_str(), &after)
        .before(said(&before))
        .after(said(&after));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

/// Calls off what waits for devices.
async fn call_off(
    transaction: &mut Writing<'_>,
    id: RolloutId,
    by: &By,
    now: Moment,
) -> Result<(), Broken> {
    let rows = action::Entity::find()
        .filter(action::Column::RolloutId.eq(id.as_uuid()))
        .filter(action::Column::State.eq("queued"))
        .order_by_asc(action::Column::Id)
        .lock_exclusive()
        .all(&**transaction)
        .await?;
    let mut ended = Vec::with_capacity(rows.len());
    for row in rows {
        let mut action = to_action(row)?;
        action.state = ActionState::Cancelled;
        action.changed_at = now;
        ended.push(action);
    }
    save(transaction, &ended).await?;
    let all: Vec<&Action> = ended.iter().collect();
    end::note_ends(transaction, &all, Some(by)).await
}
