//! Conversions between the rules and the REST API.

use std::time::Duration;

use edgeward_api::delivery as api;
use edgeward_api::template::Extent as ApiExtent;
use edgeward_domain::rollout::{Plan, Size};
use edgeward_ids::RolloutId;
use edgeward_pki::SecretBox;
use edgeward_products::{Difference, Extent};
use edgeward_store::{DeliveryView, Step, Target};

use super::step::extent;
use super::values;
use crate::api::ApiError;
use crate::rollouts;
use crate::timestamp;

/// The plan as it is given, checked.
pub(super) fn plan(plan: &api::DeliveryPlan) -> Result<Plan, ApiError> {
    let all = edgeward_api::rollout::Plan {
        waves: plan.waves.clone(),
        failure_limit: plan.failure_limit.clone(),
        watch_s: plan.watch_s,
        ..Default::default()
    };
    Ok(Plan {
        // A service that is away has failed; nothing is kept for it.
        lifetime: Duration::ZERO,
        ..rollouts::plan(&all)?
    })
}

/// As the REST API shows it.
pub(super) fn to_api(secrets: &SecretBox, view: DeliveryView) -> api::Delivery {
    let extent = extent_to_api(extent(&view.work.extent));
    let DeliveryView {
        course,
        work,
        standing,
    } = view;
    api::Delivery {
        id: course.id,
        name: course.name,
        organisation_id: course.organisation,
        project_id: course.project,
        template_id: work.template,
        template_name: work.template_name,
        version: work.version,
        kind: work.kind,
        extent,
        defaults: values::shown(secrets, course.id, &work.defaults),
        plan: api::DeliveryPlan {
            waves: course.plan.waves.iter().map(Size::to_string).collect(),
            failure_limit: Some(course.plan.failure_limit.to_string()),
            watch_s: course.plan.watch.as_secs(),
        },
        state: rollouts::state(course.state),
        reason: course.reason,
        begun: course.begun,
        waves: standing.waves.iter().map(rollouts::counts).collect(),
        counts: rollouts::counts(&standing.all()),
        undo: rollouts::counts(&standing.undo),
        created_at: timestamp(course.created_at),
        created_by: course.created_by,
        changed_at: timestamp(course.changed_at),
    }
}

/// A service of a delivery as the REST API shows it.
pub(super) fn target_to_api(
    secrets: &SecretBox,
    delivery: RolloutId,
    target: Target,
) -> api::DeliveredService {
    api::DeliveredService {
        service_id: target.service,
        name: target.name,
        wave: target.wave,
        values: values::shown(secrets, delivery, &target.values),
        state: step_to_api(target.step),
        message: target.message,
        changed_at: target.changed_at.map(timestamp),
        undo_state: target.undo.map(step_to_api),
        undo_message: target.undo_message,
    }
}

pub(super) const fn step_to_api(step: Step) -> api::Step {
    match step {
        Step::Waiting => api::Step::Waiting,
        Step::UnderWay => api::Step::UnderWay,
        Step::Done => api::Step::Done,
        Step::Failed => api::Step::Failed,
        Step::Cancelled => api::Step::Cancelled,
    }
}

pub(super) const fn step_from_api(step: api::Step) -> Step {
    match step {
        api::Step::Waiting => Step::Waiting,
        api::Step::UnderWay => Step::UnderWay,
        api::Step::Done => Step::Done,
        api::Step::Failed => Step::Failed,
        api::Step::Cancelled => Step::Cancelled,
    }
}

const fn extent_to_api(extent: Extent) -> ApiExtent {
    match extent {
        Extent::Whole => ApiExtent::Whole,
        Extent::Part => ApiExtent::Part,
    }
}

pub(super) fn difference_to_api(difference: Difference) -> api::Difference {
    api::Difference {
        path: difference.path,
        before: difference.before,
        after: difference.after,
    }
}
