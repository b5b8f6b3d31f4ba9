//! How many messages go in and out, over the last minute; and the bus that counts what goes out.

use std::sync::Arc;

use async_trait::async_trait;
use edgeward_bus::{Bus, Link, Message, PublishError};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

/// Over how many seconds.
const SECONDS: u64 = 60;

/// Messages in both directions.
#[derive(Default)]
pub struct Rates {
    /// From agents.
    pub incoming: Rate,
    /// To agents.
    pub outgoing: Rate,
}

/// How often something happened over the last minute.
pub struct Rate {
    began: Instant,
    counts: Mutex<Counts>,
}

/// One count for each of the last seconds, in a ring.
struct Counts {
    of: [u64; SECONDS as usize],
    /// The second that was counted last, from the beginning.
    newest: u64,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            counts: Mutex::new(Counts {
                of: [0; SECONDS as usize],
                newest: 0,
            }),
        }
    }
}

impl Rate {
    /// It happened once more.
    pub fn count(&self) {
        let second = self.began.elapsed().as_secs();
        let mut counts = self.counts.lock();
        counts.forget_before(second);
        counts.of[place(second)] += 1;
    }

    /// Each second, on average over the last minute; over less while it has not been a minute yet.
    pub fn per_s(&self) -> f64 {
        let elapsed = self.began.elapsed();
        let mut counts = self.counts.lock();
        counts.forget_before(elapsed.as_secs());
        let sum: u64 = counts.of.iter().sum();
        let over = elapsed.as_secs_f64().clamp(1.0, SECONDS as f64);
        (sum as f64 / over * 100.0).round() / 100.0
    }
}

impl Counts {
    /// Makes place for the seconds that began since.
    fn forget_before(&mut self, second: u64) {
        let new = second.saturating_sub(self.newest).min(SECONDS);
        for back in 0..new {
            self.of[place(second - back)] = 0;
        }
        self.newest = self.newest.max(second);
    }
}

fn place(second: u64) -> usize {
    usize::try_from(second % SECONDS).unwrap_or_default()
}

/// A bus that counts what goes out over it.
pub struct Counted {
    bus: Arc<dyn Bus>,
    rates: Arc<Rates>,
}

impl Counted {
    /// Counts over this bus.
    pub fn new(bus: Arc<dyn Bus>, rates: Arc<Rates>) -> Self {
        Self { bus, rates }
    }
}

#[async_trait]
impl Bus for Counted {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        self.bus.publish(message).await?;
        self.rates.outgoing.count();
        Ok(())
    }

    async fn kick(&self, client_id: &str) {
        self.bus.kick(client_id).await;
    }

    fn link(&self) -> watch::Receiver<Link> {
        self.bus.link()
    }

    async fn close(&self) {
        self.bus.close().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_that_of_the_last_minute() {
        let rate = Rate::default();
        assert_eq!(rate.per_s(), 0.0);
        for _ in 0..30 {
            rate.count();
        }
        assert_eq!(rate.per_s(), 30.0);
        pass(10).await;
        assert_eq!(rate.per_s(), 3.0);
        pass(30).await;
        for _ in 0..30 {
            rate.count();
        }
        assert_eq!(rate.per_s(), 1.5);
        pass(19).await;
        assert_eq!(rate.per_s(), 1.02);
        pass(1).await;
        assert_eq!(rate.per_s(), 0.5, "the first thirty are a minute ago");
        pass(40).await;
        assert_eq!(rate.per_s(), 0.0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_silence_is_forgotten_at_once() {
        let rate = Rate::default();
        rate.count();
        pass(100_000).await;
        assert_eq!(rate.per_s(), 0.0);
        rate.count();
        assert_eq!(rate.per_s(), 0.02);
    }
}
