//! The audit log as a file, page by page, in two forms.

use std::sync::Arc;

use bytes::Bytes;
use edgeward_api::audit::{Entry, ExportFormat};
use edgeward_store::{AuditFilter, AuditStore, MAX_ENTRIES, StoreError};
use futures::Stream;
use futures::stream;
use serde_json::Value;

use super::view;

/// The columns, in order.
const HEADING: &str = "number,at,author_kind,author_id,author_name,address,request_id,action,object_id,object_name,organisation_id,project_id,before,after,outcome,reason,previous,hash\r\n";

/// Where an export is.
enum At {
    Beginning,
    After(u64),
    End,
}

/// All entries that match, the oldest first, up to the newest of now and whatever comes while it lasts. Nothing is kept but one
/// page, and none is read before the one before it was taken.
pub fn entries(
    store: Arc<dyn AuditStore>,
    filter: AuditFilter,
    format: ExportFormat,
    up_to: u64,
) -> impl Stream<Item = Result<Bytes, StoreError>> + Send {
    stream::try_unfold(
        (store, filter, At::Beginning),
        move |(store, filter, at)| async move {
            let after = match at {
                At::Beginning => 0,
                At::After(number) => number,
                At::End => return Ok(None),
            };
            let mut page = store.export(&filter, after, MAX_ENTRIES).await?;
            let full = page.len() as u64 == MAX_ENTRIES;
            page.retain(|entry| entry.number <= up_to);
            let next = match page.last() {
                Some(last) if full && last.number < up_to => At::After(last.number),
                _ => At::End,
            };
            let mut text = String::new();
            if matches!((&at, format), (At::Beginning, ExportFormat::Csv)) {
                text.push_str(HEADING);
            }
            for entry in page {
                line(&mut text, &view::entry(entry), format);
            }
            Ok(Some((Bytes::from(text), (store, filter, next))))
        },
    )
}

fn line(text: &mut String, entry: &Entry, format: ExportFormat) {
    match format {
        ExportFormat::Jsonl => {
            text.push_str(&serde_json::to_string(entry).unwrap_or_default());
            text.push('\n');
        }
        ExportFormat::Csv => {
            text.push_str(&cells(entry).map(|cell| csv(&cell)).join(","));
            text.push_str("\r\n");
        }
    }
}

fn cells(entry: &Entry) -> [String; 18] {
    let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let id = |id: Option<String>| id.unwrap_or_default();
    [
        entry.number.to_string(),
        entry.at.to_string(),
        word(serde_json::json!(entry.author_kind)),
        id(entry.author_id.map(|id| id.to_string())),
        entry.author_name.clone(),
        id(entry.address.clone()),
        id(entry.request_id.clone()),
        entry.action.clone(),
        id(entry.object_id.clone()),
        entry.object_name.clone(),
        id(entry.organisation_id.map(|id| id.to_string())),
        id(entry.project_id.map(|id| id.to_string())),
        json(&entry.before),
        json(&entry.after),
        word(serde_json::json!(entry.outcome)),
        entry.reason.clone(),
        entry.previous.clone(),
        entry.hash.clone(),
    ]
}

/// A cell (RFC 4180). Names are other people's: what a spreadsheet would take for a formula gets an apostrophe before it.
pub fn csv(cell: &str) -> String {
    const BEGINS_A_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
    let guard = if cell.starts_with(BEGINS_A_FORMULA) {
        "'"
    } else {
        ""
    };
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        format!("{guard}{cell}")
    }
}
