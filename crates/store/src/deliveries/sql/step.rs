//! Writing down how far a service of a delivery is.

use std::convert::Infallible;

use edgeward_domain::Moment;
use edgeward_domain::rollout::State;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use uuid::Uuid;

use super::super::Step;
use super::super::row::{to_state, to_step};
use crate::Side;
use crate::database::deliveries::{delivery, delivery_before, delivery_target};
use crate::database::fault::{Broken, Fault};
use crate::database::text::storable;
use crate::database::{Database, Writing};

/// What is written down.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) side: Side,
    pub(super) step: Step,
    pub(super) before: Option<&'a str>,
    pub(super) message: &'a str,
}

pub(super) async fn write(
    database: &Database,
    id: Uuid,
    service: Uuid,
    written: Written<'_>,
    now: Moment,
) -> Result<bool, Fault<Infallible>> {
    let transaction = database.write().await?;
    // Before the service's own row, as whoever changes the delivery does.
    let Some(state) = state(&transaction, id).await? else {
        return Ok(false);
    };
    let row = delivery_target::Entity::find_by_id((id, service))
        .lock_exclusive()
        .one(&*transaction)
        .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    let current = match written.side {
        Side::Doing => Some(row.step.as_str()),
        Side::Undoing => row.undo.as_deref(),
    };
    let Some(current) = current.map(to_step).transpose()? else {
        return Ok(false);
    };
    let Some(step) = after(state, written.side, current, written.step) else {
        return Ok(false);
    };
    let mut changed = delivery_target::ActiveModel {
        delivery_id: sea_orm::Unchanged(id),
        service_id: sea_orm::Unchanged(service),
        changed_at: Set(Some(now.as_micros())),
        ..Default::default()
    };
    match written.side {
        Side::Doing => {
            changed.step = Set(step.as_str().to_owned());
            changed.message = Set(storable(written.message));
            let mut has_before = row.has_before;
            if let Some(text) = written.before.filter(|_| !has_before) {
                keep(&transaction, id, service, text).await?;
                has_before = true;
                changed.has_before = Set(true);
            }
            if step == Step::Done && state == State::Undoing && has_before {
                changed.undo = Set(Some(Step::Waiting.as_str().to_owned()));
            }
        }
        Side::Undoing => {
            changed.undo = Set(Some(step.as_str().to_owned()));
            changed.undo_message = Set(storable(written.message));
        }
    }
    changed.update_without_returning(&*transaction).await?;
    transaction.commit_without_notes().await?;
    Ok(true)
}

/// A delivery's state, which does not change before the transaction's end.
async fn state(transaction: &Writing<'_>, id: Uuid) -> Result<Option<State>, Broken> {
    let word: Option<String> = delivery::Entity::find_by_id(id)
        .select_only()
        .column(delivery::Column::State)
        .lock_shared()
        .into_tuple()
        .one(&**transaction)
        .await?;
    word.as_deref().map(to_state).transpose()
}

/// How far a service is then that is so far now; none if that is not to be.
fn after(state: State, side: Side, current: Step, wanted: Step) -> Option<Step> {
    let (goes_on, is_called_off) = match side {
        Side::Doing => (
            state == State::Running,
            !matches!(state, State::Running | State::Paused),
        ),
        Side::Undoing => (state == State::Undoing, state != State::Undoing),
    };
    if current.has_ended() || (current == Step::Waiting && wanted != Step::Waiting && !goes_on) {
        return None;
    }
    if wanted == Step::Waiting && is_called_off {
        return Some(Step::Cancelled);
    }
    Some(wanted)
}

/// Writes a service's configuration from before down.
async fn keep(
    transaction: &Writing<'_>,
    id: Uuid,
    service: Uuid,
    text: &str,
) -> Result<(), Broken> {
    let row = delivery_before::ActiveModel {
        delivery_id: Set(id),
        service_id: Set(service),
        text: Set(storable(text)),
    };
    delivery_before::Entity::insert(row)
        .exec_without_returning(&**transaction)
        .await?;
    Ok(())
}
