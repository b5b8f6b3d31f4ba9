//! Hosted services: what is wished of one, how far its agent is with that, and what a report changes. What a service is made of is text without
//! meaning here.

mod naming;
mod transitions;

pub use naming::{MAX_OFFER_CHARS, offer_name};
pub use transitions::{Change, Heard, OrderRefusal};

use crate::Moment;

/// The most characters of a report's message that are kept.
pub const MAX_MESSAGE_CHARS: usize = 1000;

/// The most characters of what a report says is there that are kept.
pub const MAX_PRESENT_CHARS: usize = 300;

/// A hosted service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hosted {
    /// What is wished, and how far the agent is.
    pub course: Course,
    /// What it is to be made of.
    pub spec: String,
    /// What it was made of when it was last as wished; none until it was.
    pub spec_before: Option<String>,
}

/// What is wished of a hosted service, and how far its agent is with that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Course {
    /// Whether it is to be there at all.
    pub wish: Wish,
    /// Whether it is to run.
    pub running: bool,
    /// How often it was to be started again.
    pub restarts: u64,
    /// Counted up with each change of what is wished.
    pub generation: u64,
    /// The newest generation that the agent has said it has written down; 0 for none.
    pub taken: u64,
    /// What the agent last said; none where it does not have it.
    pub reported: Option<Reported>,
    /// When what is wished last changed.
    pub ordered_at: Moment,
    /// Since when it is as [`Course::state`] says.
    pub changed_at: Moment,
}

/// Whether a hosted service is to be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// It is.
    Present,
    /// It is to go, with its data.
    Destroyed,
    /// It stays, and is no longer ours.
    Released,
}

/// What an agent says of a service that it hosts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reported {
    /// Of the newest order that it has.
    pub generation: u64,
    /// How far it is with that.
    pub step: Step,
    /// Whether the service runs.
    pub running: bool,
    /// The image or channel that is there; empty if none is.
    pub present: String,
    /// What is being done, or what went wrong.
    pub message: String,
}

/// How far an agent is with an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// At work on it.
    UnderWay,
    /// It is as wished.
    Settled,
    /// It could not be made so, and nothing of it is there.
    Failed,
    /// It could not be made so; it is as it was before.
    Returned,
    /// The agent did not take the order.
    Refused,
}

/// How far a hosted service is, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The agent has not taken the newest wish.
    Waiting,
    /// The agent is at work.
    UnderWay,
    /// It runs.
    Running,
    /// It is stopped, as it is to be.
    Stopped,
    /// It should run, and does not.
    Down,
    /// It could not be made, or the agent did not take the order.
    Failed,
    /// It could not be made as wished, and is as it was before.
    Returned,
}

impl Wish {
    /// All.
    pub const ALL: [Self; 3] = [Self::Present, Self::Destroyed, Self::Released];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Destroyed => "destroyed",
            Self::Released => "released",
        }
    }
}

impl Step {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::UnderWay,
        Self::Settled,
        Self::Failed,
        Self::Returned,
        Self::Refused,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::Settled => "settled",
            Self::Failed => "failed",
            Self::Returned => "returned",
            Self::Refused => "refused",
        }
    }
}

impl Course {
    /// What the agent says of the newest wish; none where it has not said anything of that.
    fn answer(&self) -> Option<&Reported> {
        self.reported
            .as_ref()
            .filter(|reported| reported.generation == self.generation)
    }

    /// Whether the newest wish is still to be sent, or sent again.
    pub fn is_open(&self) -> bool {
        self.answer().is_none()
    }

    /// How far it is.
    pub fn state(&self) -> State {
        let Some(reported) = self.answer() else {
            return State::Waiting;
        };
        match (reported.step, reported.running, self.running) {
            (Step::UnderWay, ..) => State::UnderWay,
            (Step::Failed | Step::Refused, ..) => State::Failed,
            (Step::Returned, ..) => State::Returned,
            (Step::Settled, true, _) => State::Running,
            (Step::Settled, false, true) => State::Down,
            (Step::Settled, false, false) => State::Stopped,
        }
    }

    /// What is being done, or what went wrong, as long as it is about the newest wish.
    pub fn message(&self) -> Option<&str> {
        let message = self.answer()?.message.as_str();
        Some(message).filter(|message| !message.is_empty())
    }

    /// The image or channel that is there.
    pub fn present(&self) -> Option<&str> {
        let present = self.reported.as_ref()?.present.as_str();
        Some(present).filter(|present| !present.is_empty())
    }
}

#[cfg(test)]
mod tests;
