use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::action::{Action, MAX_ENDED};
use edgeward_domain::audit::By;
use edgeward_ids::{ActionId, AgentId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Statement,
};
use uuid::Uuid;

use super::row::{OPEN, to_action, to_row};
use super::{
    ActionFilter, ActionStore, ActionView, AskRefusal, Asked, CallOffRefusal, HeardOf, HeardOutcome,
};
use crate::database::fault::{Broken, attempt, carry_out};
use crate::database::rollouts::rollout;
use crate::database::twins::action;
use crate::database::{Database, MAX_BOUND_VALUES, Writing};
use crate::{Failure, Page, Slice, StoreError};

pub(crate) mod ask;
pub(crate) mod end;
mod list;

/// How many values an action binds.
const COLUMNS: usize = 19;

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
            ask::ask(self, agents, asked, by, now),
        )
        .await
    }

    async fn action(&self, id: ActionId) -> Result<Option<ActionView>, StoreError> {
        carry_out("look up an action", async {
            Ok(list::views(self.once(), &[id.as_uuid()]).await?.pop())
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
            let select = list::chosen(filter);
            let ids: Vec<Uuid> = select
                .clone()
                .order_by_desc(action::Column::Id)
                .limit(slice.limit())
                .offset(slice.offset())
                .into_tuple()
                .all(&reading)
                .await?;
            let total = select.count(&reading).await?;
            let items = list::views(&reading, &ids).await?;
            reading.commit().await?;
            Ok(Page { items, total })
        })
        .await
    }

    async fn open_actions(&self, agents: &[AgentId]) -> Result<Vec<Action>, StoreError> {
        carry_out("list the actions that have not ended", async {
            let ids: Vec<Uuid> = agents.iter().map(AgentId::as_uuid).collect();
            let mut found = Vec::new();
            for ids in ids.chunks(MAX_BOUND_VALUES - OPEN.len() - HELD.len()) {
                let rows = action::Entity::find()
                    .filter(action::Column::AgentId.is_in(ids.iter().copied()))
                    .filter(action::Column::State.is_in(OPEN))
                    .filter(not_held())
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
                .filter(not_held())
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
        carry_out("record what devices say of actions", end::hear(self, heard)).await
    }

    async fn call_off(
        &self,
        id: ActionId,
        by: &By,
        now: Moment,
    ) -> Result<Action, Failure<CallOffRefusal>> {
        attempt("call an action off", end::call_off(self, id, by, now)).await
    }

    async fn end_overdue(&self, now: Moment) -> Result<Vec<Action>, StoreError> {
        carry_out(
            "end actions whose time is over",
            end::end_overdue(self, now),
        )
        .await
    }

    async fn forget_ended_actions(&self) -> Result<u64, StoreError> {
        carry_out("forget old actions", async {
            let transaction = self.write().await?;
            let sql = format!(
                "DELETE FROM actions WHERE id IN (SELECT id FROM (SELECT id, \
                 row_number() OVER (PARTITION BY agent_id ORDER BY id DESC) AS place FROM actions \
                 WHERE state NOT IN ('queued', 'sent', 'running') \
                 AND (rollout_id IS NULL OR rollout_id NOT IN (SELECT id FROM rollouts))) AS ended WHERE place > {MAX_ENDED})"
            );
            let delete = Statement::from_string(transaction.get_database_backend(), sql);
            let gone = transaction.execute_raw(delete).await?.rows_affected();
            transaction.commit().await?;
            Ok(gone)
        })
        .await
    }
}

/// What [`not_held`] binds.
const HELD: [&str; 2] = ["queued", "paused"];

/// All but what a paused rollout has asked for and nobody has begun.
fn not_held() -> Condition {
    let [queued, paused] = HELD;
    let held = rollout::Entity::find()
        .select_only()
        .column(rollout::Column::Id)
        .filter(rollout::Column::State.eq(paused))
        .into_query();
    Condition::any()
        .add(action::Column::State.ne(queued))
        .add(action::Column::RolloutId.is_null())
        .add(action::Column::RolloutId.not_in_subquery(held))
}

/// Records actions, new and known ones.
pub(crate) async fn save(transaction: &Writing<'_>, actions: &[Action]) -> Result<(), Broken> {
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

/// The actions of a device that is not managed any more are gone.
pub(crate) async fn forget(transaction: &Writing<'_>, agent: Uuid) -> Result<(), Broken> {
    action::Entity::delete_many()
        .filter(action::Column::AgentId.eq(agent))
        .exec(&**transaction)
        .await?;
    Ok(())
}
