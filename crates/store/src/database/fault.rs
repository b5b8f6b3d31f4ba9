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

impl<R> Fault<R> {
    /// The same as part of what else can be in the way.
    pub(crate) fn ruled<S>(self, wrap: impl FnOnce(R) -> S) -> Fault<S> {
        match self {
            Self::Broken(broken) => Fault::Broken(broken),
            Self::Rule(refusal) => Fault::Rule(wrap(refusal)),
        }
    }
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
            Self::Database(error) => {
                let condition = condition(&error);
                let source = cause(error);
                match condition {
                    Condition::Passing => StoreError::Unavailable { attempted, source },
                    Condition::Full => StoreError::Full { attempted, source },
                    Condition::Lasting => StoreError::Refused { attempted, source },
                }
            }
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

/// What kind of failure of the database's an error is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Condition {
    /// It may do the same thing later.
    Passing,
    /// It has no space left.
    Full,
    /// It will not do this.
    Lasting,
}

fn condition(error: &DbErr) -> Condition {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed)
        | DbErr::Conn(_) => Condition::Passing,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                sqlx::Error::Database(error) => error
                    .code()
                    .map_or(Condition::Lasting, |code| condition_of_code(&code)),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Condition::Passing,
                _ => Condition::Lasting,
            }
        }
        _ => Condition::Lasting,
    }
}

/// What an error code of SQLite (a number, the kind in its low byte) or PostgreSQL (five characters) speaks of.
///
/// SQLite <https://www.sqlite.org/rescode.html>: PERM 3, BUSY 5, LOCKED 6, NOMEM 7, READONLY 8, IOERR 10, FULL 13,
/// CANTOPEN 14. PostgreSQL, appendix A of its manual: disk full 53100; connection 08, transaction rollback 40, resources
/// 53, lock not available 55P03, operator intervention 57, system error 58.
fn condition_of_code(code: &str) -> Condition {
    let passing = if code.len() == 5 {
        if code == "53100" {
            return Condition::Full;
        }
        let class = code.get(..2).unwrap_or_default();
        ["08", "40", "53", "57", "58"].contains(&class) || code == "55P03"
    } else {
        match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(13) => return Condition::Full,
            Ok(kind) => matches!(kind, 3 | 5..=8 | 10 | 14),
            Err(_) => false,
        }
    };
    if passing {
        Condition::Passing
    } else {
        Condition::Lasting
    }
}
