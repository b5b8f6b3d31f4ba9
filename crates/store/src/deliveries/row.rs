//! Deliveries between rows and domain types.

use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::rollout::{Counts, Plan, Rollout, Size, State};
use edgeward_ids::{OrganisationId, ProjectId, RolloutId, ServiceId, TemplateId};
use sea_orm::Set;
use uuid::Uuid;

use super::{DeliveryWork, NewTarget, Step, Target};
use crate::database::deliveries::{delivery, delivery_target};
use crate::database::fault::Broken;
use crate::database::text::{storable, to_name};

pub(super) fn to_delivery(row: delivery::Model) -> Result<(Rollout, DeliveryWork), Broken> {
    let size = |text: &str| -> Result<Size, Broken> {
        text.parse()
            .map_err(|_| Broken::corrupt("a delivery's plan", text))
    };
    let duration = |micros: i64| Duration::from_micros(micros.unsigned_abs());
    let waves: Result<Vec<Size>, Broken> = row.waves.split_whitespace().map(size).collect();
    let course = Rollout {
        id: RolloutId::from_uuid(row.id),
        name: to_name(&row.name)?,
        organisation: OrganisationId::from_uuid(row.organisation_id),
        project: Some(ProjectId::from_uuid(row.project_id)),
        plan: Plan {
            waves: waves?,
            failure_limit: size(&row.failure_limit)?,
            watch: duration(row.watch),
            wait_for_away: row.wait_for_away,
            include_later: row.include_later,
            lifetime: duration(row.lifetime),
        },
        state: to_state(&row.state)?,
        reason: row.reason,
        begun: row.begun.unsigned_abs(),
        forgiven: row.forgiven.unsigned_abs(),
        created_at: Moment::from_micros(row.created_at),
        created_by: row.created_by,
        changed_at: Moment::from_micros(row.changed_at),
    };
    let work = DeliveryWork {
        template: row.template_id.map(TemplateId::from_uuid),
        template_name: row.template_name,
        version: row.version.unsigned_abs(),
        kind: row.kind,
        extent: row.extent,
        text: row.text,
        defaults: row.defaults,
    };
    Ok((course, work))
}

pub(super) fn to_state(word: &str) -> Result<State, Broken> {
    State::from_word(word).ok_or_else(|| Broken::corrupt("a delivery's state", word))
}

pub(super) fn to_row(
    course: &Rollout,
    project: ProjectId,
    work: &DeliveryWork,
) -> delivery::ActiveModel {
    let plan = &course.plan;
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let waves: Vec<String> = plan.waves.iter().map(Size::to_string).collect();
    delivery::ActiveModel {
        id: Set(course.id.as_uuid()),
        organisation_id: Set(course.organisation.as_uuid()),
        project_id: Set(project.as_uuid()),
        name: Set(course.name.to_string()),
        template_id: Set(work.template.map(|id| id.as_uuid())),
        template_name: Set(storable(&work.template_name)),
        version: Set(i32::try_from(work.version).unwrap_or(i32::MAX)),
        kind: Set(storable(&work.kind)),
        extent: Set(storable(&work.extent)),
        defaults: Set(storable(&work.defaults)),
        waves: Set(waves.join(" ")),
        failure_limit: Set(plan.failure_limit.to_string()),
        watch: Set(micros(plan.watch)),
        wait_for_away: Set(plan.wait_for_away),
        include_later: Set(plan.include_later),
        lifetime: Set(micros(plan.lifetime)),
        created_at: Set(course.created_at.as_micros()),
        created_by: Set(storable(&course.created_by)),
        text: Set(storable(&work.text)),
        ..changing(course)
    }
}

/// What changes of a delivery.
pub(super) fn changing(course: &Rollout) -> delivery::ActiveModel {
    delivery::ActiveModel {
        state: Set(course.state.as_str().to_owned()),
        reason: Set(storable(&course.reason)),
        begun: Set(i32::try_from(course.begun).unwrap_or(i32::MAX)),
        forgiven: Set(i64::try_from(course.forgiven).unwrap_or(i64::MAX)),
        changed_at: Set(course.changed_at.as_micros()),
        ..Default::default()
    }
}

pub(super) fn to_target_row(delivery: Uuid, target: &NewTarget) -> delivery_target::ActiveModel {
    delivery_target::ActiveModel {
        delivery_id: Set(delivery),
        service_id: Set(target.service.as_uuid()),
        name: Set(target.name.to_string()),
        wave: Set(i32::try_from(target.wave).unwrap_or(i32::MAX)),
        given: Set(storable(&target.values)),
        step: Set(Step::Waiting.as_str().to_owned()),
        message: Set(String::new()),
        has_before: Set(false),
        changed_at: Set(None),
        undo: Set(None),
        undo_message: Set(String::new()),
    }
}

pub(super) fn to_target(row: delivery_target::Model) -> Result<Target, Broken> {
    Ok(Target {
        service: ServiceId::from_uuid(row.service_id),
        name: to_name(&row.name)?,
        wave: row.wave.unsigned_abs(),
        values: row.given,
        step: to_step(&row.step)?,
        message: row.message,
        has_before: row.has_before,
        changed_at: row.changed_at.map(Moment::from_micros),
        undo: row.undo.as_deref().map(to_step).transpose()?,
        undo_message: row.undo_message,
    })
}

pub(super) fn to_step(word: &str) -> Result<Step, Broken> {
    Step::from_word(word).ok_or_else(|| Broken::corrupt("a delivery's step", word))
}

/// Adds so many services that are so far.
pub(super) const fn add(counts: &mut Counts, step: Step, number: u64) {
    let place = match step {
        Step::Waiting => &mut counts.waiting,
        Step::UnderWay => &mut counts.under_way,
        Step::Done => &mut counts.done,
        Step::Failed => &mut counts.failed,
        Step::Cancelled => &mut counts.cancelled,
    };
    *place += number;
}
