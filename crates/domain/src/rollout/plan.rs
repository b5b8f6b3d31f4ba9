//! In which waves a rollout goes, and how many failures it bears.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The most waves of a plan.
pub const MAX_WAVES: usize = 20;

/// The longest time that a wave is watched.
pub const MAX_WATCH: Duration = Duration::from_secs(30 * 24 * 3600);

/// A number of devices, or a share of all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// So many.
    Number(u32),
    /// So many of a hundred, 0 to 100.
    PerCent(u8),
}

/// What is not a size.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{0}\" is not a number of devices such as 5, nor a share of all such as 10%")]
pub struct BadSize(String);

impl Size {
    /// None.
    pub const NONE: Self = Self::Number(0);

    /// How many of `total` that are at most: shares are rounded down.
    pub fn at_most(self, total: u64) -> u64 {
        match self {
            Self::Number(number) => number.into(),
            Self::PerCent(share) => total * u64::from(share) / 100,
        }
    }

    /// How many of `total` that are, at least one: shares are rounded up.
    pub fn at_least_one(self, total: u64) -> u64 {
        let size = match self {
            Self::Number(number) => number.into(),
            Self::PerCent(share) => (total * u64::from(share)).div_ceil(100),
        };
        size.max(1)
    }
}

impl FromStr for Size {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let bad = || BadSize(text.chars().take(32).collect());
        // Numbers parse with a sign, too.
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        if digits.len() == text.len() {
            return digits.parse().map(Self::Number).map_err(|_| bad());
        }
        match digits.parse() {
            Ok(share @ 0..=100) => Ok(Self::PerCent(share)),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::PerCent(share) => write!(f, "{share}%"),
        }
    }
}

/// How a rollout goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// How many devices each wave takes, at least one; whatever is left after the last one is a wave of its own.
    pub waves: Vec<Size>,
    /// How many devices may fail before it pauses.
    pub failure_limit: Size,
    /// How long to watch a wave that is through before the next one begins.
    pub watch: Duration,
    /// Whether a wave waits for its devices that are away.
    pub wait_for_away: bool,
    /// Whether devices that come to match later are included.
    pub include_later: bool,
    /// For how long the change may wait for a device that is away.
    pub lifetime: Duration,
}

impl Plan {
    /// How many of so many devices each wave takes. No wave is empty.
    pub fn sizes(&self, total: u64) -> Vec<u64> {
        let mut left = total;
        let mut sizes = Vec::with_capacity(self.waves.len() + 1);
        for wave in &self.waves {
            let size = wave.at_least_one(total).min(left);
            if size == 0 {
                break;
            }
            left -= size;
            sizes.push(size);
        }
        if left > 0 {
            sizes.push(left);
        }
        sizes
    }

    /// The wave of each of so many devices, from 1.
    pub fn places(&self, total: u64) -> impl Iterator<Item = u32> + use<> {
        (1..).zip(self.sizes(total)).flat_map(|(wave, size)| {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            std::iter::repeat_n(wave, size)
        })
    }
}
