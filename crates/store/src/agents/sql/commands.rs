//! Numbers for commands.

use edgeward_ids::AgentId;
use sea_orm::{ConnectionTrait, Statement};

use super::super::UnknownAgent;
use crate::database::Database;
use crate::database::fault::{Broken, Fault};

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
