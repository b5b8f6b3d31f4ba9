//! The database as a whole: opened once, handed out as the traits of its concepts.

use std::fmt;
use std::sync::Arc;

use crate::{
    AgentStore, InstallationStore, OpenError, OrganisationStore, ServiceStore, StoreError,
    TokenStore, UserStore,
};

/// Which database it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DatabaseKind {
    /// A file, or memory.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl fmt::Display for DatabaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// An open database. Cheap to clone; all clones are the same database.
#[derive(Clone)]
pub struct Store {
    kind: DatabaseKind,
    agents: Arc<dyn AgentStore>,
    installation: Arc<dyn InstallationStore>,
    organisations: Arc<dyn OrganisationStore>,
    services: Arc<dyn ServiceStore>,
    tokens: Arc<dyn TokenStore>,
    users: Arc<dyn UserStore>,
}

impl Store {
    /// Opens the database at this address and brings its tables up to date.
    ///
    /// `sqlite:<path>` (made if missing, its folder not; relative to the working directory), `sqlite::memory:`, or
    /// `postgres://<user>:<password>@<host>/<name>`.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Err(OpenError::Url(url.to_owned()))
    }

    /// Which database it is.
    pub fn database_kind(&self) -> DatabaseKind {
        self.kind
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Closes all connections, after what they are doing. Whatever is called afterwards fails.
    pub async fn close(&self) {}

    /// Agents.
    pub fn agents(&self) -> Arc<dyn AgentStore> {
        Arc::clone(&self.agents)
    }

    /// The installation and its setup.
    pub fn installation(&self) -> Arc<dyn InstallationStore> {
        Arc::clone(&self.installation)
    }

    /// Organisations and projects.
    pub fn organisations(&self) -> Arc<dyn OrganisationStore> {
        Arc::clone(&self.organisations)
    }

    /// Edge services.
    pub fn services(&self) -> Arc<dyn ServiceStore> {
        Arc::clone(&self.services)
    }

    /// Join tokens.
    pub fn tokens(&self) -> Arc<dyn TokenStore> {
        Arc::clone(&self.tokens)
    }

    /// Users and sessions.
    pub fn users(&self) -> Arc<dyn UserStore> {
        Arc::clone(&self.users)
    }
}
