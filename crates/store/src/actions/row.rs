//! Actions between rows and domain types.

use edgeward_domain::Moment;
use edgeward_domain::action::{Action, Progress, State};
use edgeward_ids::{ActionId, AgentId, RolloutId};
use sea_orm::Set;

use crate::database::fault::Broken;
use crate::database::text::storable;
use crate::database::twins::action;

/// The states in which an action has not ended.
pub(crate) const OPEN: [&str; 3] = ["queued", "sent", "running"];

pub(crate) fn to_action(row: action::Model) -> Result<Action, Broken> {
    let count = |number: i64| {
        u64::try_from(number).map_err(|_| Broken::corrupt("an action's progress", number))
    };
    let state = match row.state.as_str() {
        "queued" => State::Queued,
        "sent" => State::Sent,
        "running" => State::Running(Progress {
            change: row.change_id,
            label: row.label,
            done: count(row.done)?,
            total: count(row.total)?,
            cancelling: row.cancelling,
        }),
        "done" => State::Done(row.result.unwrap_or_else(|| "null".to_owned())),
        "failed" => State::Failed(row.message),
        "expired" => State::Expired,
        "cancelled" => State::Cancelled,
        other => return Err(Broken::corrupt("an action's state", other)),
    };
    Ok(Action {
        id: ActionId::from_uuid(row.id),
        agent: AgentId::from_uuid(row.agent_id),
        name: row.name,
        snap: row.snap,
        data: row.data,
        state,
        created_at: Moment::from_micros(row.created_at),
        created_by: row.created_by,
        not_after: Moment::from_micros(row.not_after),
        changed_at: Moment::from_micros(row.changed_at),
        sent_at: row.sent_at.map(Moment::from_micros),
        rollout: row.rollout_id.map(RolloutId::from_uuid),
    })
}

pub(crate) fn to_row(action: &Action) -> Result<action::ActiveModel, Broken> {
    let count = |number: u64| {
        i64::try_from(number).map_err(|_| Broken::corrupt("an action's progress", number))
    };
    let progress = match &action.state {
        State::Running(progress) => progress.clone(),
        _ => Progress::default(),
    };
    let (result, message) = match &action.state {
        State::Done(result) => (Some(storable(result)), String::new()),
        State::Failed(message) => (None, storable(message)),
        _ => (None, String::new()),
    };
    Ok(action::ActiveModel {
        id: Set(action.id.as_uuid()),
        agent_id: Set(action.agent.as_uuid()),
        name: Set(action.name.clone()),
        snap: Set(storable(&action.snap)),
        data: Set(storable(&action.data)),
        state: Set(action.state.as_str().to_owned()),
        result: Set(result),
        message: Set(message),
        change_id: Set(progress.change.as_deref().map(storable)),
        label: Set(storable(&progress.label)),
        done: Set(count(progress.done)?),
        total: Set(count(progress.total)?),
        cancelling: Set(progress.cancelling),
        created_at: Set(action.created_at.as_micros()),
        created_by: Set(storable(&action.created_by)),
        not_after: Set(action.not_after.as_micros()),
        changed_at: Set(action.changed_at.as_micros()),
        sent_at: Set(action.sent_at.map(Moment::as_micros)),
        rollout_id: Set(action.rollout.map(|id| id.as_uuid())),
    })
}
