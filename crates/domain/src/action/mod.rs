//! Actions on one device, each to its end. What an action does is not known here, only how far it is.
//!
//! ```text
//! queued → sent → running → done | failed | cancelled
//!    └──────┴────────┴────→ expired (queued, sent), failed (running: not heard of for too long), cancelled
//! ```

use std::time::Duration;

use edgeward_ids::{ActionId, AgentId, RolloutId};

use crate::Moment;

/// How long an action may wait for its device, unless it says otherwise.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// The longest that an action may wait for its device.
pub const MAX_LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// How long nothing may be heard of an action that a device has begun.
pub const SILENCE_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// How many actions may wait for one device.
pub const MAX_WAITING: u64 = 100;

/// How many ended actions are kept for each device; the oldest are forgotten beyond.
pub const MAX_ENDED: u64 = 500;

/// The longest message, in characters.
pub const MAX_MESSAGE_CHARS: usize = 4000;

/// An action on one device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// The id, also on the wire.
    pub id: ActionId,
    /// On which device.
    pub agent: AgentId,
    /// What to do, by name.
    pub name: String,
    /// The snap that it is about; may be empty.
    pub snap: String,
    /// More, as the action needs it; may be empty.
    pub data: String,
    /// How far it is.
    pub state: State,
    /// When it was asked for.
    pub created_at: Moment,
    /// By whom, by name.
    pub created_by: String,
    /// From when on it is not begun any more.
    pub not_after: Moment,
    /// When the state last changed, or was last confirmed.
    pub changed_at: Moment,
    /// When it was last sent.
    pub sent_at: Option<Moment>,
    /// The rollout that it belongs to, if it does.
    pub rollout: Option<RolloutId>,
}

/// How far an action is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It waits for the device.
    Queued,
    /// It was sent; whether it arrived is not known.
    Sent,
    /// The device has written it down or is doing it.
    Running(Progress),
    /// It was done; what came of it, as JSON.
    Done(String),
    /// It was not done, or not wholly; why.
    Failed(String),
    /// Its time was over before the device had it.
    Expired,
    /// It was called off.
    Cancelled,
}

/// How far the device is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// snapd's change, if there is one.
    pub change: Option<String>,
    /// What is being done, in snapd's words.
    pub label: String,
    /// How much is done, in units of `total`.
    pub done: u64,
    /// How much there is to do; 0 if that is not known.
    pub total: u64,
    /// Whether it is to be called off.
    pub cancelling: bool,
}

/// What a device says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// It is being done.
    Running(Progress),
    /// It was done; what came of it, as JSON.
    Done(String),
    /// It was not done, or not wholly; why.
    Failed(String),
    /// It was called off.
    Cancelled,
}

/// An action cannot be called off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the action has ended ({0}) and cannot be called off")]
pub struct CancelRefusal(pub &'static str);

/// What calling off means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cancelling {
    /// It ended here.
    Ended(State),
    /// The device has to be asked.
    Ask(State),
}

impl State {
    /// The stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Running(_) => "running",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens.
    pub const fn has_ended(&self) -> bool {
        match self {
            Self::Queued | Self::Sent | Self::Running(_) => false,
            Self::Done(_) | Self::Failed(_) | Self::Expired | Self::Cancelled => true,
        }
    }

    /// The state after the device was heard; none when that changes nothing.
    ///
    /// What has ended stays as it is, but for an action that was given up unheard: what the device then says of it is the truth.
    pub fn after(&self, heard: Heard) -> Option<Self> {
        let next = match (self, heard) {
            (Self::Done(_) | Self::Failed(_) | Self::Cancelled, _)
            | (Self::Expired, Heard::Running(_)) => return None,
            (Self::Running(known), Heard::Running(now)) => {
                let cancelling = known.cancelling || now.cancelling;
                Self::Running(Progress { cancelling, ..now })
            }
            (_, Heard::Running(now)) => Self::Running(now),
            (_, Heard::Done(result)) => Self::Done(result),
            (_, Heard::Failed(message)) => Self::Failed(short(message)),
            (_, Heard::Cancelled) => Self::Cancelled,
        };
        (next != *self).then_some(next)
    }

    /// The state after it was called off.
    ///
    /// # Errors
    /// It has ended.
    pub fn cancel(&self) -> Result<Cancelling, CancelRefusal> {
        match self {
            Self::Queued => Ok(Cancelling::Ended(Self::Cancelled)),
            Self::Sent => Ok(Cancelling::Ask(Self::Running(Progress {
                cancelling: true,
                ..Progress::default()
            }))),
            Self::Running(progress) => Ok(Cancelling::Ask(Self::Running(Progress {
                cancelling: true,
                ..progress.clone()
            }))),
            Self::Done(_) | Self::Failed(_) | Self::Expired | Self::Cancelled => {
                Err(CancelRefusal(self.as_str()))
            }
        }
    }

    /// The state that an action has come to by waiting; none when it may go on.
    pub fn overdue(&self, not_after: Moment, changed_at: Moment, now: Moment) -> Option<Self> {
        match self {
            Self::Queued | Self::Sent if now >= not_after => Some(Self::Expired),
            Self::Running(_) if now.since(changed_at) >= SILENCE_LIMIT => {
                let hours = SILENCE_LIMIT.as_secs() / 3600;
                Some(Self::Failed(format!(
                    "the device began, and then nothing was heard of it for {hours} hours; look at the device before repeating it"
                )))
            }
            _ => None,
        }
    }
}

fn short(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS) {
        message.truncate(end);
    }
    message
}

#[cfg(test)]
mod tests;
