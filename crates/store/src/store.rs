//! The database as a whole: opened once, handed out as the traits of its concepts.

use std::fmt;
use std::sync::Arc;

use crate::database::Database;
use crate::database::fault::carry_out;
use crate::{
    ActionStore, AgentStore, ApiTokenStore, AuditKey, AuditStore, DeliveryStore, DeviceStore,
    HostingStore, InstallationStore, MemberStore, OpenError, OrganisationStore, RolloutStore,
    ServiceStore, SessionStore, SettingStore, StoreError, TemplateStore, TokenStore, TwinStore,
    UserStore,
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
    database: Arc<Database>,
}

impl Store {
    /// Opens the database at this address and brings its tables up to date.
    ///
    /// `sqlite:<path>` (made if missing, its folder not; relative to the working directory), `sqlite::memory:`, or
    /// `postgres://<user>:<password>@<host>/<name>`. The key seals the audit log; it must be the same at each start.
    pub async fn open(url: &str, key: AuditKey) -> Result<Self, OpenError> {
        let database = Arc::new(Database::open(url, key).await?);
        Ok(Self { database })
    }

    /// Which database it is.
    pub fn database_kind(&self) -> DatabaseKind {
        self.database.kind()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        carry_out("ask whether the database answers", async {
            Ok(self.database.ping().await?)
        })
        .await
    }

    /// Closes all connections, after what they are doing. Whatever is called afterwards fails.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Actions.
    pub fn actions(&self) -> Arc<dyn ActionStore> {
        self.database.clone()
    }

    /// Agents.
    pub fn agents(&self) -> Arc<dyn AgentStore> {
        self.database.clone()
    }

    /// API tokens.
    pub fn api_tokens(&self) -> Arc<dyn ApiTokenStore> {
        self.database.clone()
    }

    /// The audit log.
    pub fn audit(&self) -> Arc<dyn AuditStore> {
        self.database.clone()
    }

    /// Deliveries of templates to edge services.
    pub fn deliveries(&self) -> Arc<dyn DeliveryStore> {
        self.database.clone()
    }

    /// Devices: registrations and enrolment.
    pub fn devices(&self) -> Arc<dyn DeviceStore> {
        self.database.clone()
    }

    /// Hosted services.
    pub fn hosting(&self) -> Arc<dyn HostingStore> {
        self.database.clone()
    }

    /// The installation and its setup.
    pub fn installation(&self) -> Arc<dyn InstallationStore> {
        self.database.clone()
    }

    /// Members of organisations and projects.
    pub fn members(&self) -> Arc<dyn MemberStore> {
        self.database.clone()
    }

    /// Organisations and projects.
    pub fn organisations(&self) -> Arc<dyn OrganisationStore> {
        self.database.clone()
    }

    /// Rollouts, and devices' tags.
    pub fn rollouts(&self) -> Arc<dyn RolloutStore> {
        self.database.clone()
    }

    /// Edge services.
    pub fn services(&self) -> Arc<dyn ServiceStore> {
        self.database.clone()
    }

    /// Sessions.
    pub fn sessions(&self) -> Arc<dyn SessionStore> {
        self.database.clone()
    }

    /// Settings.
    pub fn settings(&self) -> Arc<dyn SettingStore> {
        self.database.clone()
    }

    /// Templates of edge services' configurations.
    pub fn templates(&self) -> Arc<dyn TemplateStore> {
        self.database.clone()
    }

    /// Join tokens.
    pub fn tokens(&self) -> Arc<dyn TokenStore> {
        self.database.clone()
    }

    /// Twins.
    pub fn twins(&self) -> Arc<dyn TwinStore> {
        self.database.clone()
    }

    /// Users.
    pub fn users(&self) -> Arc<dyn UserStore> {
        self.database.clone()
    }
}
