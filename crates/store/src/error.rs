//! What can go wrong: with the database, and against the rules.

use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

/// The database did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is busy. Trying again later helps.
    #[error("the database was not available to {attempted}")]
    Unavailable {
        /// What was attempted, such as `record a hello`.
        attempted: &'static str,
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// Its disk is full. Trying again helps once there is space.
    #[error("the database has no space to {attempted}")]
    Full {
        /// What was attempted.
        attempted: &'static str,
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// What is stored makes no sense: it was changed by something else, or by a newer version. Trying again does not help.
    #[error("the database contains {what} that makes no sense: {found}")]
    Corrupt {
        /// What kind of thing.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// The database refused what should have worked; a defect. Trying again does not help.
    #[error("the database refused to {attempted}")]
    Refused {
        /// What was attempted.
        attempted: &'static str,
        /// What the database said.
        #[source]
        source: Cause,
    },
}

impl StoreError {
    /// Whether trying again later helps.
    pub const fn retry_helps(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Full { .. })
    }
}

/// A use case did not happen: a rule was in the way, or the database was.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R: Error + 'static> {
    /// A rule was in the way. Nothing was changed.
    #[error(transparent)]
    Refused(R),
    /// The database was.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R: Error + 'static> Failure<R> {
    /// The rule that was in the way, if one was.
    pub const fn refusal(&self) -> Option<&R> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Store(_) => None,
        }
    }
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of a database that is supported.
    #[error(
        "\"{0}\" is not the address of a database; use sqlite:<path>, sqlite::memory:, or postgres://<user>@<host>/<name>"
    )]
    Url(String),
    /// It cannot be reached, or does not let us in.
    #[error("cannot open the database {database}")]
    Connect {
        /// The address, without a password.
        database: String,
        /// What was in the way.
        #[source]
        source: Cause,
    },
    /// Its tables could not be brought up to date.
    #[error("cannot bring the tables of the database {database} up to date")]
    Migrate {
        /// The address, without a password.
        database: String,
        /// What was in the way.
        #[source]
        source: Cause,
    },
    /// A newer version of this program has changed the tables.
    #[error(
        "the database {database} was changed by a newer version (it has the unknown migration {migration}); start that version, or restore a backup"
    )]
    Newer {
        /// The address, without a password.
        database: String,
        /// The first migration that this version does not know.
        migration: String,
    },
}
