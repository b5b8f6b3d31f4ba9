//! Changing and deleting registrations.

use edgeward_domain::Moment;
use edgeward_domain::audit::By;
use edgeward_domain::device::{Registration, Status, asked_by_number};
use edgeward_ids::AgentId;
use sea_orm::EntityTrait;

use super::super::{RegistrationChange, RegistrationRefusal, RegistrationView, StatusChange};
use super::row;
use crate::agents::sql::remove_agents;
use crate::database::Database;
use crate::database::Guard;
use crate::database::devices::{clash, device};
use crate::database::fault::Fault;

pub(super) async fn change(
    database: &Database,
    id: AgentId,
    change: RegistrationChange,
    by: &By,
    now: Moment,
) -> Result<RegistrationView, Fault<RegistrationRefusal>> {
    let mut transaction = database.write().await?;
    let view = row::lock(&transaction, row::with_id(id))
        .await?
        .ok_or(Fault::Rule(RegistrationRefusal::Unknown))?;
    let before = &view.registration;
    let status = match change.status {
        None => before.status,
        Some(StatusChange::Disable) => Status::Disabled,
        Some(StatusChange::Enable) => Status::Waiting,
        Some(StatusChange::Number(number)) => asked_by_number(before.status, number)
            .map_err(|refusal| Fault::Rule(RegistrationRefusal::Status(refusal)))?,
    };
    let after = Registration {
        status,
        device_data: change
            .device_data
            .unwrap_or_else(|| before.device_data.clone()),
        ..before.clone()
    };
    if after != *before {
        row::update(&*transaction, &after).await?;
        let action = match (before.status == status, status) {
            (true, _) => "device.update",
            (false, Status::Disabled) => "device.disable",
            (false, _) => "device.enable",
        };
        let note = row::about(action, before)
            .before(row::shown(before))
            .after(row::shown(&after));
        transaction.note(note, by, now);
    }
    transaction.commit().await?;
    Ok(RegistrationView {
        registration: after,
        ..view
    })
}

pub(super) async fn delete(
    database: &Database,
    id: AgentId,
    by: &By,
    now: Moment,
) -> Result<RegistrationView, Fault<RegistrationRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Services).await?;
    let view = row::lock(&transaction, row::with_id(id))
        .await?
        .ok_or(Fault::Rule(RegistrationRefusal::Unknown))?;
    remove_agents(&transaction, &[id.as_uuid()]).await?;
    clash::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    device::Entity::delete_by_id(id.as_uuid())
        .exec(&*transaction)
        .await?;
    let before = &view.registration;
    let note = row::about("device.delete", before).before(row::shown(before));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(view)
}
