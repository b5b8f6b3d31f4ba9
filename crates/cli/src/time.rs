//! Times as people write them: `30m`, `24h`, `7d`; and moments: a date, a time, or how long ago.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A day, in seconds.
const DAY_S: u64 = 24 * 3600;

/// `90s`, `30m`, `24h`, `7d`; from a second to `max_s`.
pub(crate) fn span(text: &str, max_s: u64) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no time; write it as 30m, 24h or 7d");
    let seconds = seconds(text).ok_or_else(wrong)?;
    if (1..=max_s).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(format!(
            "{text} is out of range; from 1s to {}d is allowed",
            max_s / DAY_S
        ))
    }
}

/// The moment from which on: `2026-01-31` (from its beginning), `2026-01-31T08:00:00Z`, or `24h` ago.
pub(crate) fn from(text: &str) -> Result<Timestamp, String> {
    moment(text, Some)
}

/// The moment up to which: `2026-01-31` (to its end), `2026-01-31T08:00:00Z`, or `24h` ago.
pub(crate) fn to(text: &str) -> Result<Timestamp, String> {
    moment(text, |date| date.tomorrow().ok())
}

fn moment(text: &str, edge: impl Fn(Date) -> Option<Date>) -> Result<Timestamp, String> {
    let of_date = || {
        let date = edge(text.parse().ok()?)?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let ago = || {
        let ago = SignedDuration::from_secs(seconds(text)?.try_into().ok()?);
        Timestamp::now().checked_sub(ago).ok()
    };
    text.parse()
        .ok()
        .or_else(of_date)
        .or_else(ago)
        .ok_or_else(|| {
            format!(
                "\"{text}\" is no moment; write it as 2026-01-31, as 2026-01-31T08:00:00Z, or as 24h for a day ago"
            )
        })
}

fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let unit_s = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => DAY_S,
        _ => return None,
    };
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    number.checked_mul(unit_s)
}

#[cfg(test)]
mod tests;
