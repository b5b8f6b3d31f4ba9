//! The sending half: what is gathered for the next data frame, and how much may be in flight.
//!
//! Two limits hold. The window is hard: the other end ends the session when it is exceeded. The delay limit is ours: on a
//! slow link a full window would queue on the way and hold up small messages behind it. Some frames ask for a credit at
//! once; what was in flight and the time until the credit comes give the way's rate, and no more is kept in flight than
//! that rate moves in the shortest time ever seen plus the queue target. Asking is the sender's part, because only it
//! knows how much that is.

use std::collections::VecDeque;
use std::time::Duration;

use edgeward_wire::frame::{DataBuffer, MAX_DATA_BYTES, charge};

use crate::{Limits, Violation};

/// A credit is asked for whenever this part of what may be in flight was sent since the last asking; also the largest
/// frame, so that credit returns while there is still something to send.
const LIMIT_PARTS_PER_ASK: u64 = 4;

/// While less than this part of the queue target is queued, the limit grows by all that is credited: it doubles in the
/// time of one round trip.
const TARGET_PARTS_OF_FREE_GROWTH: u32 = 2;

#[derive(Debug)]
pub(super) struct Sending {
    limits: Limits,
    pending: DataBuffer,
    end: End,
    /// Charged bytes handed out, and credited, since the beginning.
    sent: u64,
    credited: u64,
    /// Sent since the last frame that asked.
    unasked: u64,
    asked: VecDeque<Asked>,
    /// How much may be in flight for the sake of delay.
    limit: u64,
    /// Whether that limit, and nothing else, has held a frame back since it last changed.
    held_back: bool,
    shortest: Option<Duration>,
}

/// A frame that asked for credit.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// `sent` with this frame.
    until: u64,
    at: Duration,
    /// What was in flight then, this frame included.
    in_flight: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Writing,
    Finishing,
    Sent,
}

impl Sending {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            pending: DataBuffer::default(),
            end: End::Writing,
            sent: 0,
            credited: 0,
            unasked: 0,
            asked: VecDeque::new(),
            limit: limits.min_in_flight_bytes.min(limits.window_bytes),
            held_back: false,
            shortest: None,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> usize {
        self.pending.append(bytes, self.frame_limit())
    }

    fn frame_limit(&self) -> usize {
        usize::try_from(self.limit / LIMIT_PARTS_PER_ASK)
            .map_or(MAX_DATA_BYTES, |bytes| bytes.clamp(1, MAX_DATA_BYTES))
    }

    pub(super) fn finish(&mut self) {
        if self.end == End::Writing {
            self.end = End::Finishing;
        }
    }

    pub(super) fn is_finishing(&self) -> bool {
        self.end != End::Writing
    }

    pub(super) fn sent_finish(&self) -> bool {
        self.end == End::Sent
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.pending.is_empty() && self.end != End::Finishing
    }

    pub(super) fn has_room(&self) -> bool {
        self.pending.len() < self.frame_limit()
    }

    /// Whether there is data and it may go.
    pub(super) fn may_send_data(&mut self) -> bool {
        if self.pending.is_empty() {
            return false;
        }
        let in_flight = self.sent - self.credited + charge(self.pending.len());
        // with nothing asked, no credit is on its way that would let the next frame go
        if in_flight > self.limit && !self.asked.is_empty() {
            self.held_back = true;
            return false;
        }
        in_flight <= self.limits.window_bytes
    }

    /// The next data frame and whether it asks for credit, if there is one and it may go.
    pub(super) fn next_data(&mut self, now: Duration) -> Option<(DataBuffer, bool)> {
        if !self.may_send_data() {
            return None;
        }
        let charge = charge(self.pending.len());
        let in_flight = self.sent - self.credited + charge;
        self.sent += charge;
        self.unasked += charge;
        let ask = in_flight >= self.limit || self.unasked >= self.limit / LIMIT_PARTS_PER_ASK;
        if ask {
            self.unasked = 0;
            self.asked.push_back(Asked {
                until: self.sent,
                at: now,
                in_flight,
            });
        }
        Some((std::mem::take(&mut self.pending), ask))
    }

    /// Whether the end is to be sent now; it counts as sent from now on.
    pub(super) fn take_finish(&mut self) -> bool {
        let due = self.is_finish_due();
        if due {
            self.end = End::Sent;
        }
        due
    }

    pub(super) fn is_finish_due(&self) -> bool {
        self.end == End::Finishing && self.pending.is_empty()
    }

    pub(super) fn credit(&mut self, got: u64, now: Duration) -> Result<(), Violation> {
        if got <= self.credited || got > self.sent {
            return Err(Violation::BadCredit {
                got,
                credited: self.credited,
                sent: self.sent,
            });
        }
        let fresh = got - self.credited;
        self.credited = got;
        let mut answered = None;
        while let Some(asked) = self.asked.front().filter(|asked| asked.until <= got) {
            answered = Some(*asked);
            self.asked.pop_front();
        }
        if let Some(asked) = answered {
            let delay = now.saturating_sub(asked.at);
            self.learn(delay, asked.in_flight, fresh);
        }
        Ok(())
    }

    /// Adapts the limit to a credit for `fresh` bytes that took `delay`, with so much in flight when it was asked for.
    fn learn(&mut self, delay: Duration, in_flight: u64, fresh: u64) {
        let shortest = self.shortest.map_or(delay, |shortest| shortest.min(delay));
        self.shortest = Some(shortest);
        // on a long way, bursts as long as half of it are no queue that stays
        let target = self.limits.queue_target.max(shortest);
        let allowed = shortest + target;
        let wanted = u128::from(in_flight) * allowed.as_micros() / delay.as_micros().max(1);
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let limit = if delay > allowed {
            wanted.min(self.limit)
        } else if !self.held_back {
            return;
        } else if delay < shortest + target / TARGET_PARTS_OF_FREE_GROWTH {
            self.limit + fresh
        } else {
            wanted.clamp(self.limit, self.limit + fresh)
        };
        let ceiling = self.limits.window_bytes;
        self.limit = limit.clamp(self.limits.min_in_flight_bytes.min(ceiling), ceiling);
        self.held_back = false;
    }

    /// Forgets what was not sent.
    pub(super) fn clear(&mut self) {
        self.pending = DataBuffer::default();
        self.asked = VecDeque::new();
    }

    #[cfg(test)]
    pub(super) fn in_flight_limit(&self) -> u64 {
        self.limit
    }
}
