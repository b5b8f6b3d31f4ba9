//! Asking devices for actions.

use std::collections::HashMap;

use edgeward_domain::Moment;
use edgeward_domain::action::{Action, MAX_WAITING, State};
use edgeward_domain::agent::Agent;
use edgeward_domain::audit::By;
use edgeward_ids::{ActionId, AgentId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::super::row::OPEN;
use super::super::{AskRefusal, Asked};
use super::save;
use crate::agents::sql::{notes, row as agents};
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault};
use crate::database::twins::action;
use crate::database::{Database, MAX_BOUND_VALUES, Writing};

pub(super) async fn ask(
    database: &Database,
    ids: &[AgentId],
    asked: &Asked,
    by: &By,
    now: Moment,
) -> Result<Vec<Action>, Fault<AskRefusal>> {
    let mut transaction = database.write().await?;
    let agents = managed(&transaction, ids).await?;
    let waiting = waiting(&transaction, ids).await?;
    let mut actions = Vec::with_capacity(ids.len());
    for id in ids {
        let agent = agents
            .get(id)
            .ok_or(Fault::Rule(AskRefusal::UnknownDevice(*id)))?;
        let name = agent.state.membership().map(|m| m.name.clone());
        if waiting.get(id).copied().unwrap_or(0) >= MAX_WAITING {
            let refusal = match name {
                Some(name) => AskRefusal::TooManyWaiting(name),
                None => AskRefusal::UnknownDevice(*id),
            };
            return Err(Fault::Rule(refusal));
        }
        let action = written(&mut transaction, agent, asked, by, now);
        actions.push(action);
    }
    save(&transaction, &actions).await?;
    transaction.commit().await?;
    Ok(actions)
}

/// The action for a device, and the entry that says so; still to be saved.
pub(crate) fn written(
    transaction: &mut Writing<'_>,
    agent: &Agent,
    asked: &Asked,
    by: &By,
    now: Moment,
) -> Action {
    let action = Action {
        id: ActionId::generate(),
        agent: agent.id,
        name: asked.name.clone(),
        snap: asked.snap.clone(),
        data: asked.data.clone(),
        state: State::Queued,
        created_at: now,
        created_by: by.author.name.clone(),
        not_after: asked.not_after,
        changed_at: now,
        sent_at: None,
        rollout: asked.rollout,
    };
    // What is set or acknowledged may be secret; that it was is enough here, and the action has the rest.
    let note = notes::about("action.ask", agent, None).after(json!({
        "action": action.id.to_string(),
        "name": action.name,
        "snap": action.snap,
    }));
    transaction.note(note, by, now);
    action
}

/// The managed ones of these agents, with their rows locked.
pub(crate) async fn managed(
    transaction: &Writing<'_>,
    ids: &[AgentId],
) -> Result<HashMap<AgentId, Agent>, Broken> {
    let mut ids: Vec<Uuid> = ids.iter().map(AgentId::as_uuid).collect();
    ids.sort_unstable();
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BOUND_VALUES) {
        let _locked: Vec<Uuid> = agent::Entity::find()
            .select_only()
            .column(agent::Column::Id)
            .filter(agent::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(agent::Column::Id)
            .lock_exclusive()
            .into_tuple()
            .all(&**transaction)
            .await?;
        let condition = Condition::all()
            .add(agent::Column::Id.is_in(ids.iter().copied()))
            .add(agent::Column::State.is_in([agents::ADOPTED, agents::CONFIRMED]));
        for record in agents::load(&**transaction, condition).await? {
            found.insert(record.view.agent.id, record.view.agent);
        }
    }
    Ok(found)
}

/// How many actions wait for each of these agents.
pub(crate) async fn waiting(
    transaction: &Writing<'_>,
    ids: &[AgentId],
) -> Result<HashMap<AgentId, u64>, Broken> {
    let ids: Vec<Uuid> = ids.iter().map(AgentId::as_uuid).collect();
    let mut found = HashMap::new();
    for ids in ids.chunks(MAX_BOUND_VALUES - OPEN.len()) {
        let counts: Vec<(Uuid, i64)> = action::Entity::find()
            .select_only()
            .column(action::Column::AgentId)
            .column_as(action::Column::Id.count(), "count")
            .filter(action::Column::AgentId.is_in(ids.iter().copied()))
            .filter(action::Column::State.is_in(OPEN))
            .group_by(action::Column::AgentId)
            .into_tuple()
            .all(&**transaction)
            .await?;
        found.extend(
            counts
                .into_iter()
                .map(|(id, count)| (AgentId::from_uuid(id), count.unsigned_abs())),
        );
    }
    Ok(found)
}
