//! Conversions between the rules and the REST API.

use std::time::Duration;

use edgeward_api::action::{State as ActionState, ToDo};
use edgeward_api::rollout as api;
use edgeward_api::selection::Selection;
use edgeward_domain::rollout::{Counts, MAX_WATCH, MAX_WAVES, Plan, Size, State};
use edgeward_store::{Asking, RolloutDevice, RolloutView};
use edgeward_wire::action::ActionRequest;

use crate::actions::lifetime;
use crate::api::ApiError;
use crate::timestamp;

/// The plan as it is given, checked.
pub(crate) fn plan(plan: &api::Plan) -> Result<Plan, ApiError> {
    if plan.waves.len() > MAX_WAVES {
        return Err(ApiError::invalid(format!(
            "the plan has {} waves; {MAX_WAVES} are allowed",
            plan.waves.len()
        )));
    }
    let size = |text: &str| -> Result<Size, ApiError> {
        let size: Size = text.parse().map_err(ApiError::invalid)?;
        Ok(size)
    };
    let waves: Vec<Size> = plan
        .waves
        .iter()
        .map(|wave| size(wave))
        .collect::<Result<_, _>>()?;
    if waves
        .iter()
        .any(|wave| matches!(wave, Size::Number(0) | Size::PerCent(0)))
    {
        return Err(ApiError::invalid("a wave has at least one device"));
    }
    let watch = Duration::from_secs(plan.watch_s);
    if watch > MAX_WATCH {
        return Err(ApiError::invalid(format!(
            "watch_s is {}; it must be at most {}",
            plan.watch_s,
            MAX_WATCH.as_secs()
        )));
    }
    let limit = plan.failure_limit.as_deref().map(size).transpose()?;
    Ok(Plan {
        waves,
        failure_limit: limit.unwrap_or(Size::NONE),
        watch,
        wait_for_away: plan.wait_for_away,
        include_later: plan.include_later,
        lifetime: lifetime(plan.expires_in_s)?,
    })
}

fn plan_to_api(plan: &Plan) -> api::Plan {
    api::Plan {
        waves: plan.waves.iter().map(Size::to_string).collect(),
        failure_limit: Some(plan.failure_limit.to_string()),
        watch_s: plan.watch.as_secs(),
        wait_for_away: plan.wait_for_away,
        include_later: plan.include_later,
        expires_in_s: Some(plan.lifetime.as_secs()),
    }
}

/// As the REST API shows it.
pub(crate) const fn state(state: State) -> api::State {
    match state {
        State::Running => api::State::Running,
        State::Paused => api::State::Paused,
        State::Aborted => api::State::Aborted,
        State::Done => api::State::Done,
        State::Undoing => api::State::Undoing,
        State::Undone => api::State::Undone,
    }
}

/// As the rules know it.
pub(crate) const fn state_from_api(state: api::State) -> State {
    match state {
        api::State::Running => State::Running,
        api::State::Paused => State::Paused,
        api::State::Aborted => State::Aborted,
        api::State::Done => State::Done,
        api::State::Undoing => State::Undoing,
        api::State::Undone => State::Undone,
    }
}

/// As the REST API shows them.
pub(crate) const fn counts(counts: &Counts) -> api::Counts {
    api::Counts {
        waiting: counts.waiting,
        queued: counts.queued,
        under_way: counts.under_way,
        done: counts.done,
        failed: counts.failed,
        expired: counts.expired,
        cancelled: counts.cancelled,
    }
}

/// As the REST API shows it.
pub(super) fn to_api(view: RolloutView) -> api::Rollout {
    let RolloutView {
        rollout,
        work,
        standing,
    } = view;
    // It was written by this program.
    let selection: Selection = serde_json::from_str(&work.selection).unwrap_or_default();
    api::Rollout {
        id: rollout.id,
        name: rollout.name,
        organisation_id: rollout.organisation,
        project_id: rollout.project,
        selection,
        action: ToDo {
            name: work.action,
            snap: work.snap,
            data: work.data,
        },
        plan: plan_to_api(&rollout.plan),
        state: state(rollout.state),
        reason: rollout.reason,
        begun: rollout.begun.into(),
        waves: standing.waves.iter().map(counts).collect(),
        counts: counts(&standing.all()),
        undo: counts(&standing.undo),
        created_at: timestamp(rollout.created_at),
        created_by: rollout.created_by,
        changed_at: timestamp(rollout.changed_at),
    }
}

/// A device of a rollout as the REST API shows it.
pub(super) fn device_to_api(device: RolloutDevice) -> api::RolloutDevice {
    let told = |asking: Option<Asking>| match asking {
        Some(asking) => (Some(asking.id), action_state(&asking.state), asking.message),
        None => (None, None, String::new()),
    };
    let (action_id, state, message) = told(device.action);
    let (undo_action_id, undo_state, undo_message) = told(device.undoing);
    api::RolloutDevice {
        device_id: device.agent,
        device_name: device.name,
        project_id: device.project,
        wave: device.wave.into(),
        state,
        message,
        action_id,
        undo: device
            .undo
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok()),
        undo_state,
        undo_message,
        undo_action_id,
    }
}

fn action_state(word: &str) -> Option<ActionState> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// An action as it is written down beside a device, and shown.
pub(super) fn todo(request: &ActionRequest) -> ToDo {
    ToDo {
        name: request.name.as_str().to_owned(),
        snap: request.snap.clone(),
        data: request.data.clone(),
    }
}
