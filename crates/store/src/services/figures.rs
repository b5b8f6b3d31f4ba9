//! What services say of themselves over time. As with looks at them, the audit log says nothing of it.

use std::convert::Infallible;

use edgeward_ids::ServiceId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QuerySelect, Set};

use crate::database::Database;
use crate::database::entity::{service, service_figures};
use crate::database::fault::Fault;

pub(super) async fn read(
    database: &Database,
    id: ServiceId,
) -> Result<Option<String>, Fault<Infallible>> {
    let found = service_figures::Entity::find_by_id(id.as_uuid());
    Ok(found.one(database.once()).await?.map(|row| row.series))
}

pub(super) async fn record(
    database: &Database,
    id: ServiceId,
    series: String,
) -> Result<bool, Fault<Infallible>> {
    let transaction = database.write().await?;
    // Held until the end, so that it cannot go between.
    let found = service::Entity::find_by_id(id.as_uuid()).lock_shared();
    if found.one(&*transaction).await?.is_none() {
        return Ok(false);
    }
    let row = service_figures::ActiveModel {
        service_id: Set(id.as_uuid()),
        series: Set(series),
    };
    service_figures::Entity::insert(row)
        .on_conflict(
            OnConflict::column(service_figures::Column::ServiceId)
                .update_column(service_figures::Column::Series)
                .to_owned(),
        )
        .exec_without_returning(&*transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}
