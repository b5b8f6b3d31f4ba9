//! Numbers for commands.

use std::collections::HashMap;
use std::convert::Infallible;

use edgeward_ids::AgentId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use uuid::Uuid;

use super::super::UnknownAgent;
use crate::database::entity::agent;
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, MAX_BOUND_VALUES};

pub(super) async fn next_number(
    database: &Database,
    id: AgentId,
) -> Result<u64, Fault<UnknownAgent>> {
    let transaction = database.write().await?;
    let next = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "UPDATE agents SET last_command = last_command + 1 WHERE id = $1 RETURNING last_command",
        [id.as_uuid().into()],
    );
    let number: i64 = transaction
        .query_one_raw(next)
        .await?
        .ok_or(Fault::Rule(UnknownAgent))?
        .try_get("", "last_command")?;
    transaction.commit().await?;
    let number = u64::try_from(number).map_err(|_| Broken::corrupt("a command number", number))?;
    Ok(number)
}

pub(super) async fn next_numbers(
    database: &Database,
    ids: &[AgentId],
) -> Result<Vec<Option<u64>>, Fault<Infallible>> {
    // How many numbers each takes; agents that take equally many are counted up together.
    let mut wanted: HashMap<Uuid, i64> = HashMap::with_capacity(ids.len());
    for id in ids {
        *wanted.entry(id.as_uuid()).or_default() += 1;
    }
    let mut by_count: HashMap<i64, Vec<Uuid>> = HashMap::new();
    for (id, count) in &wanted {
        by_count.entry(*count).or_default().push(*id);
    }
    let mut all: Vec<Uuid> = wanted.into_keys().collect();
    all.sort_unstable();
    let transaction = database.write().await?;
    let mut next: HashMap<Uuid, i64> = HashMap::with_capacity(all.len());
    for ids in all.chunks(MAX_BOUND_VALUES) {
        let rows: Vec<(Uuid, i64)> = agent::Entity::find()
            .select_only()
            .column(agent::Column::Id)
            .column(agent::Column::LastCommand)
            .filter(agent::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(agent::Column::Id)
            .lock_exclusive()
            .into_tuple()
            .all(&*transaction)
            .await?;
        next.extend(rows);
    }
    for (count, ids) in by_count {
        for ids in ids.chunks(MAX_BOUND_VALUES - 1) {
            agent::Entity::update_many()
                .col_expr(
                    agent::Column::LastCommand,
                    Expr::col(agent::Column::LastCommand).add(count),
                )
                .filter(agent::Column::Id.is_in(ids.iter().copied()))
                .exec(&*transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    let number = |id: &AgentId| {
        let Some(last) = next.get_mut(&id.as_uuid()) else {
            return Ok(None);
        };
        *last += 1;
        u64::try_from(*last)
            .map(Some)
            .map_err(|_| Broken::corrupt("a command number", *last).into())
    };
    ids.iter().map(number).collect()
}
