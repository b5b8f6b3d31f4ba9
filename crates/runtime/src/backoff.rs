//! Waiting longer after each failure, at random, so that many programs do not come back at the same moment.

use std::time::Duration;

/// The next waits after failures: each drawn between `min` and a ceiling that doubles up to `max`.
#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    ceiling: Duration,
}

impl Backoff {
    /// Waits from `min` to `max`; `max` below `min` counts as `min`.
    pub fn new(min: Duration, max: Duration) -> Self {
        Self {
            min,
            max: max.max(min),
            ceiling: min,
        }
    }

    /// How long to wait now; the next call's ceiling is twice as high.
    pub fn next_wait(&mut self) -> Duration {
        self.ceiling = self.ceiling.saturating_mul(2).min(self.max);
        // Without randomness the wait is the whole ceiling, which is safe and only less spread.
        let share = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
        self.min + self.ceiling.saturating_sub(self.min).mul_f64(share)
    }

    /// Waits for [`next_wait`](Self::next_wait).
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next_wait()).await;
    }

    /// Starts again at `min`: something worked.
    pub fn reset(&mut self) {
        self.ceiling = self.min;
    }
}
