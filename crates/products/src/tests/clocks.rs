use http::header::DATE;

use super::*;
use crate::clock::ahead_s;

/// 2026-11-21 18:00:00 UTC.
const NOW_S: i64 = 1_795_284_000;

#[test]
fn the_date_header_tells_how_far_a_clock_is_ahead() {
    for (date, expected) in [
        ("Sat, 21 Nov 2026 18:00:00 GMT", Some(0)),
        ("Sat, 21 Nov 2026 20:00:00 GMT", Some(7200)),
        ("Sat, 21 Nov 2026 17:59:00 GMT", Some(-60)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(-NOW_S)),
        ("yesterday", None),
    ] {
        let answer = with(answer(200, ""), DATE, date);
        assert_eq!(ahead_s(&answer, NOW_S), expected, "{date}");
    }
    assert_eq!(ahead_s(&answer(200, ""), NOW_S), None);
}

#[test]
fn how_far_apart_is_said_in_words() {
    for (apart, words) in [
        (Apart::Exactly { ahead_s: 7_300 }, "2 hours ahead of ours"),
        (Apart::Exactly { ahead_s: -90 }, "90 seconds behind ours"),
        (
            Apart::Ahead {
                at_least_s: 300,
                at_most_s: Some(3600),
            },
            "between 5 minutes and 60 minutes ahead of ours",
        ),
        (
            Apart::Ahead {
                at_least_s: 259_200,
                at_most_s: None,
            },
            "more than 3 days ahead of ours",
        ),
        (
            Apart::Behind { at_least_s: 60 },
            "at least 60 seconds behind ours",
        ),
    ] {
        assert_eq!(apart.words(), words);
    }
}
