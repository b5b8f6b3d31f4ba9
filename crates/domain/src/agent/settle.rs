//! Bringing what an agent has recorded to what is recorded of it.

use super::{AgentState, Membership};

/// What to do about the difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// They agree, and that is known.
    Nothing,
    /// Send a signed `adopt` with this membership; again until it is reported.
    SendAdopt(Membership),
    /// Send a signed `release`; again until no membership is reported.
    SendRelease,
    /// They agree; write that down.
    MarkConfirmed,
}

/// The next step, from what is recorded of an agent and the membership that it reports.
pub fn next_step(recorded: &AgentState, reported: Option<&Membership>) -> Step {
    match (recorded, reported) {
        (AgentState::Unmanaged, None) => Step::Nothing,
        (AgentState::Unmanaged | AgentState::Released, Some(_)) => Step::SendRelease,
        (AgentState::Released, None) => Step::MarkConfirmed,
        (
            AgentState::Managed {
                membership,
                confirmed,
            },
            reported,
        ) => match (reported == Some(membership), confirmed) {
            (true, true) => Step::Nothing,
            (true, false) => Step::MarkConfirmed,
            (false, _) => Step::SendAdopt(membership.clone()),
        },
    }
}

/// What is to be recorded when an agent reports this membership, and the step that remains: never
/// [`Step::MarkConfirmed`], which is carried out here.
pub fn settle(recorded: &AgentState, reported: Option<&Membership>) -> (AgentState, Step) {
    let step = next_step(recorded, reported);
    match (&step, recorded) {
        (Step::Nothing, state) => (state.clone(), step),
        (Step::MarkConfirmed, AgentState::Managed { membership, .. }) => {
            (managed(membership, true), Step::Nothing)
        }
        (Step::MarkConfirmed, AgentState::Unmanaged | AgentState::Released) => {
            (AgentState::Unmanaged, Step::Nothing)
        }
        (Step::SendAdopt(membership), _) => (managed(membership, false), step.clone()),
        (Step::SendRelease, _) => (AgentState::Released, step),
    }
}

fn managed(membership: &Membership, confirmed: bool) -> AgentState {
    AgentState::Managed {
        membership: membership.clone(),
        confirmed,
    }
}
