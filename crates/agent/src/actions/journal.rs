//! The journal of actions: a SQLite file in the state directory. What is written is on the disk when the call is back.

use std::path::Path;

use edgeward_ids::{ActionId, AgentId};
use edgeward_wire::action::{ActionName, ActionRequest, Step};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::entry::{Entry, State};
use crate::sqlite::{Database, DatabaseError};

/// In the state directory.
pub(crate) const FILE: &str = "actions.db";

/// How long an action that has ended is known: as long as the control plane may ask for it again, in microseconds. 30 days.
pub(crate) const RETENTION_US: u64 = 30 * 24 * 3600 * 1_000_000;

/// Of this many of the newest actions the whole result is kept; of older ones only how they ended, so that the file stays small.
const WHOLE_RESULTS: u32 = 200;

/// Results up to this size, in characters, are always kept.
const SMALL_RESULT_CHARS: u32 = 200;

const SCHEMA: &str = "
CREATE TABLE journal (agent TEXT NOT NULL, not_before_us INTEGER NOT NULL);
CREATE TABLE actions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request TEXT,
    not_after_us INTEGER NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    ended_at_us INTEGER,
    told INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX actions_by_end ON actions (ended_at_us);";

#[derive(Clone)]
pub(crate) struct Journal {
    database: Database,
}

/// What came of an action that was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Accepted {
    /// It was written down.
    New,
    /// It is known, and this far.
    Known(State),
    /// Too many wait.
    Full,
}

impl Journal {
    /// Opens the journal of this agent, or begins one.
    pub(crate) fn open(state_dir: &Path, agent: AgentId) -> Result<Self, DatabaseError> {
        let path = state_dir.join(FILE);
        let was_there = path.exists();
        let database = Database::open(&path, &[SCHEMA])?;
        // A damaged journal was put aside: what came before may have been done or not.
        let lost = was_there && path.with_added_extension("damaged").exists();
        let not_before_us = if lost {
            edgeward_runtime::now_micros()
        } else {
            0
        };
        database.write_now(|db| {
            let owner: Option<String> = db
                .query_row("SELECT agent FROM journal", [], |row| row.get(0))
                .optional()?;
            if owner.as_deref() == Some(agent.to_string().as_str()) {
                return Ok(());
            }
            // Of an identity that this device no longer has, or none yet.
            db.execute("DELETE FROM journal", [])?;
            db.execute("DELETE FROM actions", [])?;
            db.execute(
                "INSERT INTO journal VALUES (?1, ?2)",
                params![agent.to_string(), signed(not_before_us)],
            )
            .map(drop)
        })?;
        Ok(Self { database })
    }

    /// Writes an action down if it is not known. With `refused` it has ended already.
    pub(crate) fn accept(
        &self,
        action: ActionId,
        request: &ActionRequest,
        not_after_us: i64,
        refused: Option<Step>,
        now_us: u64,
        max_waiting: usize,
    ) -> Result<Accepted, DatabaseError> {
        self.database.write_now(|db| {
            if let Some(state) = known(db, action)? {
                db.execute(
                    "UPDATE actions SET told = 0 WHERE id = ?1",
                    [action.to_string()],
                )?;
                return Ok(Accepted::Known(state));
            }
            let waiting: usize = db.query_row(
                "SELECT COUNT(*) FROM actions WHERE ended_at_us IS NULL",
                [],
                |row| row.get(0),
            )?;
            if waiting >= max_waiting {
                return Ok(Accepted::Full);
            }
            let not_before_us: i64 =
                db.query_row("SELECT not_before_us FROM journal", [], |row| row.get(0))?;
            let state = match refused {
                Some(step) => State::Ended { step },
                None if made_at_us(action) < not_before_us => State::failed(
                    "the agent's journal of actions was damaged, so whether this was done before is not known; ask for it anew",
                ),
                None => State::Received,
            };
            insert(db, action, Some(request), not_after_us, &state, now_us)?;
            Ok(match state {
                State::Received => Accepted::New,
                ended => Accepted::Known(ended),
            })
        })
    }

    /// Notes that an action is to be undone; how far it is. One that is not known has ended, as cancelled.
    pub(crate) fn cancel(&self, action: ActionId, now_us: u64) -> Result<State, DatabaseError> {
        self.database.write_now(|db| {
            if let Some(state) = known(db, action)? {
                db.execute(
                    "UPDATE actions SET cancelled = 1, told = 0 WHERE id = ?1",
                    [action.to_string()],
                )?;
                return Ok(state);
            }
            let state = State::CANCELLED;
            insert(db, action, None, 0, &state, now_us)?;
            Ok(state)
        })
    }

    /// The actions that have not ended, in the order in which they came.
    pub(crate) async fn unfinished(&self) -> Result<Vec<Entry>, DatabaseError> {
        self.database
            .write(|db| {
                let all = "SELECT id, request, not_after_us, cancelled, state FROM actions WHERE ended_at_us IS NULL ORDER BY number";
                db.prepare_cached(all)?
                    .query_map([], |row| {
                        Ok(Entry {
                            action: id(row, 0)?,
                            request: json(row, 1)?,
                            not_after_us: row.get(2)?,
                            cancelled: row.get(3)?,
                            state: json(row, 4)?,
                        })
                    })?
                    .collect()
            })
            .await
    }

    pub(crate) async fn has_ended(&self, action: ActionId) -> Result<bool, DatabaseError> {
        self.database
            .write(move |db| Ok(matches!(known(db, action)?, Some(State::Ended { .. }))))
            .await
    }

    /// Notes how far an action is that has not ended.
    pub(crate) async fn note(&self, action: ActionId, state: &State) -> Result<(), DatabaseError> {
        let state = text(state);
        self.database
            .write(move |db| {
                db.execute(
                    "UPDATE actions SET state = ?2 WHERE id = ?1 AND ended_at_us IS NULL",
                    params![action.to_string(), state],
                )
                .map(drop)
            })
            .await
    }

    /// Notes how an action has ended.
    pub(crate) async fn end(
        &self,
        action: ActionId,
        step: &Step,
        now_us: u64,
    ) -> Result<(), DatabaseError> {
        let state = text(&State::Ended { step: step.clone() });
        self.database
            .write(move |db| {
                db.execute(
                    "UPDATE actions SET state = ?2, ended_at_us = ?3, told = 0 WHERE id = ?1",
                    params![action.to_string(), state, signed(now_us)],
                )
                .map(drop)
            })
            .await
    }

    /// The actions whose end nobody has heard of yet.
    pub(crate) async fn untold(&self) -> Result<Vec<(ActionId, Step)>, DatabaseError> {
        self.database
            .write(|db| {
                let all = "SELECT id, state FROM actions WHERE ended_at_us IS NOT NULL AND told = 0 ORDER BY number";
                let found: Vec<(ActionId, State)> = db
                    .prepare_cached(all)?
                    .query_map([], |row| Ok((id(row, 0)?, json(row, 1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                Ok(found
                    .into_iter()
                    .filter_map(|(action, state)| match state {
                        State::Ended { step } => Some((action, step)),
                        _ => None,
                    })
                    .collect())
            })
            .await
    }

    /// The control plane has heard how the action ended: what it was, if it was done. None if it goes on.
    pub(crate) async fn tell(&self, action: ActionId) -> Result<Option<ActionName>, DatabaseError> {
        self.database
            .write(move |db| {
                let told = db.execute(
                    "UPDATE actions SET told = 1 WHERE id = ?1 AND ended_at_us IS NOT NULL",
                    [action.to_string()],
                )?;
                if told == 0 {
                    return Ok(None);
                }
                let (request, state): (Option<ActionRequest>, State) = db.query_row(
                    "SELECT request, state FROM actions WHERE id = ?1",
                    [action.to_string()],
                    |row| Ok((json_if_any(row, 0)?, json(row, 1)?)),
                )?;
                Ok(request
                    .filter(|_| {
                        matches!(
                            state,
                            State::Ended {
                                step: Step::Done { .. }
                            }
                        )
                    })
                    .map(|request| request.name))
            })
            .await
    }

    /// Whether the device was unregistered and the control plane has heard of it.
    pub(crate) async fn is_unregistered(&self) -> Result<bool, DatabaseError> {
        self.database
            .write(|db| {
                let told = "SELECT request, state FROM actions WHERE told = 1 AND request LIKE '%\"unregister\"%'";
                let found: Vec<(ActionRequest, State)> = db
                    .prepare_cached(told)?
                    .query_map([], |row| Ok((json(row, 0)?, json(row, 1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                Ok(found.iter().any(|(request, state)| {
                    request.name == ActionName::Unregister
                        && matches!(state, State::Ended { step: Step::Done { .. } })
                }))
            })
            .await
    }

    /// Removes what ended longer ago than [`RETENTION_US`], and large results of all but the newest actions.
    pub(crate) async fn prune(&self, now_us: u64) -> Result<(), DatabaseError> {
        let before = signed(now_us.saturating_sub(RETENTION_US));
        let bare = text(&State::done(serde_json::Value::Null));
        self.database
            .write(move |db| {
                db.execute("DELETE FROM actions WHERE ended_at_us < ?1", [before])?;
                db.execute(
                    "UPDATE actions SET state = ?1 WHERE told = 1 AND ended_at_us IS NOT NULL AND length(state) > ?2
                     AND state LIKE '%\"step\":\"done\"%'
                     AND number <= (SELECT MAX(number) FROM actions) - ?3",
                    params![bare, SMALL_RESULT_CHARS, WHOLE_RESULTS],
                )
                .map(drop)
            })
            .await
    }
}

fn known(db: &Connection, action: ActionId) -> rusqlite::Result<Option<State>> {
    db.query_row(
        "SELECT state FROM actions WHERE id = ?1",
        [action.to_string()],
        |row| json(row, 0),
    )
    .optional()
}

fn insert(
    db: &Connection,
    action: ActionId,
    request: Option<&ActionRequest>,
    not_after_us: i64,
    state: &State,
    now_us: u64,
) -> rusqlite::Result<()> {
    let ended_at_us = matches!(state, State::Ended { .. }).then(|| signed(now_us));
    db.execute(
        "INSERT INTO actions (id, request, not_after_us, state, ended_at_us) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            action.to_string(),
            request.map(text),
            not_after_us,
            text(state),
            ended_at_us
        ],
    )
    .map(drop)
}

/// What is written is plain data and always fits JSON.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

fn json_if_any<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => json(row, column).map(Some),
    }
}

fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<ActionId> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// When an id was drawn: that is in it.
fn made_at_us(action: ActionId) -> i64 {
    let millis = action.as_uuid().as_u128() >> 80;
    i64::try_from(millis)
        .unwrap_or(i64::MAX)
        .saturating_mul(1000)
}

#[cfg(test)]
mod tests;
