//! What the watchdog has to remember over restarts: how long it has seen each change, what it did about it, how often it has
//! restarted the device.

use std::collections::BTreeMap;
use std::time::Duration;

use edgeward_snapd::Change;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::clock::Moment;
use super::judge::{At, Mark, Watched};
use crate::sqlite::{Database, DatabaseError};

/// Restarts are counted over this time.
const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// What was done about a change that snapd no longer knows is remembered this long.
const REMEMBERED_US: i64 = 7 * DAY_US;

/// The most restarts that are remembered.
const MAX_RESTARTS: u32 = 100;

/// For the schema of the device's database.
pub(crate) const SCHEMA: &str = "
CREATE TABLE watched (
    change TEXT NOT NULL,
    spawn_time TEXT NOT NULL,
    boot TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    observed_ms INTEGER NOT NULL,
    seen_us INTEGER NOT NULL,
    PRIMARY KEY (change, spawn_time)
);
CREATE TABLE marks (
    change TEXT NOT NULL,
    spawn_time TEXT NOT NULL,
    mark TEXT NOT NULL,
    boot TEXT NOT NULL,
    uptime_ms INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (change, spawn_time, mark)
);
CREATE TABLE restarts (at_us INTEGER NOT NULL);
";

/// Names a change for good: snapd's numbers begin anew when its state is lost.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    pub(super) change: String,
    pub(super) spawn_time: String,
}

/// All that is known of a change that is going on.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) watched: Watched,
    pub(super) marks: BTreeMap<Mark, At>,
}

/// The watchdog's memory.
#[derive(Clone, Debug)]
pub(super) struct Records(pub(super) Database);

impl Key {
    pub(super) fn of(change: &Change) -> Self {
        Self {
            change: change.id.to_string(),
            spawn_time: change.spawn_time.clone(),
        }
    }
}

impl Records {
    /// Notes that these changes are going on, and says what is known of each. What is known of the others is given back, if
    /// something was done about them, and forgotten: they are over.
    pub(super) async fn see(
        &self,
        going_on: Vec<Key>,
        over: Vec<Key>,
        now: Moment,
    ) -> Result<(Vec<(Key, Known)>, Vec<Key>), DatabaseError> {
        self.0
            .write(move |db| {
                let mut known = Vec::with_capacity(going_on.len());
                for key in going_on {
                    let watched = match watched(db, &key)? {
                        Some(watched) => watched.again(&now),
                        None => Watched::begin(&now),
                    };
                    put_watched(db, &key, &watched, &now)?;
                    let marks = marks(db, &key)?;
                    known.push((key, Known { watched, marks }));
                }
                let mut cured = Vec::new();
                for key in over {
                    if !marks(db, &key)?.is_empty() {
                        cured.push(key.clone());
                    }
                    forget(db, &key)?;
                }
                let old = "DELETE FROM watched WHERE abs(?1 - seen_us) > ?2";
                db.execute(old, [now.wall_us(), REMEMBERED_US])?;
                db.execute(
                    "DELETE FROM marks WHERE abs(?1 - at_us) > ?2 AND NOT EXISTS (SELECT 1 FROM watched \
                     WHERE watched.change = marks.change AND watched.spawn_time = marks.spawn_time)",
                    [now.wall_us(), REMEMBERED_US],
                )?;
                Ok((known, cured))
            })
            .await
    }

    /// How often the device was restarted in the last 24 hours. What lies in the future counts: the clock was set.
    pub(super) async fn restarts_today(&self, now: &Moment) -> Result<u32, DatabaseError> {
        let now_us = now.wall_us();
        let count = "SELECT COUNT(*) FROM restarts WHERE abs(?1 - at_us) < ?2";
        self.0
            .write(move |db| db.query_row(count, [now_us, DAY_US], |row| row.get(0)))
            .await
    }
}

/// Notes what is about to be done; within a transaction.
pub(super) fn put_mark(
    db: &Connection,
    key: &Key,
    mark: Mark,
    now: &Moment,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT OR REPLACE INTO marks (change, spawn_time, mark, boot, uptime_ms, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            key.change,
            key.spawn_time,
            mark.as_str(),
            now.boot,
            millis(now.uptime),
            now.wall_us()
        ],
    )?;
    Ok(())
}

/// Notes that the device is about to be restarted; within a transaction.
pub(super) fn put_restart(db: &Connection, now: &Moment) -> rusqlite::Result<()> {
    db.execute("INSERT INTO restarts (at_us) VALUES (?1)", [now.wall_us()])?;
    let prune = "DELETE FROM restarts WHERE rowid NOT IN (SELECT rowid FROM restarts ORDER BY rowid DESC LIMIT ?1)";
    db.execute(prune, [MAX_RESTARTS])?;
    Ok(())
}

fn watched(db: &Connection, key: &Key) -> rusqlite::Result<Option<Watched>> {
    db.query_row(
        "SELECT boot, since_ms, last_ms, observed_ms FROM watched WHERE change = ?1 AND spawn_time = ?2",
        params![key.change, key.spawn_time],
        |row| {
            Ok(Watched {
                boot: row.get(0)?,
                since: Duration::from_millis(row.get(1)?),
                last: Duration::from_millis(row.get(2)?),
                observed: Duration::from_millis(row.get(3)?),
            })
        },
    )
    .optional()
}

fn put_watched(
    db: &Connection,
    key: &Key,
    watched: &Watched,
    now: &Moment,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT OR REPLACE INTO watched (change, spawn_time, boot, since_ms, last_ms, observed_ms, seen_us) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            key.change,
            key.spawn_time,
            watched.boot,
            millis(watched.since),
            millis(watched.last),
            millis(watched.observed),
            now.wall_us()
        ],
    )?;
    Ok(())
}

fn marks(db: &Connection, key: &Key) -> rusqlite::Result<BTreeMap<Mark, At>> {
    let mut statement = db
        .prepare("SELECT mark, boot, uptime_ms FROM marks WHERE change = ?1 AND spawn_time = ?2")?;
    let rows = statement.query_map(params![key.change, key.spawn_time], |row| {
        let mark: String = row.get(0)?;
        let at = At {
            boot: row.get(1)?,
            uptime: Duration::from_millis(row.get(2)?),
        };
        Ok(Mark::parse(&mark).map(|mark| (mark, at)))
    })?;
    rows.filter_map(Result::transpose).collect()
}

fn forget(db: &Connection, key: &Key) -> rusqlite::Result<()> {
    for table in ["watched", "marks"] {
        let delete = format!("DELETE FROM {table} WHERE change = ?1 AND spawn_time = ?2");
        db.execute(&delete, params![key.change, key.spawn_time])?;
    }
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
