//! The clock of one simulated service, which may go wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// A clock that is this machine's, plus an offset that may be changed at any time. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that is ahead by so many seconds; negative is behind.
    pub fn off_by(seconds: i64) -> Self {
        Self(Arc::new(AtomicI64::new(seconds)))
    }

    /// Puts it ahead of this machine's clock by so many seconds; negative is behind. Holds from the next request on.
    pub fn set_offset_s(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    /// Seconds that it is ahead.
    pub fn offset_s(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Seconds since 1970 by this clock.
    pub fn now_s(&self) -> i64 {
        self.now().as_second()
    }

    /// As the `Date` header has it.
    pub(crate) fn http_date(&self) -> String {
        let printed = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.now());
        printed.unwrap_or_default()
    }

    /// As NanoMQ writes it: date and time of day, nothing else.
    pub(crate) fn plain(&self) -> String {
        self.now().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let since = since.unwrap_or(Duration::ZERO);
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        let seconds = seconds.saturating_add(self.offset_s());
        Timestamp::new(seconds, 0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_moves_every_way_of_telling_the_time() {
        let clock = Clock::default();
        let before = clock.now_s();
        clock.clone().set_offset_s(-before);
        assert!((0..5).contains(&clock.now_s()), "{}", clock.now_s());
        assert!(
            clock.http_date().starts_with("Thu, 01 Jan 1970 00:00:0"),
            "{}",
            clock.http_date()
        );
        assert!(clock.http_date().ends_with(" GMT"));
        assert!(clock.plain().starts_with("1970-01-01 00:00:0"));
        assert!(Clock::off_by(3600).now_s() >= before + 3600);
    }
}
