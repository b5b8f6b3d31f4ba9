//! A point in time, as stored and compared everywhere: whole microseconds since 1970, UTC.
//!
//! Reading a clock is the caller's business: `Moment::from(SystemTime::now())`.

use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time: microseconds since 1970-01-01 UTC. Arithmetic saturates at the ends (about ±292 000 years).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moment(i64);

impl Moment {
    /// The moment this many microseconds after 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970; negative before.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// How long ago `earlier` was; zero when it is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

impl Sub<Duration> for Moment {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(micros(after)),
            Err(before) => Self(micros(before.duration()).saturating_neg()),
        }
    }
}

impl From<Moment> for SystemTime {
    fn from(moment: Moment) -> Self {
        let distance = Duration::from_micros(moment.0.unsigned_abs());
        if moment.0 < 0 {
            UNIX_EPOCH - distance
        } else {
            UNIX_EPOCH + distance
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_to_system_time_and_back_on_both_sides_of_1970() {
        for micros in [0, 1, -1, 1_795_000_000_123_456, -62_000_000_000_000_000] {
            let moment = Moment::from_micros(micros);
            assert_eq!(Moment::from(SystemTime::from(moment)), moment);
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let end = Moment::from_micros(i64::MAX);
        assert_eq!(end + Duration::MAX, end);
        assert_eq!(
            Moment::from_micros(i64::MIN) - Duration::MAX,
            Moment::from_micros(i64::MIN)
        );
        let now = Moment::from_micros(5_000_000);
        assert_eq!(now.since(now - Duration::from_secs(2)).as_secs(), 2);
        assert_eq!(now.since(end), Duration::ZERO);
    }
}
