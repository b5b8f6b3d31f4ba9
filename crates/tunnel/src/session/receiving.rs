//! The receiving half: numbers, the window, what waits to be read, and when credit is due.

use std::collections::VecDeque;

use bytes::Bytes;
use edgeward_wire::frame::charge;

use crate::Violation;

/// Credit is sent unasked once this part of the window was consumed since the last one.
const WINDOW_PARTS_PER_CREDIT: u64 = 2;

#[derive(Debug)]
pub(super) struct Receiving {
    window: u64,
    next_number: u64,
    unread: VecDeque<Chunk>,
    /// Charged bytes that arrived, were taken by the reader, and were credited to the sender, since the beginning.
    received: u64,
    consumed: u64,
    credited: u64,
    /// The sender asks for a credit once this much is consumed.
    asked_at: Option<u64>,
    end: End,
}

#[derive(Debug)]
struct Chunk {
    bytes: Bytes,
    ask: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    NotYet,
    Got,
}

impl Receiving {
    pub(super) fn new(window: u64) -> Self {
        Self {
            window,
            next_number: 0,
            unread: VecDeque::new(),
            received: 0,
            consumed: 0,
            credited: 0,
            asked_at: None,
            end: End::NotYet,
        }
    }

    pub(super) fn check_number(&mut self, got: u64) -> Result<(), Violation> {
        let expected = self.next_number;
        match got.cmp(&expected) {
            std::cmp::Ordering::Less => Err(Violation::Repeat { expected, got }),
            std::cmp::Ordering::Greater => Err(Violation::Gap { expected, got }),
            std::cmp::Ordering::Equal => {
                self.next_number = expected.saturating_add(1);
                Ok(())
            }
        }
    }

    pub(super) fn data(&mut self, bytes: Bytes, ask: bool) -> Result<(), Violation> {
        if self.end == End::Got {
            return Err(Violation::AfterFinish);
        }
        let received = self.received + charge(bytes.len());
        let outstanding = received - self.credited;
        if outstanding > self.window {
            let window = self.window;
            return Err(Violation::OverCredit {
                outstanding,
                window,
            });
        }
        self.received = received;
        self.unread.push_back(Chunk { bytes, ask });
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<(), Violation> {
        match self.end {
            End::Got => Err(Violation::AfterFinish),
            End::NotYet => {
                self.end = End::Got;
                Ok(())
            }
        }
    }

    pub(super) fn take(&mut self) -> Option<Bytes> {
        let chunk = self.unread.pop_front()?;
        self.consumed += charge(chunk.bytes.len());
        if chunk.ask {
            self.asked_at = Some(self.consumed);
        }
        Some(chunk.bytes)
    }

    /// Whether it is time to credit.
    pub(super) fn is_credit_due(&self) -> bool {
        let asked = self.asked_at.is_some_and(|at| at > self.credited);
        asked || self.consumed - self.credited >= self.window / WINDOW_PARTS_PER_CREDIT
    }

    /// How much to credit, if it is time; it counts as credited from now on.
    pub(super) fn credit_due(&mut self) -> Option<u64> {
        if !self.is_credit_due() {
            return None;
        }
        self.credited = self.consumed;
        self.asked_at = None;
        Some(self.consumed)
    }

    pub(super) fn is_readable(&self) -> bool {
        !self.unread.is_empty() || self.end == End::Got
    }

    pub(super) fn got_finish(&self) -> bool {
        self.end == End::Got
    }

    /// The other end has finished and all was read.
    pub(super) fn is_finished(&self) -> bool {
        self.end == End::Got && self.unread.is_empty()
    }

    /// Forgets what was not read, and that it was complete.
    pub(super) fn clear(&mut self) {
        self.unread = VecDeque::new();
        self.end = End::NotYet;
    }
}
