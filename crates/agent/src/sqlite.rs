//! The agent's small databases: one file each, private, made or brought up to date when opened.
//!
//! SQLite in its plainest mode, one writer, each write on the disk when it is committed. A file that is damaged is put aside
//! and begun anew: what the agent notes here is worth less than the agent. Who cannot accept that uses another opener.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

/// How long a write waits for whoever else reads or writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How much of each file is kept in memory at most, in KiB; SQLite would keep eight times as much, which is much on a small device.
const CACHE_KIB: i32 = 256;

/// Added to the name of a damaged file.
const DAMAGED: &str = "damaged";

/// A database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file cannot be made.
    #[error("cannot make the database {}", path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// SQLite refuses.
    #[error("cannot {attempt} the database {}", path.display())]
    Sqlite {
        /// What was tried.
        attempt: &'static str,
        /// Which.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// A newer agent has made it.
    #[error("the database {} was made by a newer edgeward-agent", path.display())]
    Newer {
        /// Which.
        path: PathBuf,
    },
    /// Whoever worked with it before has died of it.
    #[error("the work on the database {} was cut off", path.display())]
    CutOff {
        /// Which.
        path: PathBuf,
    },
}

/// An open database. Cheap to clone; clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    path: Arc<Path>,
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens the file, makes it if it is not there, and carries out the steps of the schema that it has not seen yet.
    pub(crate) fn open(path: &Path, schema: &[&str]) -> Result<Self, DatabaseError> {
        match Self::try_open(path, schema) {
            Err(DatabaseError::Sqlite { source, .. }) if is_damage(&source) => {
                let aside = path.with_added_extension(DAMAGED);
                tracing::error!(
                    database = %path.display(),
                    aside = %aside.display(),
                    error = %source,
                    "a database is damaged; it is put aside, and begun anew"
                );
                fs::rename(path, &aside).map_err(|source| DatabaseError::Make {
                    path: path.to_owned(),
                    source,
                })?;
                let journal = path.with_file_name(journal_of(path));
                let _none = fs::remove_file(journal);
                Self::try_open(path, schema)
            }
            result => result,
        }
    }

    /// Opens a file that another process may be writing to, to look at it. None if there is no such file.
    pub(crate) fn open_to_read(path: &Path) -> Result<Option<Connection>, DatabaseError> {
        if !path.exists() {
            return Ok(None);
        }
        let failed = failed("open", path);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(&failed)?;
        Ok(Some(connection))
    }

    fn try_open(path: &Path, schema: &[&str]) -> Result<Self, DatabaseError> {
        make_private(path).map_err(|source| DatabaseError::Make {
            path: path.to_owned(),
            source,
        })?;
        let failed = failed("open", path);
        let mut connection = Connection::open(path).map_err(&failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(&failed)?;
        connection
            .pragma_update(None, "cache_size", -CACHE_KIB)
            .map_err(&failed)?;
        let transaction = begin(&mut connection).map_err(&failed)?;
        let done: usize = transaction
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(&failed)?;
        let steps = schema.get(done..).ok_or_else(|| DatabaseError::Newer {
            path: path.to_owned(),
        })?;
        for step in steps {
            transaction.execute_batch(step).map_err(&failed)?;
        }
        transaction
            .pragma_update(None, "user_version", schema.len())
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(Self {
            path: path.into(),
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Does something in one transaction, off the threads that must not wait. It is on the disk when this is back.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, DatabaseError> {
        let this = self.clone();
        let cut_off = || DatabaseError::CutOff {
            path: self.path.to_path_buf(),
        };
        tokio::task::spawn_blocking(move || this.write_now(work))
            .await
            .map_err(|_| cut_off())?
    }

    /// The same, here: where waiting is allowed.
    pub(crate) fn write_now<R>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, DatabaseError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transact = || {
            let transaction = begin(&mut connection)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        transact().map_err(failed("write to", &self.path))
    }
}

/// Begins as a writer at once: whoever begins as a reader is refused, not kept waiting, when another has written meanwhile.
fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// For `map_err`.
pub(crate) fn failed(
    attempt: &'static str,
    path: &Path,
) -> impl Fn(rusqlite::Error) -> DatabaseError {
    move |source| DatabaseError::Sqlite {
        attempt,
        path: path.to_owned(),
        source,
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

fn journal_of(path: &Path) -> std::ffi::OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-journal");
    name
}

/// SQLite itself would make it readable for everybody.
fn make_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const SCHEMA: [&str; 2] = [
        "CREATE TABLE a (x INTEGER)",
        "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7",
    ];

    fn sum(database: &Database) -> i64 {
        let sum = "SELECT COALESCE(SUM(x + y), 0) FROM a";
        database
            .write_now(|db| db.query_row(sum, [], |row| row.get(0)))
            .unwrap()
    }

    #[test]
    fn a_schema_grows_and_what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("new/x.db");
        let first = Database::open(&file, &SCHEMA[..1]).unwrap();
        first
            .write_now(|db| db.execute("INSERT INTO a VALUES (1)", []))
            .unwrap();
        drop(first);
        assert_eq!(sum(&Database::open(&file, &SCHEMA).unwrap()), 8);
        assert_eq!(sum(&Database::open(&file, &SCHEMA).unwrap()), 8);
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let error = Database::open(&file, &SCHEMA[..1]).unwrap_err();
        assert!(matches!(error, DatabaseError::Newer { .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.db");
        fs::write(
            &file,
            "no database at all, but long enough to be looked at".repeat(100),
        )
        .unwrap();
        assert_eq!(sum(&Database::open(&file, &SCHEMA).unwrap()), 0);
        assert!(dir.path().join("x.db.damaged").exists());
    }

    #[test]
    fn whoever_writes_waits_for_another_who_does() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.db");
        let write = || {
            let database = Database::open(&file, &SCHEMA).unwrap();
            for _ in 0..50 {
                let more = |db: &Connection| {
                    let rows: i64 = db.query_row("SELECT COUNT(*) FROM a", [], |row| row.get(0))?;
                    db.execute("INSERT INTO a VALUES (?1, 0)", [rows])
                };
                database.write_now(more).unwrap();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(write);
            scope.spawn(write);
        });
        // Each has counted what all before it wrote.
        assert_eq!(sum(&Database::open(&file, &SCHEMA).unwrap()), 99 * 100 / 2);
    }

    #[tokio::test]
    async fn work_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("x.db"), &SCHEMA).unwrap();
        let work = |db: &Connection| {
            db.execute("INSERT INTO a VALUES (1, 1)", [])?;
            db.execute("INSERT INTO nowhere VALUES (1)", [])
        };
        let error = database.write(work).await.unwrap_err();
        assert!(matches!(
            error,
            DatabaseError::Sqlite {
                attempt: "write to",
                ..
            }
        ));
        assert_eq!(sum(&database), 0);
    }
}
