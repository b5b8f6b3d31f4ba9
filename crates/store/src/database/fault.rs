//! What goes wrong inside a use case, before it is known what the use case was called.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::{Failure, StoreError};

/// The database failed, or holds nonsense.
#[derive(Debug)]
pub(crate) enum Broken {
    Database(DbErr),
    Corrupt { what: &'static str, found: String },
}

/// The database failed, or a rule was in the way.
#[derive(Debug)]
pub(crate) enum Fault<R> {
    Broken(Broken),
    Rule(R),
}

impl Broken {
    pub(crate) fn corrupt(what: &'static str, found: impl ToString) -> Self {
        Self::Corrupt {
            what,
            found: found.to_string(),
        }
    }

    fn during(self, attempted: &'static str) -> StoreError {
        match self {
            Self::Corrupt { what, found } => StoreError::Corrupt { what, found },
            Self::Database(error) if is_unavailable(&error) => StoreError::Unavailable {
                attempted,
                source: cause(error),
            },
            Self::Database(error) => StoreError::Refused {
                attempted,
                source: cause(error),
            },
        }
    }
}

impl From<DbErr> for Broken {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl<R> From<DbErr> for Fault<R> {
    fn from(error: DbErr) -> Self {
        Self::Broken(Broken::Database(error))
    }
}

impl<R> From<Broken> for Fault<R> {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Does the work of a use case that a rule can refuse, and names it in what goes wrong.
pub(crate) async fn attempt<T, R: Error + 'static>(
    attempted: &'static str,
    work: impl Future<Output = Result<T, Fault<R>>> + Send,
) -> Result<T, Failure<R>> {
    work.await.map_err(|fault| match fault {
        Fault::Rule(refusal) => Failure::Refused(refusal),
        Fault::Broken(broken) => Failure::Store(broken.during(attempted)),
    })
}

/// Does the work of a use case without rules, and names it in what goes wrong.
pub(crate) async fn carry_out<T>(
    attempted: &'static str,
    work: impl Future<Output = Result<T, Fault<Infallible>>> + Send,
) -> Result<T, StoreError> {
    work.await.map_err(|fault| match fault {
        Fault::Broken(broken) => broken.during(attempted),
        Fault::Rule(never) => match never {},
    })
}

/// The driver's own error where there is one: sea-orm's repeats it in its text.
pub(crate) fn cause(error: DbErr) -> Box<dyn Error + Send + Sync> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => Box::new(inner),
        other => Box::new(other),
    }
}

/// Whether the database may do the same thing later.
fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed)
        | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing(&code)),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => true,
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether an error code of SQLite (a number, the kind in its low byte) or PostgreSQL (five characters) speaks of a
/// condition that passes.
///
/// SQLite <https://www.sqlite.org/rescode.html>: PERM 3, BUSY 5, LOCKED 6, NOMEM 7, READONLY 8, IOERR 10, FULL 13,
/// CANTOPEN 14. PostgreSQL, appendix A of its manual: connection 08, transaction rollback 40, resources 53, lock not
/// available 55P03, operator intervention 57, system error 58.
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        ["08", "40", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class))
            || code == "55P03"
    } else {
        code.parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, 3 | 5..=8 | 10 | 13 | 14))
    }
}
