//! Hosted services between rows and domain types.

use edgeward_domain::Moment;
use edgeward_domain::hosting::{Course, Hosted, Reported, Step, Wish};
use edgeward_ids::{AgentId, OfferName, ServiceId};

use super::{Capability, HostedView};
use crate::database::fault::Broken;
use crate::database::hosting::{hosted_service, hosting_agent};
use crate::database::text::storable;

/// A hosted service's row.
pub(super) fn to_model(
    agent: AgentId,
    offer: &OfferName,
    service: Option<ServiceId>,
    hosted: &Hosted,
) -> hosted_service::Model {
    let course = &hosted.course;
    let reported = course.reported.as_ref();
    hosted_service::Model {
        agent_id: agent.as_uuid(),
        offer: offer.to_string(),
        service_id: service.map(|id| id.as_uuid()),
        generation: signed(course.generation),
        wish: course.wish.as_str().to_owned(),
        running: course.running,
        restarts: signed(course.restarts),
        spec: hosted.spec.clone(),
        spec_before: hosted.spec_before.clone(),
        taken_generation: signed(course.taken),
        reported_generation: reported.map(|reported| signed(reported.generation)),
        reported_step: reported
            .map_or("", |reported| reported.step.as_str())
            .to_owned(),
        reported_running: reported.is_some_and(|reported| reported.running),
        present: reported.map_or_else(String::new, |reported| storable(&reported.present)),
        message: reported.map_or_else(String::new, |reported| storable(&reported.message)),
        ordered_at: course.ordered_at.as_micros(),
        changed_at: course.changed_at.as_micros(),
    }
}

/// What is wished, how far its agent is, and what it is made of.
pub(super) fn to_hosted(row: &hosted_service::Model) -> Result<Hosted, Broken> {
    Ok(Hosted {
        course: to_course(row)?,
        spec: row.spec.clone(),
        spec_before: row.spec_before.clone(),
    })
}

/// What is wished, and how far its agent is.
pub(super) fn to_course(row: &hosted_service::Model) -> Result<Course, Broken> {
    let wish = Wish::ALL.into_iter().find(|wish| wish.as_str() == row.wish);
    let reported = row
        .reported_generation
        .map(|generation| {
            let step = Step::ALL
                .into_iter()
                .find(|step| step.as_str() == row.reported_step);
            Ok::<_, Broken>(Reported {
                generation: generation.unsigned_abs(),
                step: step.ok_or_else(|| {
                    Broken::corrupt("a hosted service's step", &row.reported_step)
                })?,
                running: row.reported_running,
                present: row.present.clone(),
                message: row.message.clone(),
            })
        })
        .transpose()?;
    Ok(Course {
        wish: wish.ok_or_else(|| Broken::corrupt("a hosted service's wish", &row.wish))?,
        running: row.running,
        restarts: row.restarts.unsigned_abs(),
        generation: row.generation.unsigned_abs(),
        taken: row.taken_generation.unsigned_abs(),
        reported,
        ordered_at: Moment::from_micros(row.ordered_at),
        changed_at: Moment::from_micros(row.changed_at),
    })
}

pub(super) fn to_view(
    row: &hosted_service::Model,
    wants_tokens: bool,
) -> Result<HostedView, Broken> {
    Ok(HostedView {
        agent: AgentId::from_uuid(row.agent_id),
        offer: to_offer(&row.offer)?,
        service: row.service_id.map(ServiceId::from_uuid),
        wants_tokens,
        hosted: to_hosted(row)?,
    })
}

pub(crate) fn to_offer(text: &str) -> Result<OfferName, Broken> {
    text.parse()
        .map_err(|_| Broken::corrupt("an offer's name", text))
}

pub(super) fn to_capability(row: hosting_agent::Model) -> Capability {
    let version = row.engine_version.unwrap_or_default();
    Capability {
        engine: row.engine_name.map(|name| (name, version)),
        snaps: row.snaps,
        problem: row.problem,
    }
}

pub(super) fn to_agent_model(
    agent: AgentId,
    capability: &Capability,
    now: Moment,
) -> hosting_agent::Model {
    let engine = capability.engine.as_ref();
    hosting_agent::Model {
        agent_id: agent.as_uuid(),
        engine_name: engine.map(|(name, _)| storable(name)),
        engine_version: engine.map(|(_, version)| storable(version)),
        snaps: capability.snaps,
        problem: storable(&capability.problem),
        reported_at: now.as_micros(),
    }
}

/// As the database counts; whoever reports more than it can harms only itself.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
