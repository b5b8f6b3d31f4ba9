use std::collections::HashMap;
use std::convert::Infallible;

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::action::{Action, Cancelling, MAX_ENDED, MAX_WAITING, State};
use edgeward_domain::agent::Agent;
use edgeward_domain::audit::By;
use edgeward_ids::{ActionId, AgentId, Name, OrganisationId, ProjectId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select, Statement,
};
use serde_json::json;
use uuid::Uuid;

use super::row::{OPEN, to_action, to_row};
use super::{
    ActionFilter, ActionStore, ActionView, AskRefusal, Asked, CallOffRefusal, HeardOf, HeardOutcome,
};
use crate::agents::sql::{notes, row as agents};
use crate::database::entity::{agent, project};
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::places::{project_of, visible_project};
use crate::database::text::to_name;
use crate::database::twins::action;
use crate::database::{Database, MAX_BOUND_VALUES, Writing};
use crate::page::in_order;
use crate::{Failure, Page, Slice, StoreError};

/// How many values an action binds.
const COLUMNS: usize = 19;

/// Who ends what nobody heard of.
const CLEAN_UP: &str = "actions overdue";

/// How many overdue actions end in one transaction.
const MAX_OVERDUE: u64 = 1000;

#[async_trait]
impl ActionStore for Database {
    async fn ask(
        &self,
        agents: &[AgentId],
        asked: &Asked,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Action>, Failure<AskRefusal>> {
        attempt(
            "ask devices for an action",
            ask(self, agents, asked, by, now),
        )
        .await
    }

    async fn action(&self, id: ActionId) -> Result<Option<ActionView>, StoreError> {
        carry_out("look up an action", async {
            Ok(views(self.once(), &[id.as_uuid()]).await?.pop())
        })
        .await
    }

    async fn actions(
        &self,
        filter: &ActionFilter,
        slice: Slice,
    ) -> Result<Page<ActionView>, StoreError> {
        carry_out("list the actions", async {
            let reading = self.read().await?;
            let select = chosen(filter);
            let ids: Vec<Uuid> = select
                .clone()
                .order_by_desc(action::Column::Id)
                .limit(slice.limit())
                .offset(slice.offset())
                .into_tuple()
                .all(&reading)
                .await?;
            let total = select.count(&reading).await?;
            let items = views(&reading, &ids).await?;
            reading.commit().await?;
            Ok(Page { items, total })
        })
        .await
    }

    async fn open_actions(&self, agents: &[AgentId]) -> Result<Vec<Action>, StoreError> {
        carry_out("list the actions that have not ended", async {
            let ids: Vec<Uuid> = agents.iter().map(AgentId::as_uuid).collect();
            let mut found = Vec::new();
            for ids in ids.chunks(MAX_BOUND_VALUES - OPEN.len()) {
                let rows = action::Entity::find()
                    .filter(action::Column::AgentId.is_in(ids.iter().copied()))
                    .filter(action::Column::State.is_in(OPEN))
                    .order_by_asc(action::Column::Id)
                    .all(self.once())
                    .await?;
                for row in rows {
                    found.push(to_action(row)?);
                }
            }
            Ok(found)
        })
        .await
    }

    async fn agents_with_open_actions(&self) -> Result<Vec<AgentId>, StoreError> {
        carry_out("look for actions that have not ended", async {
            let ids: Vec<Uuid> = action::Entity::find()
                .select_only()
                .column(action::Column::AgentId)
                .distinct()
                .filter(action::Column::State.is_in(OPEN))
                .into_tuple()
                .all(self.once())
                .await?;
            Ok(ids.into_iter().map(AgentId::from_uuid).collect())
        })
        .await
    }

    async fn actions_sent(&self, ids: &[ActionId], now: Moment) -> Result<(), StoreError> {
        carry_out("record that actions were sent", async {
            let ids: Vec<Uuid> = ids.iter().map(ActionId::as_uuid).collect();
            let transaction = self.write().await?;
            for ids in ids.chunks(MAX_BOUND_VALUES - 4) {
                action::Entity::update_many()
                    .col_expr(action::Column::SentAt, Expr::value(now.as_micros()))
                    .filter(action::Column::Id.is_in(ids.iter().copied()))
                    .exec(&*transaction)
                    .await?;
                action::Entity::update_many()
                    .col_expr(action::Column::State, Expr::value("sent"))
                    .col_expr(action::Column::ChangedAt, Expr::value(now.as_micros()))
                    .filter(action::Column::Id.is_in(ids.iter().copied()))
                    .filter(action::Column::State.eq("queued"))
                    .exec(&*transaction)
                    .await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }

    async fn heard_of_actions(&self, heard: Vec<HeardOf>) -> Result<Vec<HeardOutcome>, StoreError> {
        carry_out("record what devices say of actions", hear(self, heard)).await
    }

    async fn call_off(
        &self,
        id: ActionId,
        by: &By,
        now: Moment,
    ) -> Result<Action, Failure<CallOffRefusal>> {
        attempt("call an action off", call_off(self, id, by, now)).await
    }

    async fn end_overdue(&self, now: Moment) -> Result<Vec<Action>, StoreError> {
        carry_out("end actions whose time is over", end_overdue(self, now)).await
    }

    async fn forget_ended_actions(&self) -> Result<u64, StoreError> {
        carry_out("forget old actions", async {
            let transaction = self.write().await?;
            let sql = format!(
                "DELETE FROM actions WHERE id IN (SELECT id FROM (SELECT id, \
                 row_number() OVER (PARTITION BY agent_id ORDER BY id DESC) AS place FROM actions \
                 WHERE state NOT IN ('queued', 'sent', 'running')) AS ended WHERE place > {MAX_ENDED})"
            );
            let delete = Statement::from_string(transaction.get_database_backend(), sql);
            let gone = transaction.execute_raw(delete).await?.rows_affected();
            transaction.commit().await?;
            Ok(gone)
        })
        .await
    }
}

async fn ask(
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
        let action = Action {
            id: ActionId::generate(),
            agent: *id,
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
        actions.push(action);
    }
    save(&transaction, &actions).await?;
    transaction.commit().await?;
    Ok(actions)
}

/// The managed ones of these agents, with their rows locked.
async fn managed(
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
async fn waiting(
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

/// Records actions, new and known ones.
async fn save(transaction: &Writing<'_>, actions: &[Action]) -> Result<(), Broken> {
    let rows: Result<Vec<_>, Broken> = actions.iter().map(to_row).collect();
    for rows in rows?.chunks(MAX_BOUND_VALUES / COLUMNS) {
        let changing = [
            action::Column::State,
            action::Column::Result,
            action::Column::Message,
            action::Column::ChangeId,
            action::Column::Label,
            action::Column::Done,
            action::Column::Total,
            action::Column::Cancelling,
            action::Column::ChangedAt,
        ];
        action::Entity::insert_many(rows.to_vec())
            .on_conflict(
                OnConflict::column(action::Column::Id)
                    .update_columns(changing)
                    .to_owned(),
            )
            .exec_without_returning(&**transaction)
            .await?;
    }
    Ok(())
}

async fn hear(
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

/// How often it is written down that a device still speaks of an action that is no further.
const CONFIRM_EVERY: std::time::Duration = std::time::Duration::from_secs(300);

/// An entry for each action that ended; by its device unless somebody else ended it.
async fn note_ends(
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

async fn call_off(
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

async fn end_overdue(database: &Database, now: Moment) -> Result<Vec<Action>, Fault<Infallible>> {
    let silent = now - edgeward_domain::action::SILENCE_LIMIT;
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

/// The ids of the actions that match.
fn chosen(filter: &ActionFilter) -> Select<action::Entity> {
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
async fn views(on: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<ActionView>, Broken> {
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

/// The actions of a device that is not managed any more are gone.
pub(crate) async fn forget(transaction: &Writing<'_>, agent: Uuid) -> Result<(), Broken> {
    action::Entity::delete_many()
        .filter(action::Column::AgentId.eq(agent))
        .exec(&**transaction)
        .await?;
    Ok(())
}
