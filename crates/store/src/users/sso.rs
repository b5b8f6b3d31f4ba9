//! Single sign-on, as far as it is recorded.

use edgeward_domain::access::{Email, Membership};

use super::UserView;

/// What a provider says of whoever signs in, and what the rules make of it.
#[derive(Clone, Debug)]
pub struct SsoSignIn {
    /// The provider.
    pub issuer: String,
    /// Who they are at the provider, for good.
    pub subject: String,
    /// Their e-mail address.
    pub email: Email,
    /// Whether the provider vouches that the address is theirs.
    pub email_verified: bool,
    /// Their name.
    pub display_name: String,
    /// What the rules give them. Places that do not exist any more are passed over.
    pub memberships: Vec<Membership>,
    /// Whether the rules make them a system administrator; none where no rule speaks of that, and it stays as it is.
    pub system_admin: Option<bool>,
    /// Whether a user may be made for them.
    pub create: bool,
}

/// Who signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoSignedIn {
    /// The user, with all that they were given.
    pub view: UserView,
    /// Whether they were made just now.
    pub created: bool,
}

/// Why somebody is not signed in although the provider vouches for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SsoRefusal {
    /// The user was disabled.
    #[error("this user was disabled")]
    Disabled,
    /// There is no such user, and none may be made (or as many exist as may).
    #[error("there is no user for this account, and none may be made by signing in")]
    NotAllowed,
    /// Their first sign-in, and the provider does not vouch for their address.
    #[error("the provider does not confirm the e-mail address of this account")]
    Unverified,
}
