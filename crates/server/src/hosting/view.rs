//! Hosted services as the REST API shows them.

use edgeward_api::service::{HostedProgress, HostedState, HostingAgent};
use edgeward_domain::hosting::{Course, State};

use crate::agents::Presence;
use crate::timestamp;

/// How far an agent is with a hosted service.
pub(crate) fn progress(course: &Course) -> HostedProgress {
    HostedProgress {
        state: match course.state() {
            State::Waiting => HostedState::Waiting,
            State::UnderWay => HostedState::UnderWay,
            State::Running => HostedState::Running,
            State::Stopped => HostedState::Stopped,
            State::Down => HostedState::Down,
            State::Failed => HostedState::Failed,
            State::Returned => HostedState::Returned,
        },
        present: course.present().map(str::to_owned),
        message: course.message().map(str::to_owned),
        since: timestamp(course.changed_at),
    }
}

pub(super) fn agent(found: edgeward_store::HostingAgent, presence: &Presence) -> HostingAgent {
    let capability = found.capability;
    let engine = capability.engine.map(|(name, version)| {
        let shown = format!("{name} {version}");
        shown.trim_end().to_owned()
    });
    HostingAgent {
        agent_id: found.agent,
        agent_name: found.name,
        online: presence.is_online(found.agent),
        engine,
        snaps: capability.snaps,
        problem: Some(capability.problem).filter(|problem| !problem.is_empty()),
        services: found.services,
    }
}
