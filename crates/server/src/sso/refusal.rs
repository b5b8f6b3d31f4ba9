//! Why somebody comes back from a provider without being signed in.

use edgeward_store::SsoRefusal;

/// Why not. The word goes to the sign-in page as `sso_error`, the sentence to the audit log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The provider cannot be reached, or cannot be used.
    #[error("the provider cannot be reached or used")]
    ProviderUnavailable,
    /// The provider, or the person there, said no.
    #[error("the provider did not sign them in")]
    Denied,
    /// The browser that comes back is not the one that left, it came back twice, or too late.
    #[error("the sign-in was not begun in this browser, was finished already, or took too long")]
    State,
    /// What the provider says is not proven.
    #[error("the provider's answer is not valid")]
    Answer,
    /// The provider does not say which e-mail address it is.
    #[error("the provider does not say which e-mail address the account has")]
    NoEmail,
    /// The user was disabled.
    #[error("this user was disabled")]
    Disabled,
    /// There is no such user, and none may be made.
    #[error("there is no user for this account, and none may be made by signing in")]
    UnknownUser,
    /// The address belongs to a user, and the provider does not vouch for it.
    #[error("the provider does not confirm the e-mail address of this account")]
    UnverifiedEmail,
    /// Too many attempts from one address.
    #[error("too many attempts; wait a minute")]
    TooMany,
}

impl Refusal {
    /// All of them.
    #[cfg(test)]
    pub const ALL: [Self; 9] = [
        Self::ProviderUnavailable,
        Self::Denied,
        Self::State,
        Self::Answer,
        Self::NoEmail,
        Self::Disabled,
        Self::UnknownUser,
        Self::UnverifiedEmail,
        Self::TooMany,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProviderUnavailable => "provider_unavailable",
            Self::Denied => "denied",
            Self::State => "state",
            Self::Answer => "answer",
            Self::NoEmail => "no_email",
            Self::Disabled => "disabled",
            Self::UnknownUser => "unknown_user",
            Self::UnverifiedEmail => "unverified_email",
            Self::TooMany => "throttled",
        }
    }
}

impl From<SsoRefusal> for Refusal {
    fn from(refusal: SsoRefusal) -> Self {
        match refusal {
            SsoRefusal::Disabled => Self::Disabled,
            SsoRefusal::NotAllowed => Self::UnknownUser,
            SsoRefusal::Unverified => Self::UnverifiedEmail,
        }
    }
}
