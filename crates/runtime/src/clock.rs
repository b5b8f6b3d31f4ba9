//! Reading the system's clock. Whoever decides by time takes it as an argument; only the edges read it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970-01-01 UTC, by the system's clock.
pub fn now_micros() -> u64 {
    micros_since_epoch(SystemTime::now())
}

/// A time as microseconds since 1970-01-01 UTC; 0 for one before it.
pub fn micros_since_epoch(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    })
}
