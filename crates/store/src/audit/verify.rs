//! Checking the chain and the seal.

use edgeward_domain::audit::{Broken as Gap, follows};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::append::{THE_HEAD, to_hash};
use super::row::{to_entry, to_number};
use super::{AuditKey, Checked, MAX_CHECKED, Position};
use crate::database::fault::Broken;
use crate::database::people::{audit, audit_head};

pub(super) async fn verify(
    reading: &DatabaseTransaction,
    key: &AuditKey,
    from: Position,
    limit: u64,
) -> Result<Checked, Broken> {
    let head = audit_head::Entity::find_by_id(THE_HEAD)
        .one(reading)
        .await?
        .ok_or_else(|| Broken::corrupt("an audit log without a head", THE_HEAD))?;
    let total = to_number(head.number)?;
    let limit = limit.clamp(1, MAX_CHECKED);
    let mut select = audit::Entity::find().order_by_asc(audit::Column::Number);
    // Before the first, so that nothing hides below it.
    if let Some(after) = i64::try_from(from.number).ok().filter(|after| *after > 0) {
        select = select.filter(audit::Column::Number.gt(after));
    }
    let rows = select.limit(limit).all(reading).await?;
    let end = (rows.len() as u64) < limit;
    let mut to = from;
    let found = |to, broken, end| Checked {
        to,
        broken,
        end,
        total,
    };
    for row in rows {
        let number = row.number;
        // What cannot even be read is not what was written.
        let checked = match to_entry(row) {
            Ok(entry) => follows(to.number, &to.hash, &entry).map(|()| entry),
            Err(_) => Err(Gap::Altered(to_number(number).unwrap_or(to.number + 1))),
        };
        match checked {
            Ok(entry) => {
                to = Position {
                    number: entry.number,
                    hash: entry.hash,
                };
            }
            Err(gap) => return Ok(found(to, Some(gap), end)),
        }
    }
    let broken = if end {
        at_the_end(key, to, &head)?
    } else {
        None
    };
    Ok(found(to, broken, end))
}

/// What is wrong with the last entry, compared with what was sealed.
fn at_the_end(
    key: &AuditKey,
    last: Position,
    head: &audit_head::Model,
) -> Result<Option<Gap>, Broken> {
    let number = to_number(head.number)?;
    if last.number < number {
        return Ok(Some(Gap::Missing(last.number + 1)));
    }
    if last.number > number {
        // Written by somebody who did not move the head.
        return Ok(Some(Gap::Detached(number + 1)));
    }
    let nothing_yet = number == 0 && head.seal.is_empty();
    let genuine = to_hash(&head.hash).is_ok_and(|hash| hash == last.hash)
        && (nothing_yet || key.sealed(number, &last.hash, &head.seal));
    Ok((!genuine).then_some(Gap::Seal(number)))
}
