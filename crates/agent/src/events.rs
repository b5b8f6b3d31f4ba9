//! What the agent has to tell of the device: written down when it happens, sent when there is a connection, and kept until
//! the broker has acknowledged it. The oldest go when there are too many.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use edgeward_runtime::now_micros;
use edgeward_wire::report::Event;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;
use tokio::sync::{Notify, watch};

use crate::sqlite::{Database, DatabaseError};
use crate::watchdog;

/// The device's own database, in the state directory.
pub(crate) const FILE: &str = "device.db";

/// The most events that wait to be sent.
const MAX_WAITING: u32 = 100;

const SCHEMA: &str = "
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL
);";

/// Opens the database in which events, and what the watchdog remembers, are kept.
pub(crate) fn open(state_dir: &Path) -> Result<Database, DatabaseError> {
    Database::open(&state_dir.join(FILE), &[SCHEMA, watchdog::SCHEMA])
}

/// Events on their way out. Cheap to clone; clones are the same one.
#[derive(Clone)]
pub(crate) struct Outbox {
    database: Database,
    news: Arc<Notify>,
    /// The highest number that was sent.
    sent: Arc<watch::Sender<i64>>,
}

impl Outbox {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            news: Arc::default(),
            sent: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Writes an event down, within a transaction; its number. Call [`Outbox::wake`] when that is committed.
    pub(crate) fn put(
        db: &Connection,
        kind: &str,
        text: &str,
        data: &Value,
    ) -> rusqlite::Result<i64> {
        let at_us = i64::try_from(now_micros()).unwrap_or(i64::MAX);
        db.execute(
            "INSERT INTO events (at_us, kind, text, data) VALUES (?1, ?2, ?3, ?4)",
            params![at_us, kind, text, data.to_string()],
        )?;
        let number = db.last_insert_rowid();
        let prune = "DELETE FROM events WHERE number NOT IN (SELECT number FROM events ORDER BY number DESC LIMIT ?1)";
        db.execute(prune, [MAX_WAITING])?;
        Ok(number)
    }

    /// There is something to be sent.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Waits for something to be sent.
    pub(crate) async fn woken(&self) {
        self.news.notified().await;
    }

    /// The oldest event that has not been acknowledged.
    pub(crate) async fn next(&self) -> Result<Option<Event>, DatabaseError> {
        self.database
            .write(|db| {
                let oldest =
                    "SELECT number, at_us, kind, text, data FROM events ORDER BY number LIMIT 1";
                db.query_row(oldest, [], |row| {
                    let data: String = row.get(4)?;
                    Ok(Event {
                        number: row.get::<_, i64>(0)?.unsigned_abs(),
                        at_us: row.get(1)?,
                        kind: row.get(2)?,
                        text: row.get(3)?,
                        data: serde_json::from_str(&data).unwrap_or_default(),
                    })
                })
                .optional()
            })
            .await
    }

    /// The broker has acknowledged the event.
    pub(crate) async fn acknowledged(&self, event: &Event) -> Result<(), DatabaseError> {
        let number = i64::try_from(event.number).unwrap_or(i64::MAX);
        self.database
            .write(move |db| db.execute("DELETE FROM events WHERE number = ?1", [number]))
            .await?;
        self.sent.send_if_modified(|sent| {
            let more = number > *sent;
            *sent = number.max(*sent);
            more
        });
        Ok(())
    }

    /// Waits until the event with this number was acknowledged, no longer than this; whether it was.
    pub(crate) async fn wait_for(&self, number: i64, limit: Duration) -> bool {
        let mut sent = self.sent.subscribe();
        let reached = sent.wait_for(|sent| *sent >= number);
        matches!(tokio::time::timeout(limit, reached).await, Ok(Ok(_)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn events_stay_until_they_are_acknowledged() {
        let dir = tempfile::tempdir().unwrap();
        let put = |outbox: &Outbox, text: &'static str| {
            outbox
                .database
                .write_now(|db| Outbox::put(db, "watchdog", text, &json!({"change": "7"})))
                .unwrap()
        };
        let outbox = Outbox::new(open(dir.path()).unwrap());
        assert_eq!(outbox.next().await.unwrap(), None);
        let first = put(&outbox, "one");
        put(&outbox, "two");
        let event = outbox.next().await.unwrap().unwrap();
        assert_eq!(
            (event.text.as_str(), &event.data["change"]),
            ("one", &json!("7"))
        );
        assert!(!outbox.wait_for(first, Duration::from_millis(1)).await);

        // After a restart it is still there.
        let outbox = Outbox::new(open(dir.path()).unwrap());
        assert_eq!(outbox.next().await.unwrap(), Some(event.clone()));
        outbox.acknowledged(&event).await.unwrap();
        assert!(outbox.wait_for(first, Duration::ZERO).await);
        let event = outbox.next().await.unwrap().unwrap();
        assert_eq!(event.text, "two");
        outbox.acknowledged(&event).await.unwrap();
        // Numbers are never used again.
        assert!(put(&outbox, "three") > first + 1);
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(open(dir.path()).unwrap());
        let many = MAX_WAITING + 5;
        outbox
            .database
            .write_now(|db| {
                (0..many)
                    .try_for_each(|n| Outbox::put(db, "k", &n.to_string(), &Value::Null).map(drop))
            })
            .unwrap();
        assert_eq!(outbox.next().await.unwrap().unwrap().text, "5");
    }
}
