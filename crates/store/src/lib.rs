//! What the control plane keeps: one trait per concept, over SQLite or PostgreSQL.
//!
//! Each method is a use case and one transaction: the state, and everything that follows from it, is on disk when the
//! method has returned, or nothing of it is. The rules themselves are `edgeward-domain`'s; this crate asks them inside the
//! transaction, with the rows locked, so that two callers at once get the answers that they would get one after the other.
//! No other crate names a database.
//!
//! Secrets never come here: tokens, keys and passwords arrive as hashes.

mod agents;
mod database;
mod error;
mod installation;
mod organisations;
mod services;
mod store;
mod tokens;
mod users;

pub use agents::{
    AgentFilter, AgentStore, AgentView, CertificateUse, EnrolRefusal, Hello, HelloOutcome,
    Management, NewAgent, Place, Released, RosterEntry, UnknownAgent,
};
pub use error::{Failure, OpenError, StoreError};
pub use installation::{Installation, InstallationStore, SetupRefusal};
pub use organisations::OrganisationStore;
pub use services::{ServiceFilter, ServiceStore, ServiceView};
pub use store::{DatabaseKind, Store};
pub use tokens::{TokenRefusal, TokenStore};
pub use users::{Credentials, NewSession, NewUser, UserStore};

mod page;
pub use page::{AgentIds, Page};
