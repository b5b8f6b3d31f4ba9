//! Times as snapd writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time in RFC 3339, such as `2026-11-20T19:35:31.883718491+01:00`; none if it is no such text, or lies before 1970.
pub fn parse_time(text: &str) -> Option<SystemTime> {
    let number = |text: &str| -> Option<i64> {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(number);
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let offset_s = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let offset_s = (number(hours)? * 60 + number(minutes)?) * 60;
            if sign == "-" { -offset_s } else { offset_s }
        }
    };
    let plausible = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !plausible {
        return None;
    }
    let nanos = match fraction {
        "" => 0,
        digits => {
            number(digits)?;
            format!("{digits:0<9.9}").parse().ok()?
        }
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let since = u64::try_from(seconds - offset_s).ok()?;
    Some(UNIX_EPOCH + Duration::new(since, nanos))
}

/// In the Gregorian calendar, with years that begin in March, so that the leap day is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_whatever_their_zone() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29T00:00:00Z", 951_782_400, 0),
            ("2026-11-01T00:01:07.5Z", 1_793_491_267, 500_000_000),
            (
                "2026-11-20T19:35:31.883718491+01:00",
                1_795_199_731,
                883_718_491,
            ),
            ("1969-12-31T23:00:00-02:30", 5400, 0),
        ] {
            let expected = UNIX_EPOCH + Duration::new(seconds, nanos);
            assert_eq!(parse_time(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-11-20",
            "2026-13-20T00:00:00Z",
            "2026-11-20T25:00:00Z",
            "2026-11-20T00:00:00",
            "2026-11-20T00:00:00.xZ",
            "2026-11-20T00:00:00+é",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
