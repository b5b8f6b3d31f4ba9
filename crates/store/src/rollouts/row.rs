//! Rollouts between rows and domain types.

use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::rollout::{Counts, Plan, Rollout, Size, State};
use edgeward_ids::{OrganisationId, ProjectId, RolloutId};
use sea_orm::Set;

use super::Work;
use crate::database::fault::Broken;
use crate::database::rollouts::rollout;
use crate::database::text::{storable, to_name};

pub(super) fn to_rollout(row: rollout::Model) -> Result<(Rollout, Work), Broken> {
    let size = |text: &str| -> Result<Size, Broken> {
        text.parse()
            .map_err(|_| Broken::corrupt("a rollout's plan", text))
    };
    let duration = |micros: i64| Duration::from_micros(micros.unsigned_abs());
    let waves: Result<Vec<Size>, Broken> = row.waves.split_whitespace().map(size).collect();
    let rollout = Rollout {
        id: RolloutId::from_uuid(row.id),
        name: to_name(&row.name)?,
        organisation: OrganisationId::from_uuid(row.organisation_id),
        project: row.project_id.map(ProjectId::from_uuid),
        plan: Plan {
            waves: waves?,
            failure_limit: size(&row.failure_limit)?,
            watch: duration(row.watch),
            wait_for_away: row.wait_for_away,
            include_later: row.include_later,
            lifetime: duration(row.lifetime),
        },
        state: State::from_word(&row.state)
            .ok_or_else(|| Broken::corrupt("a rollout's state", &row.state))?,
        reason: row.reason,
        begun: row.begun.unsigned_abs(),
        forgiven: row.forgiven.unsigned_abs(),
        created_at: Moment::from_micros(row.created_at),
        created_by: row.created_by,
        changed_at: Moment::from_micros(row.changed_at),
    };
    let work = Work {
        selection: row.selection,
        action: row.action,
        snap: row.snap,
        data: row.data,
    };
    Ok((rollout, work))
}

pub(super) fn to_row(rollout: &Rollout, work: &Work) -> rollout::ActiveModel {
    let plan = &rollout.plan;
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let waves: Vec<String> = plan.waves.iter().map(Size::to_string).collect();
    rollout::ActiveModel {
        id: Set(rollout.id.as_uuid()),
        organisation_id: Set(rollout.organisation.as_uuid()),
        project_id: Set(rollout.project.map(|id| id.as_uuid())),
        name: Set(rollout.name.as_str().to_owned()),
        selection: Set(storable(&work.selection)),
        action: Set(work.action.clone()),
        snap: Set(storable(&work.snap)),
        data: Set(storable(&work.data)),
        waves: Set(waves.join(" ")),
        failure_limit: Set(plan.failure_limit.to_string()),
        watch: Set(micros(plan.watch)),
        wait_for_away: Set(plan.wait_for_away),
        include_later: Set(plan.include_later),
        lifetime: Set(micros(plan.lifetime)),
        created_at: Set(rollout.created_at.as_micros()),
        created_by: Set(storable(&rollout.created_by)),
        ..changing(rollout)
    }
}

/// What changes of a rollout.
pub(super) fn changing(rollout: &Rollout) -> rollout::ActiveModel {
    rollout::ActiveModel {
        state: Set(rollout.state.as_str().to_owned()),
        reason: Set(storable(&rollout.reason)),
        begun: Set(i32::try_from(rollout.begun).unwrap_or(i32::MAX)),
        forgiven: Set(i64::try_from(rollout.forgiven).unwrap_or(i64::MAX)),
        changed_at: Set(rollout.changed_at.as_micros()),
        ..Default::default()
    }
}

/// Adds so many devices whose action is in this state; none when they were not asked.
pub(super) fn add(counts: &mut Counts, state: Option<&str>, number: u64) -> Result<(), Broken> {
    let place = match state {
        None => &mut counts.waiting,
        Some("queued") => &mut counts.queued,
        Some("sent" | "running") => &mut counts.under_way,
        Some("done") => &mut counts.done,
        Some("failed") => &mut counts.failed,
        Some("expired") => &mut counts.expired,
        Some("cancelled") => &mut counts.cancelled,
        Some(other) => return Err(Broken::corrupt("an action's state", other)),
    };
    *place += number;
    Ok(())
}
