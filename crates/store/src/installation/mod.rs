//! The installation: what is decided once, and how its first administrator is made.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::User;
use edgeward_domain::audit::By;
use uuid::Uuid;

use crate::{Failure, NewUser, StoreError};

mod sql;

/// What identifies this installation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Installation {
    /// Drawn at the first start.
    pub id: Uuid,
    /// When that was.
    pub created_at: Moment,
}

/// Why the first administrator is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SetupRefusal {
    /// There is one already; the link works once.
    #[error("this installation has its administrator already; sign in")]
    AlreadyDone,
    /// The key is not the newest one.
    #[error("the setup link is not valid; use the newest one that the control plane printed")]
    WrongKey,
}

/// What is decided once, and how the first administrator is made.
#[async_trait]
pub trait InstallationStore: Send + Sync {
    /// The installation's identity; drawn by the first call ever, which is also when the installation began.
    async fn installation(&self, now: Moment) -> Result<Installation, StoreError>;

    /// Whether the first administrator is still to be made: there is no user yet.
    async fn setup_needed(&self) -> Result<bool, StoreError>;

    /// Replaces the setup key. `key_hash` is the SHA-256 of the key, hexadecimal.
    async fn set_setup_key(&self, key_hash: &str, now: Moment)
    -> Result<(), Failure<SetupRefusal>>;

    /// Makes the first user, an active system administrator without memberships, whatever `user` says. Of several calls at
    /// once, exactly one succeeds.
    async fn complete_setup(
        &self,
        key_hash: &str,
        user: NewUser,
        by: &By,
        now: Moment,
    ) -> Result<User, Failure<SetupRefusal>>;
}
