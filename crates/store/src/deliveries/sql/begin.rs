//! Deliveries come, and are forgotten.

use std::convert::Infallible;

use edgeward_domain::audit::By;
use edgeward_domain::rollout::{MAX_ENDED, MAX_UNDER_WAY, Rollout, State};
use edgeward_ids::ProjectId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Statement,
};
use serde_json::json;

use super::super::row::{to_row, to_target_row};
use super::super::{DeliveryWork, NewTarget};
use super::about;
use crate::RolloutRefusal;
use crate::database::deliveries::{delivery, delivery_target};
use crate::database::entity::project;
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, Guard, MAX_BOUND_VALUES, Writing};

/// How many values a service of a delivery binds.
const COLUMNS: usize = 11;

pub(super) async fn begin(
    database: &Database,
    course: &Rollout,
    work: &DeliveryWork,
    targets: &[NewTarget],
    by: &By,
) -> Result<(), Fault<RolloutRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::Rollouts).await?;
    let project = place(&transaction, course)
        .await?
        .ok_or(Fault::Rule(RolloutRefusal::UnknownPlace))?;
    let under_way = State::ALL.into_iter().filter(|state| state.is_under_way());
    let under_way = delivery::Entity::find()
        .filter(delivery::Column::OrganisationId.eq(course.organisation.as_uuid()))
        .filter(delivery::Column::State.is_in(under_way.map(State::as_str)))
        .count(&*transaction)
        .await?;
    if under_way >= MAX_UNDER_WAY {
        return Err(Fault::Rule(RolloutRefusal::TooMany));
    }
    delivery::Entity::insert(to_row(course, project, work))
        .exec_without_returning(&*transaction)
        .await?;
    for targets in targets.chunks(MAX_BOUND_VALUES / COLUMNS) {
        let rows = targets
            .iter()
            .map(|target| to_target_row(course.id.as_uuid(), target));
        delivery_target::Entity::insert_many(rows)
            .exec_without_returning(&*transaction)
            .await?;
    }
    let plan = &course.plan;
    let note = about("delivery.create", course).after(json!({
        "template": work.template_name,
        "version": work.version,
        "kind": work.kind,
        "services": targets.len(),
        "waves": plan.waves.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "failure_limit": plan.failure_limit.to_string(),
    }));
    transaction.note(note, by, course.created_at);
    Ok(transaction.commit().await?)
}

/// The course's project, if it is one of its organisation; it stays as long as the transaction does.
async fn place(transaction: &Writing<'_>, course: &Rollout) -> Result<Option<ProjectId>, Broken> {
    let Some(id) = course.project else {
        return Ok(None);
    };
    let found = project::Entity::find_by_id(id.as_uuid())
        .filter(project::Column::OrganisationId.eq(course.organisation.as_uuid()))
        .lock_shared()
        .one(&**transaction)
        .await?;
    Ok(found.map(|_| id))
}

pub(super) async fn forget_ended(database: &Database) -> Result<u64, Fault<Infallible>> {
    let transaction = database.write().await?;
    let sql = format!(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM (SELECT id, \
         row_number() OVER (PARTITION BY organisation_id ORDER BY id DESC) AS place FROM deliveries \
         WHERE state NOT IN ('running', 'paused', 'undoing')) AS ended WHERE place > {MAX_ENDED})"
    );
    let delete = Statement::from_string(transaction.get_database_backend(), sql);
    let gone = transaction.execute_raw(delete).await?.rows_affected();
    transaction.commit_without_notes().await?;
    Ok(gone)
}
