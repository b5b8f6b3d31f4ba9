//! One thing done again and again: how long it took each time, and who spent processor time on it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use edgeward_testkit::usage;

/// How often something is done before anything counts, at most.
const WARM_UP_ROUNDS: usize = 20;

/// How long that may take.
const WARM_UP_TIME: Duration = Duration::from_secs(2);

/// With fewer rounds than these there is no 99th percentile; the longest stands in its place.
const ROUNDS_FOR_P99: usize = 100;

/// How often something is done.
#[derive(Clone, Copy)]
pub struct Rounds {
    /// As long as there is time.
    pub most: usize,
    /// Whatever time it takes.
    pub least: usize,
    /// How much time there is.
    pub time: Duration,
}

/// Whose processor time is watched.
#[derive(Clone, Copy)]
pub enum Who {
    /// This very process.
    Me,
    /// A process, and all that descend from it.
    Tree(u32),
}

/// Watches processor time.
pub struct Meter<'a> {
    watched: &'a [Who],
    before: Vec<Duration>,
}

/// How long something took each time.
pub struct Timed {
    /// The shortest first; at least one.
    took: Vec<Duration>,
    /// By each of those that were watched, per round.
    spent: Vec<Duration>,
}

impl<'a> Meter<'a> {
    /// Begins.
    pub fn start(watched: &'a [Who]) -> Result<Self> {
        Ok(Self {
            watched,
            before: watched.iter().map(cpu_time).collect::<Result<_>>()?,
        })
    }

    /// Ends, after something that took this long each time.
    pub fn stop(self, mut took: Vec<Duration>) -> Result<Timed> {
        let rounds = u32::try_from(took.len())?.max(1);
        let spent = self.watched.iter().zip(&self.before).map(|(who, before)| {
            let spent = cpu_time(who)?.saturating_sub(*before);
            Ok(spent / rounds)
        });
        let spent = spent.collect::<Result<_>>()?;
        took.sort_unstable();
        Ok(Timed { took, spent })
    }
}

fn cpu_time(who: &Who) -> Result<Duration> {
    let time = match who {
        Who::Me => usage::cpu_time(std::process::id()),
        Who::Tree(pid) => usage::cpu_time_of_tree(*pid),
    };
    time.context("a process that was watched is gone")
}

/// Does it once after the other.
pub async fn repeat(
    rounds: Rounds,
    watched: &[Who],
    mut once: impl AsyncFnMut() -> Result<()>,
) -> Result<Timed> {
    let began = Instant::now();
    for _ in 0..WARM_UP_ROUNDS {
        once().await?;
        if began.elapsed() > WARM_UP_TIME {
            break;
        }
    }
    let meter = Meter::start(watched)?;
    let mut took = Vec::with_capacity(rounds.most);
    let began = Instant::now();
    while took.len() < rounds.least || (took.len() < rounds.most && began.elapsed() < rounds.time) {
        let this = Instant::now();
        once().await?;
        took.push(this.elapsed());
    }
    meter.stop(took)
}

impl Timed {
    /// How many times it was done.
    pub fn rounds(&self) -> usize {
        self.took.len()
    }

    /// The median.
    pub fn p50(&self) -> Duration {
        self.part(50)
    }

    /// The 99th percentile; the longest where it was done fewer than 100 times.
    pub fn p99(&self) -> Duration {
        if self.took.len() < ROUNDS_FOR_P99 {
            self.part(100)
        } else {
            self.part(99)
        }
    }

    /// Processor time of one of those that were watched, by its place among them, per round; none if nobody was there.
    pub fn spent(&self, place: usize) -> Option<Duration> {
        self.spent.get(place).copied()
    }

    /// Processor time of all that were watched, per round.
    pub fn spent_by_all(&self) -> Duration {
        self.spent.iter().sum()
    }

    fn part(&self, percent: usize) -> Duration {
        let place = (self.took.len() * percent).div_ceil(100).max(1) - 1;
        self.took.get(place).copied().unwrap_or_default()
    }
}

/// Milliseconds with two decimals, or one from a hundred on.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 100.0 {
        format!("{ms:.2}")
    } else {
        format!("{ms:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(count: u64) -> Timed {
        let took = (1..=count).rev().map(Duration::from_millis).collect();
        Meter::start(&[]).unwrap().stop(took).unwrap()
    }

    #[test]
    fn percentiles_are_rounds_that_happened() {
        let hundred = timed(100);
        assert_eq!(hundred.p50(), Duration::from_millis(50));
        assert_eq!(hundred.p99(), Duration::from_millis(99));
        assert_eq!(timed(1).p50(), Duration::from_millis(1));
        assert_eq!(timed(3).p99(), Duration::from_millis(3));
    }

    #[tokio::test]
    async fn something_is_done_at_least_as_often_as_said_and_no_longer_than_there_is_time() {
        let rounds = Rounds {
            most: 1000,
            least: 3,
            time: Duration::ZERO,
        };
        let timed = repeat(rounds, &[Who::Me], async || Ok(())).await.unwrap();
        assert_eq!(timed.rounds(), 3);
    }
}
