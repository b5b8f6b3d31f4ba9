use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Entry, Note};
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::choose::walks;
use super::row::to_entry;
use super::verify::verify;
use super::{AuditFilter, AuditStore, Checked, MAX_ENTRIES, Position};
use crate::StoreError;
use crate::database::Database;
use crate::database::fault::{Broken, carry_out};
use crate::database::people::audit;

#[async_trait]
impl AuditStore for Database {
    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        carry_out("read the audit log", async {
            let before = before.map(|number| audit::Column::Number.lt(to_signed(number)));
            Ok(read(self, filter, before, Order::Desc, limit).await?)
        })
        .await
    }

    async fn export(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        carry_out("export the audit log", async {
            let after = audit::Column::Number.gt(to_signed(after));
            Ok(read(self, filter, Some(after), Order::Asc, limit).await?)
        })
        .await
    }

    async fn verify(&self, from: Position, limit: u64) -> Result<Checked, StoreError> {
        carry_out("check the audit log", async {
            let reading = self.read().await?;
            let checked = verify(&reading, self.audit_key(), from, limit).await?;
            reading.commit().await?;
            Ok(checked)
        })
        .await
    }

    async fn append(&self, note: Note, by: &By, now: Moment) -> Result<(), StoreError> {
        carry_out("append to the audit log", async {
            let mut transaction = self.write().await?;
            transaction.note(note, by, now);
            Ok(transaction.commit().await?)
        })
        .await
    }
}

async fn read(
    database: &Database,
    filter: &AuditFilter,
    end: Option<Expr>,
    order: Order,
    limit: u64,
) -> Result<Vec<Entry>, Broken> {
    let limit = limit.min(MAX_ENTRIES);
    let reading = database.read().await?;
    let end = || Condition::all().add_option(end.clone());
    let walks = walks(&reading, database.kind(), filter).await?;
    let rows = match walks.as_slice() {
        [walk] => {
            let select = audit::Entity::find().filter(walk.clone()).filter(end());
            let select = select.order_by(audit::Column::Number, order);
            select.limit(limit).all(&reading).await?
        }
        walks => {
            let mut numbers = Vec::new();
            for walk in walks {
                let condition = end().add(walk.clone());
                numbers.extend(walk_along(&reading, condition, order.clone(), limit).await?);
            }
            numbers.sort_unstable();
            numbers.dedup();
            if order == Order::Desc {
                numbers.reverse();
            }
            numbers.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            audit::Entity::find()
                .filter(audit::Column::Number.is_in(numbers))
                .order_by(audit::Column::Number, order)
                .all(&reading)
                .await?
        }
    };
    reading.commit().await?;
    rows.into_iter().map(to_entry).collect()
}

async fn walk_along(
    reading: &DatabaseTransaction,
    condition: Condition,
    order: Order,
    limit: u64,
) -> Result<Vec<i64>, Broken> {
    Ok(audit::Entity::find()
        .select_only()
        .column(audit::Column::Number)
        .filter(condition)
        .order_by(audit::Column::Number, order)
        .limit(limit)
        .into_tuple()
        .all(reading)
        .await?)
}

fn to_signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
