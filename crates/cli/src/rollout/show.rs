//! Rollouts as they are printed.

use edgeward_api::action::State as ActionState;
use edgeward_api::list::List;
use edgeward_api::rollout::{Counts, Preview, PreviewDevice, Rollout, RolloutDevice};

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::output;

pub(super) fn preview(global: &Global, preview: &Preview) -> Result<(), CliError> {
    if matches!(global.output, Output::Json) {
        return output::json(preview);
    }
    let row = |device: &PreviewDevice| {
        vec![
            device.device_name.to_string(),
            device.wave.to_string(),
            if device.online { "yes" } else { "away" }.to_owned(),
            output::or_dash(&device.why.join("; ")),
            device.effect.clone(),
            device.undo.clone(),
        ]
    };
    output::list(
        global,
        &preview.devices,
        preview.total,
        &["DEVICE", "WAVE", "HERE", "WHY", "WHAT", "UNDONE BY"],
        row,
        "no device matches",
    )?;
    let waves: Vec<String> = preview.waves.iter().map(u64::to_string).collect();
    output::note(&format!(
        "{} chosen, {} of them away; waves of {}",
        super::devices(preview.total),
        preview.offline,
        output::or_dash(&waves.join(", "))
    ));
    Ok(())
}

pub(super) fn list(global: &Global, rollouts: &List<Rollout>) -> Result<(), CliError> {
    let row = |rollout: &Rollout| {
        vec![
            rollout.id.to_string(),
            rollout.name.to_string(),
            what(rollout),
            state(rollout),
            format!("{} of {}", rollout.begun, rollout.waves.len()),
            format!("{} of {}", rollout.counts.done, total(&rollout.counts)),
            rollout.counts.failed.to_string(),
            output::time(rollout.created_at),
            rollout.created_by.clone(),
        ]
    };
    output::list(
        global,
        &rollouts.items,
        rollouts.total,
        &[
            "ID", "NAME", "WHAT", "STATE", "WAVES", "DONE", "FAILED", "MADE", "BY",
        ],
        row,
        "no rollout matches; see what one would do with: edgeward rollout preview refresh <snap> --project <name>",
    )
}

pub(super) fn one(global: &Global, rollout: &Rollout) -> Result<(), CliError> {
    let place = match rollout.project_id {
        Some(project) => format!("project {project}"),
        None => format!("organisation {}", rollout.organisation_id),
    };
    let mut lines = vec![
        ("id", rollout.id.to_string()),
        ("name", rollout.name.to_string()),
        ("what", what(rollout)),
        ("where", place),
        ("state", state(rollout)),
        ("devices", counted(&rollout.counts)),
    ];
    for (number, wave) in rollout.waves.iter().enumerate() {
        let begun = u64::try_from(number).is_ok_and(|number| number < rollout.begun);
        let text = counted(wave);
        lines.push((
            "wave",
            format!(
                "{} ({text}){}",
                number + 1,
                if begun { "" } else { ", not begun" }
            ),
        ));
    }
    if total(&rollout.undo) > 0
        && matches!(
            rollout.state,
            edgeward_api::rollout::State::Undoing | edgeward_api::rollout::State::Undone
        )
    {
        lines.push(("undoing", counted(&rollout.undo)));
    }
    lines.push((
        "failures",
        format!(
            "{} so far; it pauses after more than {}",
            rollout.counts.failed,
            rollout.plan.failure_limit.as_deref().unwrap_or("0")
        ),
    ));
    lines.push((
        "made",
        format!(
            "{} by {}",
            output::time(rollout.created_at),
            rollout.created_by
        ),
    ));
    output::one(global, rollout, lines)
}

pub(super) fn devices(global: &Global, devices: &List<RolloutDevice>) -> Result<(), CliError> {
    let word = |state: Option<ActionState>, message: &str| match state {
        None => "waiting".to_owned(),
        Some(state) if message.is_empty() => output::word(&state),
        Some(state) => format!("{}: {message}", output::word(&state)),
    };
    let row = |device: &RolloutDevice| {
        vec![
            device.device_name.to_string(),
            device.wave.to_string(),
            word(device.state, &device.message),
            match device.undo_state {
                None => "-".to_owned(),
                state => word(state, &device.undo_message),
            },
            device
                .action_id
                .map_or_else(|| "-".to_owned(), |id| id.to_string()),
        ]
    };
    output::list(
        global,
        &devices.items,
        devices.total,
        &["DEVICE", "WAVE", "STATE", "UNDOING", "ACTION"],
        row,
        "the rollout has no devices",
    )
}

fn what(rollout: &Rollout) -> String {
    let action = &rollout.action;
    let parts = [&action.name, &action.snap, &action.data];
    let parts: Vec<&str> = parts
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}

fn state(rollout: &Rollout) -> String {
    let state = output::word(&rollout.state);
    if rollout.reason.is_empty() {
        state
    } else {
        format!("{state}: {}", rollout.reason)
    }
}

const fn total(counts: &Counts) -> u64 {
    counts.waiting
        + counts.queued
        + counts.under_way
        + counts.done
        + counts.failed
        + counts.expired
        + counts.cancelled
}

/// Such as `3 devices: 2 done, 1 failed`.
fn counted(counts: &Counts) -> String {
    let parts = [
        (counts.waiting, "waiting"),
        (counts.queued, "away"),
        (counts.under_way, "at it"),
        (counts.done, "done"),
        (counts.failed, "failed"),
        (counts.expired, "expired"),
        (counts.cancelled, "called off"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let devices = super::devices(total(counts));
    if parts.is_empty() {
        devices
    } else {
        format!("{devices}: {}", parts.join(", "))
    }
}
