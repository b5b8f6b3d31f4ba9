//! Deliveries' states change.

use edgeward_domain::Moment;
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, Rollout};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::super::Step;
use super::super::row::changing;
use super::{about, list};
use crate::RolloutChangeRefusal;
use crate::database::deliveries::{delivery, delivery_target};
use crate::database::fault::{Broken, Fault};
use crate::database::{Database, Writing};

pub(super) async fn change(
    database: &Database,
    id: Uuid,
    change: &Change,
    by: &By,
    now: Moment,
) -> Result<(), Fault<RolloutChangeRefusal>> {
    let mut transaction = database.write().await?;
    let view = list::locked(&*transaction, id)
        .await?
        .ok_or(Fault::Rule(RolloutChangeRefusal::Unknown))?;
    let before = view.course;
    let after = before
        .after(change, &view.standing, now)
        .map_err(|refusal| Fault::Rule(refusal.into()))?;
    if Rollout::calls_off(change) {
        call_off(&transaction, id, now).await?;
    }
    if matches!(change, Change::Undo) {
        ask_to_undo(&transaction, id).await?;
    }
    let row = delivery::ActiveModel {
        id: sea_orm::Unchanged(id),
        ..changing(&after)
    };
    row.update_without_returning(&*transaction).await?;
    let said = |course: &Rollout| json!({ "state": course.state.as_str(), "waves_begun": course.begun, "reason": course.reason });
    let note = about(word(change), &after)
        .before(said(&before))
        .after(said(&after));
    transaction.note(note, by, now);
    Ok(transaction.commit().await?)
}

/// The stable word, as in the audit log.
const fn word(change: &Change) -> &'static str {
    match change {
        Change::BeginWave => "delivery.begin_wave",
        Change::Pause(_) => "delivery.pause",
        Change::Resume => "delivery.resume",
        Change::Abort => "delivery.abort",
        Change::Undo => "delivery.undo",
        Change::Finish => "delivery.finish",
    }
}

/// Cancels what waits, on either side.
async fn call_off(transaction: &Writing<'_>, id: Uuid, now: Moment) -> Result<(), Broken> {
    use delivery_target::Column;
    for column in [Column::Step, Column::Undo] {
        delivery_target::Entity::update_many()
            .col_expr(column, Expr::value(Step::Cancelled.as_str()))
            .col_expr(Column::ChangedAt, Expr::value(now.as_micros()))
            .filter(Column::DeliveryId.eq(id))
            .filter(column.eq(Step::Waiting.as_str()))
            .exec(&**transaction)
            .await?;
    }
    Ok(())
}

/// What was done waits for its undoing, where there is a way back and it was not begun before.
async fn ask_to_undo(transaction: &Writing<'_>, id: Uuid) -> Result<(), Broken> {
    use delivery_target::Column;
    let not_begun = Condition::any()
        .add(Column::Undo.is_null())
        .add(Column::Undo.eq(Step::Cancelled.as_str()));
    delivery_target::Entity::update_many()
        .col_expr(Column::Undo, Expr::value(Step::Waiting.as_str()))
        .filter(Column::DeliveryId.eq(id))
        .filter(Column::Step.eq(Step::Done.as_str()))
        .filter(Column::HasBefore.eq(true))
        .filter(not_begun)
        .exec(&**transaction)
        .await?;
    Ok(())
}
