//! People, their sessions, and programs' tokens.

use edgeward_ids::{ApiTokenId, SessionId, UserId};

use super::{Email, Grants};
use crate::Moment;
use crate::audit::{Author, AuthorKind};

/// Whether somebody can sign in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UserState {
    /// Was invited, and has not followed the link yet.
    Invited,
    /// Can sign in.
    Active,
    /// Was disabled: no sign-in, no session, no token.
    Disabled,
}

impl UserState {
    /// All.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Disabled];

    /// The stable word: `invited`, `active` or `disabled`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// The state with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A person who signs in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// What they sign in with.
    pub email: Email,
    /// The name that others see.
    pub display_name: String,
    /// Telephone number, or empty.
    pub phone: String,
    /// The language that they chose: `en` or `zh`; none for the installation's.
    pub language: Option<String>,
    /// Whether they can sign in.
    pub state: UserState,
    /// Whether they may sign in with single sign-on only.
    pub sso_only: bool,
    /// When they were made.
    pub created_at: Moment,
    /// When they last signed in.
    pub last_sign_in_at: Option<Moment>,
}

/// A program's right to act, given by somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiToken {
    /// The id; not the token.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Whoever made it; none when it was the machine's own operator.
    pub owner: Option<UserId>,
    /// The owner's display name.
    pub owner_name: Option<String>,
    /// What it was given. What it may do is what its owner may do as well.
    pub granted: Grants,
    /// When it was made.
    pub created_at: Moment,
    /// From when on it is refused; none for never.
    pub expires_at: Option<Moment>,
    /// When it was last used; written down at most once a minute.
    pub last_used_at: Option<Moment>,
}

/// Who acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A person.
    User(User),
    /// A program with a token.
    Token(ApiToken),
    /// Whoever holds the operator's token of the machine that the control plane runs on.
    Machine,
}

impl Actor {
    /// How the audit log names them.
    pub fn author(&self) -> Author {
        match self {
            Self::User(user) => Author {
                kind: AuthorKind::User,
                id: Some(user.id.as_uuid()),
                name: user.email.to_string(),
            },
            Self::Token(token) => Author {
                kind: AuthorKind::Token,
                id: Some(token.id.as_uuid()),
                name: match &token.owner_name {
                    Some(owner) => format!("{} ({owner})", token.name),
                    None => token.name.clone(),
                },
            },
            Self::Machine => Author {
                kind: AuthorKind::Machine,
                id: None,
                name: "operator of this machine".into(),
            },
        }
    }
}

/// Who acts, and all that they were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Who.
    pub actor: Actor,
    /// What they may do follows from this.
    pub grants: Grants,
}

/// How a session's token travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionKind {
    /// In a cookie.
    Browser,
    /// In an `Authorization` header.
    Bearer,
}

/// A session: somebody's right to act until it ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The id; not the token.
    pub id: SessionId,
    /// Who acts.
    pub identity: Identity,
    /// How its token travels.
    pub kind: SessionKind,
    /// Whether it outlasts the browser ("remember me").
    pub remembered: bool,
    /// Where it was begun, as the control plane saw it.
    pub address: String,
    /// The browser or program that began it, as it called itself; at most 200 characters.
    pub program: String,
    /// When it began.
    pub created_at: Moment,
    /// When it was last used; written down at most once a minute.
    pub last_used_at: Moment,
    /// When it ends unless it is used.
    pub expires_at: Moment,
}
