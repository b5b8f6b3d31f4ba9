//! Presence: whether an agent is there, by what was heard from it and when.
//!
//! Heard, never remembered: the caller passes on live messages only (a retained one says nothing of now), and after a
//! start everyone is offline until heard. An agent draws a run number for each connection; a good-bye (its last will
//! included) of another run than the one last heard is late news of an old connection and changes nothing.

use std::time::Duration;

use crate::Moment;

/// Without a word for this long, an agent is offline. Agents speak every 20 s, so two words may be lost.
pub const PRESENCE_TIMEOUT: Duration = Duration::from_secs(50);

/// Whether an agent is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Presence {
    /// Not heard in time, or it said good-bye.
    #[default]
    Offline,
    /// Heard, in this run, last at this time.
    Online {
        /// The run that was last heard.
        run: u64,
        /// When, by the control plane's clock.
        heard_at: Moment,
    },
}

/// What bears on presence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A live message of this run.
    Heard {
        /// The agent's run number.
        run: u64,
    },
    /// This run ended: the agent's own good-bye, or its last will.
    Goodbye {
        /// The agent's run number.
        run: u64,
    },
    /// Time passed.
    Tick,
}

impl Presence {
    /// Whether it is [`Presence::Online`].
    pub const fn is_online(self) -> bool {
        matches!(self, Self::Online { .. })
    }
}

/// The same for devices that speak the iot-agent's dialect: every 60 s, so that one word may be lost.
pub const IOT_PRESENCE_TIMEOUT: Duration = Duration::from_secs(150);

/// Presence after an event at `now`.
pub fn after(presence: Presence, event: Event, now: Moment) -> Presence {
    after_within(presence, event, now, PRESENCE_TIMEOUT)
}

/// Presence after an event at `now`, of an agent that speaks at least once in `timeout`.
pub fn after_within(presence: Presence, event: Event, now: Moment, timeout: Duration) -> Presence {
    match (presence, event) {
        (_, Event::Heard { run }) => Presence::Online { run, heard_at: now },
        (Presence::Offline, Event::Goodbye { .. } | Event::Tick) => Presence::Offline,
        (Presence::Online { run, .. }, Event::Goodbye { run: ended }) if run == ended => {
            Presence::Offline
        }
        (Presence::Online { heard_at, .. }, Event::Goodbye { .. } | Event::Tick) => {
            if now.since(heard_at) > timeout {
                Presence::Offline
            } else {
                presence
            }
        }
    }
}

#[cfg(test)]
mod tests;
