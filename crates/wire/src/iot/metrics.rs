//! Metrics in InfluxDB's line protocol: `<measurement>,<tag>=<value> <field>=<value>,<field>=<value> <time>`.
//!
//! Only numbers are kept of the fields, and truth values as 1 and 0; texts are read and passed over, and so is the time.
//! <https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/>

use super::MAX_METRICS_BYTES;

/// The most lines in one message.
pub const MAX_LINES: usize = 64;

/// The most tags of a line, and the most fields.
pub const MAX_PARTS: usize = 32;

/// The longest name or tag value, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// One line.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// What is measured, such as `memory`.
    pub measurement: String,
    /// Of what, such as `device`.
    pub tags: Vec<(String, String)>,
    /// The numbers.
    pub fields: Vec<(String, f64)>,
}

/// The text is not in the line protocol, or beyond a limit.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadMetrics {
    /// More than is read.
    #[error("the metrics have {0} bytes; {MAX_METRICS_BYTES} are allowed")]
    TooLarge(usize),
    /// Not UTF-8.
    #[error("the metrics are not text")]
    NotText,
    /// More lines than are read.
    #[error("the metrics have more than {MAX_LINES} lines")]
    TooManyLines,
    /// A line that is none.
    #[error("line {line} of the metrics cannot be read: {problem}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What does not fit.
        problem: &'static str,
    },
}

/// Reads all lines of a message.
///
/// # Errors
/// One of them cannot be read; then none counts.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, BadMetrics> {
    if bytes.len() > MAX_METRICS_BYTES {
        return Err(BadMetrics::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BadMetrics::NotText)?;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if lines.len() == MAX_LINES {
            return Err(BadMetrics::TooManyLines);
        }
        let bad = |problem| BadMetrics::Line {
            line: at + 1,
            problem,
        };
        lines.push(read_line(line).map_err(bad)?);
    }
    Ok(lines)
}

fn read_line(line: &str) -> Result<Line, &'static str> {
    let (series, rest) = split_once(line, ' ').ok_or("it has no fields")?;
    let mut parts = split(series, ',').into_iter();
    let measurement = name(parts.next().unwrap_or_default())?;
    let tags: Vec<_> = parts
        .map(|tag| {
            let (key, value) = split_once(tag, '=').ok_or("a tag has no value")?;
            Ok((name(key)?, name(value)?))
        })
        .collect::<Result<_, &'static str>>()?;
    let (fields, time) = split_once(rest, ' ').unwrap_or((rest, ""));
    if !time.is_empty() && time.parse::<i64>().is_err() {
        return Err("its time is not a number");
    }
    let fields = split(fields, ',');
    if tags.len() > MAX_PARTS || fields.len() > MAX_PARTS {
        return Err("it has too many tags or fields");
    }
    let mut numbers = Vec::with_capacity(fields.len());
    for field in fields {
        let (key, value) = split_once(field, '=').ok_or("a field has no value")?;
        let key = name(key)?;
        if let Some(number) = number(value)? {
            numbers.push((key, number));
        }
    }
    Ok(Line {
        measurement,
        tags,
        fields: numbers,
    })
}

/// The number that a field's value stands for; none for a text.
fn number(value: &str) -> Result<Option<f64>, &'static str> {
    match value {
        "t" | "T" | "true" | "True" | "TRUE" => return Ok(Some(1.0)),
        "f" | "F" | "false" | "False" | "FALSE" => return Ok(Some(0.0)),
        _ => {}
    }
    if let Some(text) = value.strip_prefix('"') {
        return match text.strip_suffix('"') {
            Some(_) => Ok(None),
            None => Err("a text has no end"),
        };
    }
    let digits = value
        .strip_suffix(['i', 'u'])
        .filter(|digits| digits.parse::<i128>().is_ok())
        .unwrap_or(value);
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err("a value is not a number"),
    }
}

/// A name without its escapes.
fn name(escaped: &str) -> Result<String, &'static str> {
    if escaped.is_empty() {
        return Err("a name is empty");
    }
    if escaped.len() > MAX_NAME_BYTES {
        return Err("a name is too long");
    }
    let mut plain = String::with_capacity(escaped.len());
    let mut characters = escaped.chars().peekable();
    while let Some(c) = characters.next() {
        match characters.peek() {
            Some(next) if c == '\\' && matches!(next, ',' | '=' | ' ') => {}
            _ => plain.push(c),
        }
    }
    Ok(plain)
}

/// Splits at the first separator that is neither escaped nor within quotes.
fn split_once(text: &str, separator: char) -> Option<(&str, &str)> {
    let at = positions(text, separator).next()?;
    Some((&text[..at], &text[at + separator.len_utf8()..]))
}

/// Splits at every such separator; no more parts than are looked at.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut from = 0;
    let mut parts = Vec::new();
    for at in positions(text, separator).take(MAX_PARTS + 1) {
        parts.push(&text[from..at]);
        from = at + separator.len_utf8();
    }
    parts.push(&text[from..]);
    parts
}

fn positions(text: &str, separator: char) -> impl Iterator<Item = usize> + '_ {
    let (mut escaped, mut quoted) = (false, false);
    text.char_indices().filter_map(move |(at, c)| {
        let was_escaped = escaped;
        escaped = c == '\\' && !was_escaped;
        if was_escaped {
            return None;
        }
        if c == '"' {
            quoted = !quoted;
        }
        (c == separator && !quoted).then_some(at)
    })
}
