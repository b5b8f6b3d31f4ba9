//! API tokens: programs' rights to act, given by somebody.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{
    Actor, ApiToken, Grants, Identity, MAX_API_TOKENS_PER_OWNER, UserState, Visible,
};
use edgeward_domain::audit::By;
use edgeward_ids::{ApiTokenId, UserId};

use crate::{Failure, Page, Slice, StoreError, UserView};

mod row;
pub(crate) mod sql;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// The id.
    pub id: ApiTokenId,
    /// SHA-256 of its text, hexadecimal; unique.
    pub secret_hash: String,
    /// What it is for.
    pub name: String,
    /// Whoever makes it; none for the machine's own operator.
    pub owner: Option<UserId>,
    /// What it is given.
    pub granted: Grants,
    /// From when on it is refused; none for never.
    pub expires_at: Option<Moment>,
}

/// A token that a program presented.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PresentedToken {
    /// The token.
    pub token: ApiToken,
    /// Its owner as they are now; none for the machine's own operator.
    pub owner: Option<UserView>,
}

/// Why a token is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenFault {
    /// Its time is over.
    #[error("the API token has expired")]
    Expired,
    /// Its owner cannot sign in.
    #[error("the owner of the API token cannot sign in any more")]
    OwnerNotActive,
}

impl PresentedToken {
    /// Who acts with it, and what they may do: what was given to the token, as far as its owner may do it now.
    pub fn identity(&self, now: Moment) -> Result<Identity, TokenFault> {
        if self.token.expires_at.is_some_and(|end| now >= end) {
            return Err(TokenFault::Expired);
        }
        let grants = match &self.owner {
            None => self.token.granted.clone(),
            Some(owner) if owner.user.state == UserState::Active => {
                self.token.granted.both(&owner.grants)
            }
            Some(_) => return Err(TokenFault::OwnerNotActive),
        };
        Ok(Identity {
            actor: Actor::Token(self.token.clone()),
            grants,
        })
    }
}

/// Which tokens to list; all conditions together.
#[derive(Clone, Debug)]
pub struct ApiTokenFilter {
    /// Only this user's.
    pub owner: Option<UserId>,
    /// Only those that were given something in one of these organisations and projects.
    pub visible: Visible,
}

/// Why a token is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ApiTokenRefusal {
    /// There is no such user, or they cannot sign in.
    #[error("there is no such user")]
    UnknownOwner,
    /// The owner has [`MAX_API_TOKENS_PER_OWNER`].
    #[error(
        "there are {MAX_API_TOKENS_PER_OWNER} API tokens of this owner already; delete some that are not needed"
    )]
    TooMany,
}

/// API tokens. They go with their owner.
#[async_trait]
pub trait ApiTokenStore: Send + Sync {
    /// Makes a token.
    async fn create_api_token(
        &self,
        token: NewApiToken,
        by: &By,
        now: Moment,
    ) -> Result<ApiToken, Failure<ApiTokenRefusal>>;

    /// The tokens that match, the newest first, expired ones included; and how many they are.
    async fn api_tokens(
        &self,
        filter: &ApiTokenFilter,
        slice: Slice,
    ) -> Result<Page<ApiToken>, StoreError>;

    /// The token with this id.
    async fn api_token(&self, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError>;

    /// The token whose text has this hash, with its owner, whatever their state; see [`PresentedToken::identity`].
    async fn presented_api_token(
        &self,
        secret_hash: &str,
    ) -> Result<Option<PresentedToken>, StoreError>;

    /// Writes down that a token was used; never earlier than recorded. False when there is none.
    async fn api_token_used(&self, id: ApiTokenId, at: Moment) -> Result<bool, StoreError>;

    /// Deletes a token. False when there was none.
    async fn delete_api_token(
        &self,
        id: ApiTokenId,
        by: &By,
        now: Moment,
    ) -> Result<bool, StoreError>;
}
