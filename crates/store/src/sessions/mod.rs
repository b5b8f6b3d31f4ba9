//! The sessions in which people, and the machine's own operator, act.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Session, SessionKind};
use edgeward_domain::audit::By;
use edgeward_ids::{SessionId, UserId};

use crate::{Failure, StoreError};

pub(crate) mod sql;

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
    /// Whether it outlasts the browser.
    pub remembered: bool,
    /// Where it is begun, as the control plane sees it.
    pub address: String,
    /// The browser or program, as it calls itself; recorded up to [`MAX_PROGRAM_CHARS`] characters.
    pub program: String,
    /// When it ends unless it is extended.
    pub expires_at: Moment,
}

/// How much is recorded of what a browser or program calls itself.
pub const MAX_PROGRAM_CHARS: usize = 200;

/// Why a session is not begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SessionRefusal {
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// The user was disabled, or has not accepted their invitation.
    #[error("this user cannot sign in")]
    NotActive,
}

/// Sessions. A user's end at the latest when the user is disabled or deleted.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session, which is its user's last sign-in.
    async fn create_session(
        &self,
        session: NewSession,
        by: &By,
        now: Moment,
    ) -> Result<Session, Failure<SessionRefusal>>;

    /// The session whose token has this hash, with all that its user was given, unless it has ended by `now`. The machine's
    /// own has everything.
    async fn session(&self, token_hash: &str, now: Moment) -> Result<Option<Session>, StoreError>;

    /// A user's sessions that have not ended by `now`, the newest first.
    async fn sessions_of(&self, user: UserId, now: Moment) -> Result<Vec<Session>, StoreError>;

    /// Writes down that a session was used, and lets it end later; neither ever goes back. False when there is none.
    async fn session_used(
        &self,
        id: SessionId,
        at: Moment,
        expires_at: Moment,
    ) -> Result<bool, StoreError>;

    /// Ends a session. False when there was none.
    async fn end_session(&self, id: SessionId, by: &By, now: Moment) -> Result<bool, StoreError>;

    /// Ends all sessions of a user but one; how many.
    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        by: &By,
        now: Moment,
    ) -> Result<u64, StoreError>;

    /// Forgets the sessions that have ended by `now`; how many.
    async fn forget_ended_sessions(&self, now: Moment) -> Result<u64, StoreError>;
}
