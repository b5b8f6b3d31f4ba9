//! Numbers out of Prometheus' text format: only those without labels.

/// The value of a metric without labels, rounded down.
pub(crate) fn value(text: &str, name: &str) -> Option<i64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    whole(line.split_whitespace().next()?)
}

/// A number that may have a fraction, rounded down.
fn whole(text: &str) -> Option<i64> {
    let value: f64 = text.parse().ok()?;
    // Far below where an f64 has gaps between whole numbers.
    let sane = value.is_finite() && value.abs() < 1e15;
    sane.then_some(value as i64)
}
