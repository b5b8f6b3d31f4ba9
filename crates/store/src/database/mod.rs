//! The one place that opens a database, begins transactions and knows which of the two it is.
//!
//! Durability. A use case that has returned is on disk, power loss included. SQLite runs in WAL mode with `synchronous =
//! FULL`: each commit syncs the log. `NORMAL` would survive a killed process, but after a power loss the last commits may be
//! gone (<https://www.sqlite.org/pragma.html#pragma_synchronous>), and a join token that was counted or a command number that
//! was given out would come back. PostgreSQL does the same by its default, `synchronous_commit = on`.
//!
//! Writing. Every writing transaction begins in [`Database::write`] and nowhere else. On SQLite it is `BEGIN IMMEDIATE`,
//! after a fair turn among the tasks of this process: a deferred transaction that reads and then writes fails as soon as
//! another has written meanwhile. On PostgreSQL it is READ COMMITTED with the rows locked that are read to be changed, and
//! a [`Guard`] where a rule counts rows or looks at names that are not there yet.

pub(crate) mod deliveries;
pub(crate) mod devices;
pub(crate) mod entity;
pub(crate) mod fault;
pub(crate) mod hosting;
pub(crate) mod migrations;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod rollouts;
pub(crate) mod service_tags;
pub(crate) mod text;
pub(crate) mod twins;

use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::audit::{By, Note};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::{Mutex, MutexGuard};

use crate::audit::{AuditKey, Notes};
use crate::database::fault::Broken;
use crate::{DatabaseKind, OpenError};

/// How long a statement waits for another process's lock on an SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a use case waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections to an SQLite file: one writes at a time, the others read.
const SQLITE_CONNECTIONS: u32 = 6;

/// Connections to a PostgreSQL server.
const POSTGRES_CONNECTIONS: u32 = 16;

/// How many values are bound to one statement at most; SQLite allows 32 766, PostgreSQL 65 535.
pub(crate) const MAX_BOUND_VALUES: usize = 30_000;

/// An open database.
pub(crate) struct Database {
    connection: DatabaseConnection,
    kind: DatabaseKind,
    key: AuditKey,
    turn: Mutex<()>,
}

/// What a writing transaction may need for itself, beyond the rows that it locks. Taken in this order, once each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Guard {
    /// The tables themselves.
    Migrations = 0x0ed6_e001,
    /// Whether there is a user.
    Setup = 0x0ed6_e002,
    /// Numbers and names of organisations and projects.
    Organisations = 0x0ed6_e003,
    /// Who is a member of what, and whether what has administrators keeps one.
    People = 0x0ed6_e007,
    /// The number of join tokens.
    Tokens = 0x0ed6_e004,
    /// The number of unmanaged agents.
    Unmanaged = 0x0ed6_e005,
    /// Which devices are registered, and how many.
    Devices = 0x0ed6_e008,
    /// The number of rollouts, and of deliveries.
    Rollouts = 0x0ed6_e009,
    /// The number of templates, and their names.
    Templates = 0x0ed6_e00a,
    /// Which services exist, and their names.
    Services = 0x0ed6_e006,
}

/// A writing transaction. Dropped without [`Writing::commit`], it never happened.
pub(crate) struct Writing<'a> {
    transaction: DatabaseTransaction,
    kind: DatabaseKind,
    key: &'a AuditKey,
    notes: Notes,
    // Declared after the transaction, so that the roll-back is under way before the next one begins.
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Database {
    /// Opens the database at `url` and brings its tables up to date.
    pub(crate) async fn open(url: &str, key: AuditKey) -> Result<Self, OpenError> {
        let (connection, kind) = connect(url).await?;
        let database = Self {
            connection,
            kind,
            key,
            turn: Mutex::new(()),
        };
        match migrations::bring_up_to_date(&database, &shown(url)).await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    pub(crate) const fn audit_key(&self) -> &AuditKey {
        &self.key
    }

    pub(crate) const fn kind(&self) -> DatabaseKind {
        self.kind
    }

    pub(crate) async fn ping(&self) -> Result<(), DbErr> {
        self.connection.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        if let Err(error) = self.connection.close_by_ref().await {
            tracing::debug!(%error, "the database was not closed cleanly");
        }
    }

    /// For a single reading statement.
    pub(crate) const fn once(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// For several reading statements that must see the same state. Never write in it.
    pub(crate) async fn read(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = match self.kind {
            DatabaseKind::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
            DatabaseKind::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        self.connection.begin_with_options(options).await
    }

    /// For everything that writes.
    pub(crate) async fn write(&self) -> Result<Writing<'_>, DbErr> {
        let (turn, mode) = match self.kind {
            DatabaseKind::Sqlite => (
                Some(self.turn.lock().await),
                Some(SqliteTransactionMode::Immediate),
            ),
            DatabaseKind::Postgres => (None, None),
        };
        let transaction = self
            .connection
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: mode,
                ..TransactionOptions::default()
            })
            .await?;
        Ok(Writing {
            transaction,
            kind: self.kind,
            key: &self.key,
            notes: Notes::default(),
            _turn: turn,
        })
    }
}

impl Writing<'_> {
    /// Waits until no other transaction holds this guard, and holds it to the end.
    pub(crate) async fn guard(&self, guard: Guard) -> Result<(), DbErr> {
        if self.kind == DatabaseKind::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({})", guard as i64);
            self.transaction.execute_unprepared(&lock).await?;
        }
        Ok(())
    }

    /// Says what this transaction does, for the audit log.
    pub(crate) fn note(&mut self, note: Note, by: &By, now: Moment) {
        self.notes.add(note, by, now);
    }

    /// Makes it so, where there is no audit log yet.
    pub(crate) async fn commit_without_notes(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }

    /// Makes it so, with an entry for each note. The log is locked only now, so that transactions wait for one another no
    /// longer than it takes to append and commit.
    pub(crate) async fn commit(self) -> Result<(), Broken> {
        self.notes.append(&self.transaction, self.key).await?;
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for Writing<'_> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

async fn connect(url: &str) -> Result<(DatabaseConnection, DatabaseKind), OpenError> {
    let bad_url = || OpenError::Url(shown(url));
    if url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(url).map_err(|_| bad_url())?;
        let in_memory = url.contains(":memory:");
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        // A database in memory is its connection's own: there must be one, for ever.
        let pool = SqlitePoolOptions::new()
            .max_connections(if in_memory { 1 } else { SQLITE_CONNECTIONS })
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(ACQUIRE_TIMEOUT);
        let pool = pool.connect_with(options).await;
        Ok((pool.map_err(refused(url))?.into(), DatabaseKind::Sqlite))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| bad_url())?
            .application_name("edgeward")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await;
        Ok((pool.map_err(refused(url))?.into(), DatabaseKind::Postgres))
    } else {
        Err(bad_url())
    }
}

fn refused(url: &str) -> impl FnOnce(sqlx::Error) -> OpenError {
    let database = shown(url);
    move |error| OpenError::Connect {
        database,
        source: Box::new(error),
    }
}

/// The address without password and parameters.
fn shown(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, rest)), Some((_, host))) => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
