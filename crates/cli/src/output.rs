//! Printing results: tables without ornament, or JSON; and words beside them on standard error.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{Global, Output};
use crate::error::CliError;

/// Prints a list: as JSON whole, or as a table with these columns. An empty table says `when_empty` instead, on standard error.
pub(crate) fn list<T: Serialize>(
    global: &Global,
    items: &[T],
    total: u64,
    columns: &[&str],
    row: impl Fn(&T) -> Vec<String>,
    when_empty: &str,
) -> Result<(), CliError> {
    match global.output {
        Output::Json => json(&serde_json::json!({ "items": items, "total": total })),
        Output::Table if items.is_empty() => {
            note(when_empty);
            Ok(())
        }
        Output::Table => {
            table(columns, items.iter().map(row))?;
            if total > items.len() as u64 {
                note(&format!(
                    "{} of {total} are shown; narrow the list with a filter",
                    items.len()
                ));
            }
            Ok(())
        }
    }
}

/// Prints one thing: as JSON, or as lines of name and value.
pub(crate) fn one<T: Serialize>(
    global: &Global,
    item: &T,
    lines: Vec<(&str, String)>,
) -> Result<(), CliError> {
    match global.output {
        Output::Json => json(item),
        Output::Table => {
            let mut table = bare();
            for (name, value) in lines {
                table.add_row([name.to_owned(), plain(&value)]);
            }
            print(&table)
        }
    }
}

/// Prints a table.
pub(crate) fn table(
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), CliError> {
    let mut table = bare();
    table.set_header(columns);
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)));
    }
    print(&table)
}

/// Prints JSON, readable, with a final newline.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| CliError::failed("cannot print the result", error))?;
    line(&text)
}

/// Prints one line of data.
pub(crate) fn line(text: &str) -> Result<(), CliError> {
    raw(format!("{text}\n").as_bytes())
}

/// Prints bytes as they are. A reader that has gone away is no error: it has seen what it wanted.
pub(crate) fn raw(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::failed("cannot write to standard output", error))
        }
        _ => Ok(()),
    }
}

/// Says something that is not data, on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text from elsewhere without control characters, so that it cannot steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// A time, to the second.
pub(crate) fn time(at: Timestamp) -> String {
    at.round(jiff::Unit::Second).unwrap_or(at).to_string()
}

/// A time, to the second, or what to say when there is none.
pub(crate) fn time_or(at: Option<Timestamp>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_owned(), time)
}

/// A value of the API as the word that it has there, without underscores.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text.replace('_', " "),
        _ => String::new(),
    }
}

/// Yes or no.
pub(crate) fn yes_or_no(so: bool) -> String {
    if so { "yes" } else { "no" }.to_owned()
}

/// A dash for nothing.
pub(crate) fn or_dash(text: &str) -> String {
    if text.is_empty() {
        "-".to_owned()
    } else {
        text.to_owned()
    }
}

fn bare() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn print(table: &Table) -> Result<(), CliError> {
    // The first column needs no space in front of it, the last none behind.
    let text: String = table
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(&line).trim_end()))
        .collect();
    raw(text.as_bytes())
}
