//! Rollouts come, grow and are forgotten.

use std::convert::Infallible;

use edgeward_domain::audit::By;
use edgeward_domain::rollout::{MAX_ENDED, MAX_UNDER_WAY, Rollout, State};
use edgeward_ids::AgentId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set,
    Statement,
};
use serde_json::json;
use uuid::Uuid;

use super::super::row::to_row;
use super::super::{RolloutRefusal, Work};
use super::about;
use crate::database::entity::{organisation, project};
use crate::database::fault::{Broken, Fault};
use crate::database::rollouts::{rollout, rollout_device};
use crate::database::{Database, Guard, MAX_BOUND_VALUES, Writing};

/// How many values a device of a rollout binds.
const COLUMNS: usize = 6;

pub(super) async fn begin(
    database: &Database,
    rollout: &Rollout,
    work: &Work,
    devices: &[(AgentId, u32)],
    by: &By,
) -> Result<(), Fault<RolloutRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Rollouts).await?;
    if !is_there(&transaction, rollout).await? {
        return Err(Fault::Rule(RolloutRefusal::UnknownPlace));
    }
    let under_way = State::ALL.into_iter().filter(|state| state.is_under_way());
    let under_way = rollout::Entity::find()
        .filter(rollout::Column::OrganisationId.eq(rollout.organisation.as_uuid()))
        .filter(rollout::Column::State.is_in(under_way.map(State::as_str)))
        .count(&*transaction)
        .await?;
    if under_way >= MAX_UNDER_WAY {
        return Err(Fault::Rule(RolloutRefusal::TooMany));
    }
    rollout::Entity::insert(to_row(rollout, work))
        .exec_without_returning(&*transaction)
        .await?;
    insert(&transaction, rollout.id.as_uuid(), devices).await?;
    let note = about("rollout.create", rollout).after(json!({
        "action": work.action,
        "snap": work.snap,
        "devices": devices.len(),
        "waves": rollout.plan.waves.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "failure_limit": rollout.plan.failure_limit.to_string(),
    }));
    transaction.note(note, by, rollout.created_at);
    Ok(transaction.commit().await?)
}

async fn is_there(transaction: &Writing<'_>, rollout: &Rollout) -> Result<bool, Broken> {
    let organisation = rollout.organisation.as_uuid();
    let found = match rollout.project {
        Some(id) => {
            project::Entity::find_by_id(id.as_uuid())
                .filter(project::Column::OrganisationId.eq(organisation))
                .count(&**transaction)
                .await?
        }
        None => {
            organisation::Entity::find_by_id(organisation)
                .count(&**transaction)
                .await?
        }
    };
    Ok(found > 0)
}

/// Adds devices; those that are there already stay as they are. How many were added.
async fn insert(
    transaction: &Writing<'_>,
    rollout: Uuid,
    devices: &[(AgentId, u32)],
) -> Result<u64, Broken> {
    let mut added = 0;
    for devices in devices.chunks(MAX_BOUND_VALUES / COLUMNS) {
        let rows = devices
            .iter()
            .map(|(agent, wave)| rollout_device::ActiveModel {
                rollout_id: Set(rollout),
                agent_id: Set(agent.as_uuid()),
                wave: Set(i32::try_from(*wave).unwrap_or(i32::MAX)),
                action_id: Set(None),
                undo: Set(None),
                undo_action_id: Set(None),
            });
        added += rollout_device::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    rollout_device::Column::RolloutId,
                    rollout_device::Column::AgentId,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(&**transaction)
            .await?;
    }
    Ok(added)
}

pub(super) async fn join(
    database: &Database,
    id: Uuid,
    agents: &[AgentId],
) -> Result<u64, Fault<Infallible>> {
    let transaction = database.write().await?;
    let running = rollout::Entity::find_by_id(id)
        .filter(rollout::Column::State.eq(State::Running.as_str()))
        .lock_exclusive()
        .one(&*transaction)
        .await?;
    let Some(running) = running else {
        return Ok(0);
    };
    let last: Option<i32> = rollout_device::Entity::find()
        .select_only()
        .column_as(rollout_device::Column::Wave.max(), "wave")
        .filter(rollout_device::Column::RolloutId.eq(id))
        .into_tuple()
        .one(&*transaction)
        .await?
        .flatten();
    // A wave that nobody was in, or whose devices have all gone, is still one that has begun.
    let wave = last.unwrap_or(1).max(running.begun).max(1).unsigned_abs();
    let devices: Vec<(AgentId, u32)> = agents.iter().map(|agent| (*agent, wave)).collect();
    let added = insert(&transaction, id, &devices).await?;
    transaction.commit_without_notes().await?;
    Ok(added)
}

pub(super) async fn forget_ended(database: &Database) -> Result<u64, Fault<Infallible>> {
    let transaction = database.write().await?;
    let sql = format!(
        "DELETE FROM rollouts WHERE id IN (SELECT id FROM (SELECT id, \
         row_number() OVER (PARTITION BY organisation_id ORDER BY id DESC) AS place FROM rollouts \
         WHERE state NOT IN ('running', 'paused', 'undoing')) AS ended WHERE place > {MAX_ENDED})"
    );
    let delete = Statement::from_string(transaction.get_database_backend(), sql);
    let gone = transaction.execute_raw(delete).await?.rows_affected();
    transaction.commit_without_notes().await?;
    Ok(gone)
}
