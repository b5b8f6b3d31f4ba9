//! Conversions between the wire, the rules and the REST API.

use edgeward_api::action as api;
use edgeward_domain::action::{Heard, Progress, State};
use edgeward_store::ActionView;
use edgeward_wire::action::{ActionRequest, BadAction, MAX_MESSAGE_CHARS, MAX_RESULT_BYTES, Step};

use crate::timestamp;

/// What is asked, checked.
pub(crate) fn to_request(todo: &api::ToDo) -> Result<ActionRequest, BadAction> {
    let request = ActionRequest {
        name: todo.name.parse()?,
        snap: todo.snap.clone(),
        data: todo.data.clone(),
    };
    request.check()?;
    Ok(request)
}

/// What a device says, within limits.
pub(super) fn heard(step: Step) -> Heard {
    match step {
        Step::Accepted => Heard::Running(Progress::default()),
        Step::Running {
            change,
            label,
            done,
            total,
        } => Heard::Running(Progress {
            change: change.map(|change| cut(&change)),
            label: cut(&label),
            done: done.min(i64::MAX.unsigned_abs()),
            total: total.min(i64::MAX.unsigned_abs()),
            cancelling: false,
        }),
        Step::Done { result } => {
            let text = result.to_string();
            Heard::Done(if text.len() <= MAX_RESULT_BYTES {
                text
            } else {
                "null".to_owned()
            })
        }
        Step::Failed { message } => Heard::Failed(cut(&message)),
        Step::Cancelled => Heard::Cancelled,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_MESSAGE_CHARS).collect()
}

/// An action as the REST API shows it.
pub(crate) fn to_api(view: ActionView) -> api::Action {
    let ActionView {
        action,
        device,
        organisation,
        project,
    } = view;
    let progress = match &action.state {
        State::Running(progress) => progress.clone(),
        _ => Progress::default(),
    };
    let (result, message) = match &action.state {
        State::Done(result) => (serde_json::from_str(result).ok(), String::new()),
        State::Failed(message) => (None, message.clone()),
        _ => (None, String::new()),
    };
    api::Action {
        id: action.id,
        device_id: action.agent,
        device_name: device,
        organisation_id: organisation,
        project_id: project,
        state: match action.state {
            State::Queued => api::State::Queued,
            State::Sent => api::State::Sent,
            State::Running(_) => api::State::Running,
            State::Done(_) => api::State::Done,
            State::Failed(_) => api::State::Failed,
            State::Expired => api::State::Expired,
            State::Cancelled => api::State::Cancelled,
        },
        label: progress.label,
        done: progress.done,
        total: progress.total,
        change: progress.change,
        cancelling: progress.cancelling,
        result,
        message,
        action: api::ToDo {
            name: action.name,
            snap: action.snap,
            data: action.data,
        },
        created_at: timestamp(action.created_at),
        created_by: action.created_by,
        expires_at: timestamp(action.not_after),
        changed_at: timestamp(action.changed_at),
        rollout_id: action.rollout,
    }
}
