//! How a simulated value moves: a function of time and nothing else, so that nothing runs while nobody looks.

use std::f64::consts::TAU;

use serde_json::Value;

/// How often the small irregularities change, per second.
const JITTER_PER_S: f64 = 2.0;

/// The movement of one value.
#[derive(Clone, Debug)]
pub(super) enum Signal {
    /// Swings around a mean.
    Wave {
        mean: f64,
        swing: f64,
        period_s: f64,
        jitter: f64,
    },
    /// Counts up.
    Counter { start: f64, per_s: f64 },
    /// Is on for a part of each period.
    Cycle { period_s: f64, on_part: f64 },
    /// Stays what it was set to.
    Held(Value),
}

impl Signal {
    /// The value after so many seconds; `salt` keeps equal signals apart.
    pub(super) fn at(&self, elapsed_s: f64, salt: u64) -> Value {
        let phase = unit(salt);
        match self {
            Self::Wave {
                mean,
                swing,
                period_s,
                jitter,
            } => {
                let turn = (elapsed_s / period_s + phase) * TAU;
                let wave = turn.sin() + 0.35 * (turn * 2.7 + phase).sin();
                let step = (elapsed_s * JITTER_PER_S) as u64;
                let noise = (unit(salt ^ step.wrapping_mul(0x9e37_79b9)) - 0.5) * 2.0 * jitter;
                Value::from(round(mean + swing * wave / 1.35 + noise))
            }
            Self::Counter { start, per_s } => Value::from((start + per_s * elapsed_s) as u64),
            Self::Cycle { period_s, on_part } => {
                let part = (elapsed_s / period_s + phase).fract();
                Value::from(u8::from(part < *on_part))
            }
            Self::Held(value) => value.clone(),
        }
    }
}

/// Two decimals, as a driver with that precision would report.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A number from 0 to 1 that looks random and is always the same for the same seed.
fn unit(seed: u64) -> f64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_moves_and_stays_near_its_mean() {
        let wave = Signal::Wave {
            mean: 60.0,
            swing: 4.0,
            period_s: 30.0,
            jitter: 0.5,
        };
        let values: Vec<_> = (0..600)
            .filter_map(|n| wave.at(f64::from(n) / 2.0, 7).as_f64())
            .collect();
        assert_eq!(values.len(), 600);
        assert!(
            values.iter().all(|value| (55.0..=65.0).contains(value)),
            "{values:?}"
        );
        let moved = values.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(moved > 500, "{moved}");
    }

    #[test]
    fn counters_count_and_cycles_switch() {
        let counter = Signal::Counter {
            start: 100.0,
            per_s: 2.0,
        };
        assert_eq!(counter.at(10.0, 1), Value::from(120));
        let cycle = Signal::Cycle {
            period_s: 10.0,
            on_part: 0.3,
        };
        let on = (0..1000)
            .filter(|n| cycle.at(f64::from(*n) / 10.0, 1) == 1)
            .count();
        assert!((280..=320).contains(&on), "{on}");
    }
}
