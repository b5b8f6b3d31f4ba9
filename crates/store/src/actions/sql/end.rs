//! How actions go on and end: by what devices say, by being called off, and by waiting for too long.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::action::{Action, Cancelling, SILENCE_LIMIT, State};
use edgeward_domain::agent::Agent;
use edgeward_domain::audit::By;
use edgeward_ids::{ActionId, AgentId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::super::row::to_action;
use super::super::{CallOffRefusal, HeardOf, HeardOutcome};
use super::save;
use crate::agents::sql::{notes, row as agents};
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault};
use crate::database::twins::action;
use crate::database::{Database, MAX_BOUND_VALUES, Writing};

/// Who ends what nobody heard of.
const CLEAN_UP: &str = "actions overdue";

/// How many overdue actions end in one transaction.
const MAX_OVERDUE: u64 = 1000;

/// How often it is written down that a device still speaks of an action that is no further.
const CONFIRM_EVERY: Duration = Duration::from_secs(300);

pub(super) async fn hear(
    database: &Database,
    heard: Vec<HeardOf>,
) -> Result<Vec<HeardOutcome>, Fault<Infallible>> {
    let mut ids: Vec<Uuid> = heard.iter().map(|said| said.action.as_uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut transaction = database.write().await?;
    let mut known: HashMap<ActionId, Action> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BOUND_VALUES) {
        let rows = action::Entity::find()
            .filter(action::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(action::Column::Id)
            .lock_exclusive()
            .all(&*transaction)
            .await?;
        for row in rows {
            let action = to_action(row)?;
            known.insert(action.id, action);
        }
    }
    let mut changed: Vec<ActionId> = Vec::new();
    let mut outcomes = Vec::with_capacity(heard.len());
    for said in heard {
        let Some(action) = known
            .get_mut(&said.action)
            .filter(|a| a.agent == said.agent)
        else {
            outcomes.push(HeardOutcome::Unknown);
            continue;
        };
        // That a device still speaks of it is worth noting: silence ends it.
        let confirmed =
            !action.state.has_ended() && said.at.since(action.changed_at) >= CONFIRM_EVERY;
        match action.state.after(said.heard) {
            Some(state) => {
                action.state = state;
                action.changed_at = said.at;
                outcomes.push(HeardOutcome::Changed(Box::new(action.clone())));
            }
            None if confirmed => {
                action.changed_at = said.at;
                outcomes.push(HeardOutcome::Same);
            }
            None => {
                outcomes.push(HeardOutcome::Same);
                continue;
            }
        }
        if !changed.contains(&said.action) {
            changed.push(said.action);
        }
    }
    if changed.is_empty() {
        return Ok(outcomes);
    }
    let actions: Vec<Action> = changed.iter().filter_map(|id| known.remove(id)).collect();
    save(&transaction, &actions).await?;
    let ended: Vec<&Action> = actions.iter().filter(|a| a.state.has_ended()).collect();
    note_ends(&mut transaction, &ended, None).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// An entry for each action that ended; by its device unless somebody else ended it.
pub(crate) async fn note_ends(
    transaction: &mut Writing<'_>,
    ended: &[&Action],
    by: Option<&By>,
) -> Result<(), Broken> {
    let ids: Vec<Uuid> = ended.iter().map(|action| action.agent.as_uuid()).collect();
    let mut agents: HashMap<AgentId, Agent> = HashMap::new();
    for ids in ids.chunks(MAX_BOUND_VALUES) {
        let condition = Condition::all().add(agent::Column::Id.is_in(ids.iter().copied()));
        for record in agents::load(&**transaction, condition).await? {
            agents.insert(record.view.agent.id, record.view.agent);
        }
    }
    for action in ended {
        let Some(agent) = agents.get(&action.agent) else {
            continue;
        };
        let message = match &action.state {
            State::Failed(message) => Some(message),
            _ => None,
        };
        let note = notes::about("action.end", agent, None).after(json!({
            "action": action.id.to_string(),
            "name": action.name,
            "snap": action.snap,
            "state": action.state.as_str(),
            "message": message,
        }));
        let itself = notes::itself(agent);
        transaction.note(note, by.unwrap_or(&itself), action.changed_at);
    }
    Ok(())
}

pub(super) async fn call_off(
    database: &Database,
    id: ActionId,
    by: &By,
    now: Moment,
) -> Result<Action, Fault<CallOffRefusal>> {
    let mut transaction = database.write().await?;
    let row = action::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&*transaction)
        .await?
        .ok_or(Fault::Rule(CallOffRefusal::Unknown))?;
    let mut action = to_action(row)?;
    let before = action.state.as_str();
    let next = action
        .state
        .cancel()
        .map_err(|refusal| Fault::Rule(refusal.into()))?;
    let (Cancelling::Ended(state) | Cancelling::Ask(state)) = next;
    action.state = state;
    action.changed_at = now;
    save(&transaction, std::slice::from_ref(&action)).await?;
    let agent = agents::find(&*transaction, action.agent)
        .await?
        .ok_or_else(|| Broken::corrupt("an action of an agent that is not there", id))?
        .view
        .agent;
    let note = notes::about("action.call_off", &agent, None)
        .before(json!({ "action": id.to_string(), "state": before }))
        .after(json!({ "state": action.state.as_str() }));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(action)
}

pub(super) async fn end_overdue(
    database: &Database,
    now: Moment,
) -> Result<Vec<Action>, Fault<Infallible>> {
    let silent = now - SILENCE_LIMIT;
    let overdue = Condition::any()
        .add(
            Condition::all()
                .add(action::Column::State.is_in(["queued", "sent"]))
                .add(action::Column::NotAfter.lte(now.as_micros())),
        )
        .add(
            Condition::all()
                .add(action::Column::State.eq("running"))
                .add(action::Column::ChangedAt.lte(silent.as_micros())),
        );
    let any = action::Entity::find()
        .filter(overdue.clone())
        .limit(1)
        .count(database.once())
        .await?;
    if any == 0 {
        return Ok(Vec::new());
    }
    let mut transaction = database.write().await?;
    let rows = action::Entity::find()
        .filter(overdue)
        .order_by_asc(action::Column::Id)
        .limit(MAX_OVERDUE)
        .lock_exclusive()
        .all(&*transaction)
        .await?;
    let mut ended = Vec::with_capacity(rows.len());
    for row in rows {
        let mut action = to_action(row)?;
        let next = action
            .state
            .overdue(action.not_after, action.changed_at, now);
        if let Some(state) = next {
            action.state = state;
            action.changed_at = now;
            ended.push(action);
        }
    }
    save(&transaction, &ended).await?;
    let all: Vec<&Action> = ended.iter().collect();
    note_ends(&mut transaction, &all, Some(&By::system(CLEAN_UP))).await?;
    transaction.commit().await?;
    Ok(ended)
}
