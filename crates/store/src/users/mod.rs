//! Users, and the sessions in which they act.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Email, Session, SessionKind, User};
use edgeward_ids::{SessionId, UserId};

use crate::StoreError;

pub(crate) mod sql;

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The id.
    pub id: UserId,
    /// What they will sign in with.
    pub email: Email,
    /// The name that others see.
    pub display_name: String,
    /// The password's hash in PHC form.
    pub password_hash: String,
}

/// A user, and what proves a password.
#[derive(Clone)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The password's hash in PHC form.
    pub password_hash: String,
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The id.
    pub id: SessionId,
    /// SHA-256 of its token, hexadecimal; unique.
    pub token_hash: String,
    /// Who acts in it; nobody for the operator's token of the machine.
    pub user: Option<UserId>,
    /// How its token travels.
    pub kind: SessionKind,
    /// When it ends unless it is extended.
    pub expires_at: Moment,
}

/// Users, and the sessions in which they act.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Who signs in with this address, whatever its case.
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError>;

    /// Begins a session. The user must exist.
    async fn create_session(&self, session: NewSession, now: Moment)
    -> Result<Session, StoreError>;

    /// The session whose token has this hash, unless it has ended by `now`.
    async fn session(&self, token_hash: &str, now: Moment) -> Result<Option<Session>, StoreError>;

    /// Lets a session end later; never earlier. False when there is no such session.
    async fn extend_session(&self, id: SessionId, expires_at: Moment) -> Result<bool, StoreError>;

    /// Ends a session. False when there was none.
    async fn end_session(&self, id: SessionId) -> Result<bool, StoreError>;

    /// Forgets the sessions that have ended by `now`; how many.
    async fn forget_ended_sessions(&self, now: Moment) -> Result<u64, StoreError>;
}
