//! Entries as text: JSON lines, or comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

use edgeward_api::audit::{Entry, ExportFormat};

use crate::csv;

/// The columns of comma-separated values.
const COLUMNS: [&str; 18] = [
    "number",
    "at",
    "author_kind",
    "author_id",
    "author_name",
    "address",
    "request_id",
    "action",
    "object_id",
    "object_name",
    "organisation_id",
    "project_id",
    "before",
    "after",
    "outcome",
    "reason",
    "previous",
    "hash",
];

/// What an export begins with.
pub(super) fn heading(format: ExportFormat) -> String {
    match format {
        ExportFormat::Csv => format!("{}\r\n", COLUMNS.join(",")),
        ExportFormat::Jsonl => String::new(),
    }
}

/// Adds an entry.
pub(super) fn add(text: &mut String, format: ExportFormat, entry: &Entry) {
    let value = serde_json::to_value(entry).unwrap_or_default();
    match format {
        ExportFormat::Jsonl => {
            text.push_str(&value.to_string());
            text.push('\n');
        }
        ExportFormat::Csv => {
            let values = COLUMNS.map(|column| plain(&value[column]));
            text.push_str(&csv::row(values.iter().map(String::as_str)));
        }
    }
}

/// A value as text.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
