//! Join tokens: an invitation for one device or several, until a certain time.
//!
//! The secret is not here; storage keeps its hash beside the token.

use edgeward_ids::{JoinTokenId, OrganisationId, ProjectId};

use crate::Moment;

/// The most join tokens that exist at once, spent ones included.
pub const MAX_JOIN_TOKENS: u64 = 1000;

/// A join token, without its secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinToken {
    /// The id.
    pub id: JoinTokenId,
    /// How often it may still be used.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: Moment,
    /// From when on it is refused.
    pub expires_at: Moment,
    /// The organisation of the project that it adopts into, or in which agents wait for adoption; none when they wait for
    /// the system administrator.
    pub organisation: Option<OrganisationId>,
    /// The project that it adopts into, if it does.
    pub project: Option<ProjectId>,
}

/// Why a token does not let a device in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UseRefusal {
    /// Its time is over.
    #[error("the join token has expired; make a new one")]
    Expired,
    /// It was used as often as it may be.
    #[error("the join token was used as often as it may be; make a new one")]
    UsedUp,
}

/// Uses the token once: the token as it is afterwards, or why not.
pub fn use_once(token: &JoinToken, now: Moment) -> Result<JoinToken, UseRefusal> {
    if now >= token.expires_at {
        return Err(UseRefusal::Expired);
    }
    let uses_left = token.uses_left.checked_sub(1).ok_or(UseRefusal::UsedUp)?;
    Ok(JoinToken {
        uses_left,
        ..token.clone()
    })
}

#[cfg(test)]
mod tests;
