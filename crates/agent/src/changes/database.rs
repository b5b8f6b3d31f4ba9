//! The changes of snapd that are kept.

use std::path::Path;

use edgeward_snapd::{Change, ChangeId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde_json::Value;

use crate::sqlite::{Database, DatabaseError, failed};

/// Changes by snapd's name and time of birth: a device whose snapd begins anew counts from 1 again.
const SCHEMA: [&str; 1] = ["
CREATE TABLE changes (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    spawn_time TEXT NOT NULL,
    ready_time TEXT,
    kind TEXT NOT NULL,
    summary TEXT NOT NULL,
    status TEXT NOT NULL,
    ready INTEGER NOT NULL,
    err TEXT NOT NULL,
    detail TEXT NOT NULL,
    UNIQUE (id, spawn_time)
)"];

/// The largest change that is kept with its tasks, as JSON, in bytes.
const MAX_DETAIL_BYTES: usize = 256 * 1024;

const COLUMNS: &str = "id, spawn_time, ready_time, kind, summary, status, ready, err, detail";

/// A change of snapd's, as it was last seen.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// snapd's name for it.
    pub id: String,
    /// When it was made, in RFC 3339.
    pub spawn_time: String,
    /// When it was over, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_time: Option<String>,
    /// What it is, such as `install-snap`.
    pub kind: String,
    /// The same for people.
    pub summary: String,
    /// How far it was: snapd's word.
    pub status: String,
    /// Whether it was over.
    pub ready: bool,
    /// What went wrong; empty if nothing did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub err: String,
    /// Its steps, as snapd writes them; none if they were too many to keep.
    pub tasks: Value,
}

/// What is new about a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// It was not known before.
    New,
    /// Its status is another one.
    Moved,
    /// Nothing.
    Same,
}

/// What a look at snapd has brought.
pub(crate) struct Recorded {
    /// Whether nothing at all was known before.
    pub(crate) first_ever: bool,
    /// Each change, oldest first, with what is new about it.
    pub(crate) changes: Vec<(Entry, News)>,
}

/// The database, open for writing.
pub(crate) struct ChangeDatabase(Database);

impl ChangeDatabase {
    pub(crate) fn open(file: &Path) -> Result<Self, DatabaseError> {
        Database::open(file, &SCHEMA).map(Self)
    }

    /// Writes down what snapd says (each change as its JSON), keeps the newest `keep`, and says what is new about each, oldest
    /// first. What does not read as a change is passed over.
    pub(crate) async fn record(
        &self,
        changes: Vec<Value>,
        keep: u32,
    ) -> Result<Recorded, DatabaseError> {
        let newest = newest(changes, keep);
        self.0
            .write(move |db| {
                let known: bool =
                    db.query_row("SELECT EXISTS (SELECT 1 FROM changes)", [], |row| {
                        row.get(0)
                    })?;
                let first_ever = !known;
                let mut changes = Vec::with_capacity(newest.len());
                for (entry, detail) in newest {
                    let news = put(db, &entry, &detail)?;
                    changes.push((entry, news));
                }
                let prune = "DELETE FROM changes WHERE place NOT IN \
                             (SELECT place FROM changes ORDER BY place DESC LIMIT ?1)";
                db.execute(prune, [keep])?;
                Ok(Recorded {
                    first_ever,
                    changes,
                })
            })
            .await
    }
}

/// The newest changes of a database that another process may be writing to, oldest first; all if no number is given. Without
/// a database there are none.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path, last: Option<u32>) -> Result<Vec<Entry>, DatabaseError> {
    let Some(db) = Database::open_to_read(file)? else {
        return Ok(Vec::new());
    };
    let limit = last.map_or(-1, i64::from);
    let query = || {
        let mut statement = db.prepare(&format!(
            "SELECT {COLUMNS} FROM changes ORDER BY place DESC LIMIT ?1"
        ))?;
        let mut entries = statement
            .query_map([limit], entry)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        entries.reverse();
        Ok(entries)
    };
    query().map_err(failed("read", file))
}

/// By number, as snapd counts; no more than are kept, so that what was thrown away as too old does not come back as news.
fn newest(changes: Vec<Value>, keep: u32) -> Vec<(Entry, String)> {
    let mut read: Vec<_> = changes.into_iter().filter_map(of_snapd).collect();
    read.sort_by_key(|(entry, _)| ChangeId::new(entry.id.as_str()).number());
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    let old = read.len().saturating_sub(keep);
    read.split_off(old)
}

fn of_snapd(mut value: Value) -> Option<(Entry, String)> {
    let change: Change = serde_json::from_value(value.clone()).ok()?;
    let status = value.get("status")?.as_str()?.to_owned();
    let mut detail = value.to_string();
    if detail.len() > MAX_DETAIL_BYTES {
        value.as_object_mut()?.remove("tasks");
        detail = value.to_string();
    }
    let tasks = value.get_mut("tasks").map_or(Value::Null, Value::take);
    let entry = Entry {
        id: change.id.to_string(),
        spawn_time: change.spawn_time,
        ready_time: change.ready_time,
        kind: change.kind,
        summary: change.summary,
        status,
        ready: change.ready,
        err: change.err,
        tasks,
    };
    Some((entry, detail))
}

fn put(db: &Connection, entry: &Entry, detail: &str) -> rusqlite::Result<News> {
    let before: Option<(String, bool)> = db
        .query_row(
            "SELECT status, ready FROM changes WHERE id = ?1 AND spawn_time = ?2",
            params![entry.id, entry.spawn_time],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let news = match before {
        None => News::New,
        Some((status, ready)) if status == entry.status && ready == entry.ready => News::Same,
        Some(_) => News::Moved,
    };
    let put = format!(
        "INSERT INTO changes ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (id, spawn_time) DO UPDATE SET ready_time = ?3, kind = ?4, summary = ?5, status = ?6, ready = ?7, \
         err = ?8, detail = ?9"
    );
    db.execute(
        &put,
        params![
            entry.id,
            entry.spawn_time,
            entry.ready_time,
            entry.kind,
            entry.summary,
            entry.status,
            entry.ready,
            entry.err,
            detail,
        ],
    )?;
    Ok(news)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let detail: String = row.get(8)?;
    let mut detail: Value = serde_json::from_str(&detail).unwrap_or_default();
    Ok(Entry {
        id: row.get(0)?,
        spawn_time: row.get(1)?,
        ready_time: row.get(2)?,
        kind: row.get(3)?,
        summary: row.get(4)?,
        status: row.get(5)?,
        ready: row.get(6)?,
        err: row.get(7)?,
        tasks: detail.get_mut("tasks").map_or(Value::Null, Value::take),
    })
}
