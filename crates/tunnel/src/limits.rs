//! Every limit of the byte stream, with the reason for its value.

use std::time::Duration;

use edgeward_wire::frame;

/// The limits of one tunnel. Both ends must use the same `window_bytes`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How many charged bytes (see [`frame::charge`]) may be under way or unread in one direction.
    pub window_bytes: u64,
    /// The sender never keeps fewer bytes in flight than this for the sake of delay; also what it starts with.
    pub min_in_flight_bytes: u64,
    /// How long bytes may queue on the way before the sender keeps fewer in flight.
    pub queue_target: Duration,
    /// How long the last frame, which says why the session ends, may wait for the outlet.
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window_bytes: frame::WINDOW_BYTES,
            min_in_flight_bytes: frame::MAX_DATA_BYTES as u64,
            queue_target: Duration::from_millis(200),
            close_timeout: Duration::from_secs(2),
        }
    }
}
