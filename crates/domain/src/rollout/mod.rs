//! Rollouts: one action on many devices, in waves. When a wave begins, when the rollout pauses by itself, and when it is over.
//!
//! ```text
//! running ⇄ paused          aborted (nothing more begins)        done (every device has its end)
//!    └────────┴─────────────────┴──────────────────────────────────┴──→ undoing → undone
//! ```
//!
//! Which action it is, is not known here; nor how it is undone.

mod plan;
mod state;

use crate::Moment;

pub use plan::{BadSize, MAX_WATCH, MAX_WAVES, Plan, Size};
pub use state::{Change, ChangeRefusal, Rollout, State};

/// The most devices of a rollout.
pub const MAX_DEVICES: usize = 20_000;

/// How many rollouts of an organisation may be under way.
pub const MAX_UNDER_WAY: u64 = 100;

/// How many ended rollouts of an organisation are kept; the oldest are forgotten beyond.
pub const MAX_ENDED: u64 = 500;

/// How many devices are how far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// They were not asked yet.
    pub waiting: u64,
    /// The action waits for the device to be there.
    pub queued: u64,
    /// The action was sent, or the device is at it.
    pub under_way: u64,
    /// Done.
    pub done: u64,
    /// Failed.
    pub failed: u64,
    /// The device was away for too long.
    pub expired: u64,
    /// Called off.
    pub cancelled: u64,
}

impl Counts {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.waiting + self.queued + self.under_way + self.ended()
    }

    /// Those on which nothing more happens.
    pub const fn ended(&self) -> u64 {
        self.done + self.failed + self.expired + self.cancelled
    }

    /// These together.
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        all.into_iter().fold(Self::default(), |sum, one| Self {
            waiting: sum.waiting + one.waiting,
            queued: sum.queued + one.queued,
            under_way: sum.under_way + one.under_way,
            done: sum.done + one.done,
            failed: sum.failed + one.failed,
            expired: sum.expired + one.expired,
            cancelled: sum.cancelled + one.cancelled,
        })
    }
}

/// How far a rollout's devices are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Those of each wave, the first wave first.
    pub waves: Vec<Counts>,
    /// When the last of its actions ended that has.
    pub last_end: Option<Moment>,
    /// The undoing of it, on those devices on which it was done.
    pub undo: Counts,
}

impl Standing {
    /// All waves together.
    pub fn all(&self) -> Counts {
        Counts::sum(&self.waves)
    }
}

/// What is to happen next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Nothing until a device is further, or for a while.
    Wait,
    /// The next wave begins.
    Begin,
    /// Too many have failed.
    Pause(String),
    /// It is over.
    Finish,
}

impl Rollout {
    /// What is to happen next, as the devices stand now. But for a pause, asking the devices of begun waves comes first.
    pub fn next(&self, standing: &Standing, now: Moment) -> Next {
        match self.state {
            State::Running => self.next_wave(standing, now),
            State::Undoing => {
                let all = standing.all();
                let undo = &standing.undo;
                let waits = undo.waiting + undo.queued + undo.under_way;
                if all.under_way == 0 && waits == 0 {
                    Next::Finish
                } else {
                    Next::Wait
                }
            }
            State::Paused | State::Aborted | State::Done | State::Undone => Next::Wait,
        }
    }

    fn next_wave(&self, standing: &Standing, now: Moment) -> Next {
        let all = standing.all();
        let begun = usize::try_from(self.begun).unwrap_or(usize::MAX);
        let is_last = begun >= standing.waves.len();
        if is_last && all.ended() == all.total() && !self.plan.include_later {
            return Next::Finish;
        }
        let limit = self.plan.failure_limit.at_most(all.total());
        if all.failed.saturating_sub(self.forgiven) > limit {
            return Next::Pause(format!("{} failed; the limit is {limit}", all.failed));
        }
        if is_last {
            return Next::Wait;
        }
        let current = begun
            .checked_sub(1)
            .and_then(|wave| standing.waves.get(wave));
        let Some(current) = current else {
            return Next::Begin;
        };
        if !self.is_through(current) {
            return Next::Wait;
        }
        let since = standing.last_end.unwrap_or(self.changed_at);
        if now.since(since) < self.plan.watch {
            return Next::Wait;
        }
        Next::Begin
    }

    /// Whether the next wave need not wait for this one. Devices that are away hold up nobody, unless it is so wished; but a
    /// wave of which nothing was heard says nothing.
    const fn is_through(&self, wave: &Counts) -> bool {
        if wave.waiting > 0 || wave.under_way > 0 {
            return false;
        }
        let heard = wave.ended() > 0 || wave.total() == 0;
        wave.queued == 0 || (heard && !self.plan.wait_for_away)
    }
}

#[cfg(test)]
mod tests;
