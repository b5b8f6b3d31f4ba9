//! Which change takes too long, and what is to be done about it. Pure: all it knows comes in.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::clock::Moment;
use crate::config::{Cure, WatchdogConfig};

/// How long a change has been seen going on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Watched {
    /// During which start of the device it was last seen.
    pub(super) boot: String,
    /// When in it was first seen in that.
    pub(super) since: Duration,
    /// When it was last seen in that.
    pub(super) last: Duration,
    /// How long it has been seen in all. The device's time without power is not in it, so it is never too much.
    pub(super) observed: Duration,
}

/// What was done about a change already.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mark {
    /// The document was written, and the control plane told.
    Written,
    /// A cure was begun.
    Tried(Cure),
    /// It was told that there have been too many restarts.
    Withheld,
    /// It was told that nothing is left to be tried.
    GivenUp,
}

/// When something was done, by the clock that only runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct At {
    pub(super) boot: String,
    pub(super) uptime: Duration,
}

/// What is to be done about a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Nothing, or nothing yet.
    Wait,
    /// This. The document has to be written first unless it was.
    Cure(Cure),
    /// Nothing is left to be tried.
    GiveUp,
    /// A restart of the device would be next, and there have been too many.
    Withhold,
}

impl Mark {
    /// As it is written down.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Tried(cure) => cure.as_str(),
            Self::Withheld => "withheld",
            Self::GivenUp => "given-up",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Written,
            Self::Tried(Cure::Abort),
            Self::Tried(Cure::RestartSnapd),
            Self::Tried(Cure::RestartDevice),
            Self::Withheld,
            Self::GivenUp,
        ];
        all.into_iter().find(|mark| mark.as_str() == text)
    }
}

impl Watched {
    /// Seen for the first time.
    pub(super) fn begin(now: &Moment) -> Self {
        Self {
            boot: now.boot.clone(),
            since: now.uptime,
            last: now.uptime,
            observed: Duration::ZERO,
        }
    }

    /// Seen again.
    pub(super) fn again(&self, now: &Moment) -> Self {
        if self.boot != now.boot {
            return Self {
                observed: self.observed,
                ..Self::begin(now)
            };
        }
        Self {
            last: now.uptime,
            observed: self.observed + now.uptime.saturating_sub(self.last),
            ..self.clone()
        }
    }
}

/// Whether a change takes too long. It has to have been seen for that long by the clock that only runs, so that setting the
/// other clock proves nothing; and what it says of its birth has to agree, unless that lies in the future. After a start of
/// the device it is given some time again.
pub(super) fn is_overdue(
    watched: &Watched,
    spawned: Option<SystemTime>,
    now: &Moment,
    config: &WatchdogConfig,
) -> bool {
    let by_its_birth = spawned
        .and_then(|spawned| now.wall.duration_since(spawned).ok())
        .is_none_or(|age| age >= config.limit);
    let since_start = watched.last.saturating_sub(watched.since);
    watched.observed >= config.limit
        && since_start >= config.patience.min(config.limit)
        && by_its_birth
}

/// What is to be done about a change that takes too long. Every cure is tried once, mildest first, each with its time to show.
pub(super) fn next(
    marks: &BTreeMap<Mark, At>,
    restarts_today: u32,
    now: &Moment,
    config: &WatchdogConfig,
) -> Verdict {
    let still_showing = marks.iter().any(|(mark, at)| {
        matches!(mark, Mark::Tried(_))
            && at.boot == now.boot
            && now.uptime.saturating_sub(at.uptime) < config.patience
    });
    if still_showing {
        return Verdict::Wait;
    }
    let untried = |cure: &&Cure| !marks.contains_key(&Mark::Tried(**cure));
    match config.cure.iter().find(untried) {
        Some(Cure::RestartDevice) if restarts_today >= config.restarts_per_day => {
            if marks.contains_key(&Mark::Withheld) {
                Verdict::Wait
            } else {
                Verdict::Withhold
            }
        }
        Some(cure) => Verdict::Cure(*cure),
        None if marks.contains_key(&Mark::GivenUp) => Verdict::Wait,
        None => Verdict::GiveUp,
    }
}
