//! Identities that are in two places.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::audit::By;
use edgeward_ids::AgentId;
use sea_orm::{EntityTrait, QuerySelect, Set};
use serde_json::json;

use super::row;
use crate::agents::sql::note_about;
use crate::database::Database;
use crate::database::devices::clash;
use crate::database::fault::Fault;
use crate::database::text::storable;

/// Who notices.
const WATCH: &str = "identity watch";

pub(super) async fn record(
    database: &Database,
    id: AgentId,
    addresses: &str,
    now: Moment,
) -> Result<u64, Fault<Infallible>> {
    let mut transaction = database.write().await?;
    let before = clash::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&*transaction)
        .await?
        .map_or(0, |row| row.count);
    let model = clash::ActiveModel {
        agent_id: Set(id.as_uuid()),
        count: Set(before + 1),
        last_at: Set(now.as_micros()),
        addresses: Set(storable(addresses)),
    };
    let columns = [
        clash::Column::Count,
        clash::Column::LastAt,
        clash::Column::Addresses,
    ];
    clash::Entity::insert(model)
        .on_conflict(
            sea_orm::sea_query::OnConflict::column(clash::Column::AgentId)
                .update_columns(columns)
                .to_owned(),
        )
        .exec_without_returning(&*transaction)
        .await?;
    let action = "device.clash";
    let note = match row::find(&*transaction, row::with_id(id)).await? {
        Some(view) => Some(row::about(action, &view.registration)),
        None => note_about(&transaction, action, id).await?,
    };
    if let Some(note) = note {
        let note = note.after(json!({ "addresses": addresses, "noticed": before + 1 }));
        transaction.note(note, &By::system(WATCH), now);
    }
    transaction.commit().await?;
    Ok((before + 1).unsigned_abs())
}
