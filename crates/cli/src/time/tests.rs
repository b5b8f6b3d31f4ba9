use super::*;

#[test]
fn a_date_is_meant_with_its_whole_day() {
    assert_eq!(
        from("2026-01-31").unwrap().to_string(),
        "2026-01-31T00:00:00Z"
    );
    assert_eq!(
        to("2026-01-31").unwrap().to_string(),
        "2026-02-01T00:00:00Z"
    );
}

#[test]
fn a_moment_is_taken_as_it_is() {
    for edge in [from, to] {
        let moment = edge("2026-01-31T08:00:00+01:00").unwrap();
        assert_eq!(moment.to_string(), "2026-01-31T07:00:00Z");
    }
}

#[test]
fn a_time_is_so_long_ago() {
    let before = Timestamp::now();
    let ago = before.duration_since(from("2h").unwrap());
    assert!(
        (SignedDuration::from_secs(7190)..=SignedDuration::from_hours(2)).contains(&ago),
        "{ago}"
    );
}

#[test]
fn what_is_no_moment_is_refused() {
    for bad in [
        "",
        "yesterday",
        "2026-13-01",
        "9999999999999999d",
        "-1h",
        "5",
    ] {
        assert!(from(bad).is_err(), "{bad}");
    }
}

#[test]
fn spans_have_an_end() {
    assert_eq!(span("30d", 30 * DAY_S), Ok(Duration::from_secs(30 * DAY_S)));
    for bad in ["31d", "0s", "1w", "h", "", "-1h", "99999999999999999999d"] {
        assert!(span(bad, 30 * DAY_S).is_err(), "{bad}");
    }
}
