//! What looks at services find. It is nobody's change, so that the audit log says nothing of it.

use std::convert::Infallible;
use std::time::Duration;

use edgeward_domain::service::Check;
use edgeward_ids::ServiceId;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set, Unchanged};

use super::row::{put_check, to_check};
use crate::database::Database;
use crate::database::entity::service;
use crate::database::fault::Fault;

/// When a look that finds what the last one found is written down all the same: this long after the one that was written. So
/// thousands of services can be looked at often.
pub const CHECK_RECORDED_EVERY: Duration = Duration::from_secs(300);

pub(super) async fn record(
    database: &Database,
    id: ServiceId,
    check: &Check,
) -> Result<bool, Fault<Infallible>> {
    let found = service::Entity::find_by_id(id.as_uuid());
    // Most looks find what is known.
    let worth = |row: &service::Model| Worth::of(to_check(row).as_ref(), check);
    let known = found.clone().one(database.once()).await?;
    if known.is_none_or(|row| worth(&row) == Worth::Nothing) {
        return Ok(false);
    }
    let transaction = database.write().await?;
    let locked = found.lock_exclusive().one(&*transaction).await?;
    let Some(mut row) = locked else {
        return Ok(false);
    };
    let worth = worth(&row);
    if worth == Worth::Nothing {
        return Ok(false);
    }
    put_check(&mut row, check);
    service::ActiveModel {
        id: Unchanged(row.id),
        checked_at: Set(row.checked_at),
        answers: Set(row.answers),
        finding: Set(row.finding),
        version: Set(row.version),
        keys: Set(row.keys),
        ..Default::default()
    }
    .update_without_returning(&*transaction)
    .await?;
    transaction.commit().await?;
    Ok(worth == Worth::News)
}

/// What a look is worth beside the one that is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Worth {
    /// It is of before, or says the same too soon.
    Nothing,
    /// It says the same, later.
    Time,
    /// It says something else.
    News,
}

impl Worth {
    fn of(known: Option<&Check>, new: &Check) -> Self {
        match known {
            None => Self::News,
            Some(known) if new.at < known.at => Self::Nothing,
            Some(known) if known.differs(new) => Self::News,
            Some(known) if new.at.since(known.at) >= CHECK_RECORDED_EVERY => Self::Time,
            Some(_) => Self::Nothing,
        }
    }
}
