//! Deliveries as they are printed.

use edgeward_api::delivery::{
    DeliveredService, Delivery, DeliveryPreview, Difference, PreviewedService,
};
use edgeward_api::list::List;
use edgeward_api::rollout::{Counts, State};

use crate::arguments::{Global, Output};
use crate::error::CliError;
use crate::output;

pub(super) fn preview(global: &Global, preview: &DeliveryPreview) -> Result<(), CliError> {
    if matches!(global.output, Output::Json) {
        return output::json(preview);
    }
    let rows: Vec<Vec<String>> = preview.services.iter().flat_map(previewed).collect();
    output::table(
        &["SERVICE", "WAVE", "WHERE", "IS", "WOULD BE"],
        rows.into_iter(),
    )?;
    let more = preview.total.saturating_sub(preview.services.len() as u64);
    if more > 0 {
        output::note(&format!("{} more are not shown", super::services(more)));
    }
    Ok(())
}

/// A row for each difference.
fn previewed(service: &PreviewedService) -> Vec<Vec<String>> {
    let row = |place: String, before: String, after: String| {
        vec![
            service.name.to_string(),
            service.wave.to_string(),
            place,
            before,
            after,
        ]
    };
    let dash = || output::or_dash("");
    if let Some(problem) = &service.problem {
        return vec![row(
            format!("not possible now: {}", output::plain(problem)),
            dash(),
            dash(),
        )];
    }
    if service.differences.is_empty() {
        return vec![row("it is so already".to_owned(), dash(), dash())];
    }
    let shown = |value: &Option<String>| output::or_dash(value.as_deref().unwrap_or_default());
    let difference =
        |d: &Difference| row(output::plain(&d.path), shown(&d.before), shown(&d.after));
    service.differences.iter().map(difference).collect()
}

pub(super) fn list(global: &Global, deliveries: &List<Delivery>) -> Result<(), CliError> {
    let row = |delivery: &Delivery| {
        vec![
            delivery.id.to_string(),
            delivery.name.to_string(),
            what(delivery),
            state(delivery),
            format!("{} of {}", delivery.begun, delivery.waves.len()),
            format!("{} of {}", delivery.counts.done, total(&delivery.counts)),
            delivery.counts.failed.to_string(),
            output::time(delivery.created_at),
            output::plain(&delivery.created_by),
        ]
    };
    output::list(
        global,
        &deliveries.items,
        deliveries.total,
        &[
            "ID", "NAME", "WHAT", "STATE", "WAVES", "DONE", "FAILED", "MADE", "BY",
        ],
        row,
        "there are no deliveries; see what one would do with: edgeward delivery preview <template> --to <service>",
    )
}

pub(super) fn one(global: &Global, delivery: &Delivery) -> Result<(), CliError> {
    let mut lines = vec![
        ("Id", delivery.id.to_string()),
        ("Name", delivery.name.to_string()),
        ("What", what(delivery)),
        ("State", state(delivery)),
        ("Services", counted(&delivery.counts)),
    ];
    for (number, wave) in (1..).zip(&delivery.waves) {
        let begun = if number <= delivery.begun {
            ""
        } else {
            ", not begun"
        };
        lines.push(("Wave", format!("{number} ({}){begun}", counted(wave))));
    }
    if matches!(delivery.state, State::Undoing | State::Undone) {
        lines.push(("Undoing", counted(&delivery.undo)));
    }
    lines.push((
        "Failures",
        format!(
            "{} so far; it pauses after more than {}",
            delivery.counts.failed,
            delivery.plan.failure_limit.as_deref().unwrap_or("0")
        ),
    ));
    let made = output::time(delivery.created_at);
    let by = output::plain(&delivery.created_by);
    lines.push(("Made", format!("{made} by {by}")));
    output::one(global, delivery, lines)
}

pub(super) fn services(global: &Global, services: &List<DeliveredService>) -> Result<(), CliError> {
    let row = |service: &DeliveredService| {
        let undo = service.undo_state.map(|state| output::word(&state));
        let said = [&service.message, &service.undo_message];
        let said: Vec<&str> = said
            .into_iter()
            .map(String::as_str)
            .filter(|said| !said.is_empty())
            .collect();
        vec![
            service.name.to_string(),
            service.service_id.to_string(),
            service.wave.to_string(),
            output::word(&service.state),
            output::or_dash(undo.as_deref().unwrap_or_default()),
            output::or_dash(&said.join("; ")),
        ]
    };
    output::list(
        global,
        &services.items,
        services.total,
        &["SERVICE", "ID", "WAVE", "STATE", "UNDOING", "WHY"],
        row,
        "no service of the delivery is so far",
    )
}

fn what(delivery: &Delivery) -> String {
    format!(
        "{} version {} ({})",
        output::plain(&delivery.template_name),
        delivery.version,
        delivery.kind
    )
}

fn state(delivery: &Delivery) -> String {
    let state = output::word(&delivery.state);
    if delivery.reason.is_empty() {
        state
    } else {
        format!("{state}: {}", output::plain(&delivery.reason))
    }
}

fn counted(counts: &Counts) -> String {
    let parts = [
        (counts.done, "done"),
        (counts.failed, "failed"),
        (counts.under_way, "under way"),
        (counts.waiting, "waiting"),
        (counts.cancelled, "cancelled"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if parts.is_empty() {
        return "none".to_owned();
    }
    parts.join(", ")
}

fn total(counts: &Counts) -> u64 {
    counts.waiting + counts.under_way + counts.done + counts.failed + counts.cancelled
}
