//! Join tokens. They are used by [`AgentStore::enrol_with_token`](crate::AgentStore::enrol_with_token).

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::Visible;
use edgeward_domain::audit::By;
use edgeward_domain::token::{JoinToken, MAX_JOIN_TOKENS};
use edgeward_ids::JoinTokenId;

use crate::{Failure, Homes, StoreError};

pub(crate) mod sql;

/// Why a join token is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenRefusal {
    /// The project that it is to adopt into does not exist.
    #[error("there is no such project")]
    UnknownProject,
    /// The organisation in which agents are to wait does not exist.
    #[error("there is no such organisation")]
    UnknownOrganisation,
    /// [`MAX_JOIN_TOKENS`] exist.
    #[error("there are {MAX_JOIN_TOKENS} join tokens already; delete some that are not needed")]
    TooMany,
}

/// Join tokens.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Records a token, as it is from now on: one for a project is for the project's organisation, whatever it said.
    /// `secret_hash` is the SHA-256 of its secret, hexadecimal; unique.
    async fn create_token(
        &self,
        token: JoinToken,
        secret_hash: &str,
        by: &By,
        now: Moment,
    ) -> Result<JoinToken, Failure<TokenRefusal>>;

    /// The tokens that adopt into these projects, or let agents wait in these homes; the newest first, expired and used-up
    /// ones included.
    async fn tokens(&self, visible: &Visible, homes: &Homes) -> Result<Vec<JoinToken>, StoreError>;

    /// The token with this id.
    async fn token(&self, id: JoinTokenId) -> Result<Option<JoinToken>, StoreError>;

    /// Deletes a token. False when there was none.
    async fn delete_token(&self, id: JoinTokenId, by: &By, now: Moment)
    -> Result<bool, StoreError>;

    /// Forgets the tokens that expired before `before`; how many.
    async fn forget_expired_tokens(&self, before: Moment, now: Moment) -> Result<u64, StoreError>;
}
