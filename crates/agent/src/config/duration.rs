//! Durations as Go writes them, such as `1h`, `90m` or `1h15m30.5s`: the text that the iot-agent's options hold.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A duration that is not negative, as Go's `time.ParseDuration` reads it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GoDuration(pub Duration);

/// Why a text is no such duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoDurationError {
    /// Nothing is there.
    #[error("a duration is missing; write one such as 1h or 90m")]
    Empty,
    /// Before the start of time.
    #[error("\"{0}\" is negative; write a duration such as 1h or 90m")]
    Negative(String),
    /// A number is missing or does not read.
    #[error("\"{0}\" is no duration; write one such as 1h, 90m or 1h30m")]
    NotADuration(String),
    /// A number without a unit.
    #[error("\"{0}\" has a number without a unit; add one of ns, us, ms, s, m and h")]
    UnitMissing(String),
    /// A unit that Go does not know; days and weeks are such.
    #[error("\"{text}\" has the unit \"{unit}\"; use ns, us, ms, s, m or h")]
    UnknownUnit {
        /// The whole text.
        text: String,
        /// What stands for the unit.
        unit: String,
    },
    /// More than Go's 64-bit nanoseconds hold: about 292 years.
    #[error("\"{0}\" is too long")]
    TooLong(String),
}

/// The longest text that is repeated in an error, in characters.
const SHOWN_CHARS: usize = 40;

/// The most nanoseconds that Go's type holds.
const MAX_NS: u128 = i64::MAX as u128;

impl FromStr for GoDuration {
    type Err = GoDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || text.chars().take(SHOWN_CHARS).collect::<String>();
        let (negative, mut rest) = match text.as_bytes() {
            [] => return Err(GoDurationError::Empty),
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self(Duration::ZERO));
        }
        if rest.is_empty() {
            return Err(GoDurationError::NotADuration(shown()));
        }
        let mut total_ns: u128 = 0;
        while !rest.is_empty() {
            let (whole, after) = digits(rest);
            let (fraction, after) = match after.strip_prefix('.') {
                Some(after) => digits(after),
                None => ("", after),
            };
            if whole.is_empty() && fraction.is_empty() {
                return Err(GoDurationError::NotADuration(shown()));
            }
            let end = after
                .find(|c: char| c == '.' || c.is_ascii_digit())
                .unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            let unit_ns = match unit {
                "" => return Err(GoDurationError::UnitMissing(shown())),
                "ns" => 1,
                // Both code points that stand for micro.
                "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
                "ms" => 1_000_000,
                "s" => 1_000_000_000,
                "m" => 60 * 1_000_000_000,
                "h" => 3_600 * 1_000_000_000,
                other => {
                    return Err(GoDurationError::UnknownUnit {
                        text: shown(),
                        unit: other.chars().take(SHOWN_CHARS).collect(),
                    });
                }
            };
            total_ns = part_ns(whole, fraction, unit_ns)
                .and_then(|part| total_ns.checked_add(part))
                .filter(|total| *total <= MAX_NS)
                .ok_or_else(|| GoDurationError::TooLong(shown()))?;
            rest = after;
        }
        if negative && total_ns > 0 {
            return Err(GoDurationError::Negative(shown()));
        }
        let seconds = u64::try_from(total_ns / 1_000_000_000).unwrap_or(u64::MAX);
        let below = u32::try_from(total_ns % 1_000_000_000).unwrap_or(0);
        Ok(Self(Duration::new(seconds, below)))
    }
}

/// The digits at the start, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// What lies below a nanosecond is cut off, as Go does.
fn part_ns(whole: &str, fraction: &str, unit_ns: u128) -> Option<u128> {
    let whole_ns = match whole {
        "" => 0,
        digits => digits.parse::<u128>().ok()?.checked_mul(unit_ns)?,
    };
    // Further digits cannot make a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(18)];
    let fraction_ns = match fraction {
        "" => 0,
        digits => {
            let scale = 10_u128.pow(u32::try_from(digits.len()).ok()?);
            digits.parse::<u128>().ok()? * unit_ns / scale
        }
    };
    whole_ns.checked_add(fraction_ns)
}

impl fmt::Display for GoDuration {
    /// The shortest form: `1h0m0s` is written `1h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let below_ns = self.0.subsec_nanos();
        if seconds == 0 && below_ns == 0 {
            return f.write_str("0s");
        }
        for (count, unit) in [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        match (seconds % 60, below_ns) {
            (0, 0) => Ok(()),
            (second, 0) => write!(f, "{second}s"),
            (second, below_ns) => {
                let fraction = format!("{below_ns:09}");
                write!(f, "{second}.{}s", fraction.trim_end_matches('0'))
            }
        }
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Duration, GoDurationError> {
        text.parse::<GoDuration>().map(|duration| duration.0)
    }

    /// Texts and values from the documentation of Go's package `time`.
    #[test]
    fn what_go_reads_is_read() {
        for (text, expected) in [
            ("0", Duration::ZERO),
            ("+5s", Duration::from_secs(5)),
            ("1h", Duration::from_secs(3600)),
            ("1h15m30.918s", Duration::from_millis(4_530_918)),
            ("1.5h", Duration::from_secs(5400)),
            (".5s", Duration::from_millis(500)),
            ("5.s", Duration::from_secs(5)),
            ("100ms", Duration::from_millis(100)),
            ("2us3ns", Duration::from_nanos(2003)),
            ("2\u{b5}s", Duration::from_nanos(2000)),
            ("2\u{3bc}s", Duration::from_nanos(2000)),
            ("-0s", Duration::ZERO),
            (
                "0.3333333333333333333h",
                Duration::from_nanos(1_199_999_999_999),
            ),
            (
                "9223372036854775807ns",
                Duration::from_nanos(i64::MAX as u64),
            ),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused_with_the_reason() {
        for (text, part) in [
            ("", "is missing"),
            ("-", "is no duration"),
            ("s", "is no duration"),
            (".", "is no duration"),
            (".s", "is no duration"),
            ("1", "without a unit"),
            ("1h2", "without a unit"),
            ("1d", "unit \"d\""),
            ("1 h", "unit \" h\""),
            ("-1h", "is negative"),
            ("9223372036854775808ns", "is too long"),
            ("99999999999999999999999999999999999999999h", "is too long"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn durations_are_written_shortly_and_read_back() {
        for (text, written) in [
            ("0", "0s"),
            ("3600s", "1h"),
            ("90m", "1h30m"),
            ("61.5s", "1m1.5s"),
            ("1ms", "0.001s"),
        ] {
            let duration: GoDuration = text.parse().unwrap();
            assert_eq!(duration.to_string(), written);
            assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }
}
