//! Who is signed in, and what they may do.
//!
//! A check returns a [`Permit`]: a value that only [`permit`] makes. Use cases take it as a parameter, so that one without
//! a check does not compile. Only the system administrator exists so far; the other roles are named so that what is
//! stored and shown need not change when they come.

use std::fmt;
use std::str::FromStr;

use edgeward_ids::{SessionId, UserId};

use crate::Moment;

/// What a person is allowed to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Everything.
    SystemAdmin,
    /// Everything in one organisation.
    OrganisationAdmin,
    /// Everything in one project.
    ProjectAdmin,
    /// Looking only.
    Viewer,
}

impl Role {
    /// All roles, from the most to the least allowed.
    pub const ALL: [Self; 4] = [
        Self::SystemAdmin,
        Self::OrganisationAdmin,
        Self::ProjectAdmin,
        Self::Viewer,
    ];

    /// The role's stable word, such as `system_admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SystemAdmin => "system_admin",
            Self::OrganisationAdmin => "organisation_admin",
            Self::ProjectAdmin => "project_admin",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// An e-mail address to sign in with: kept as typed, compared without regard to case.
#[derive(Clone, Debug)]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is not an e-mail address; it should look like name@example.com and have at most {max} characters", max = Email::MAX_CHARS)]
pub struct EmailError;

impl Email {
    /// The longest address, in characters (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX_CHARS: usize = 254;

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared: lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Email {}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let plain = text.chars().count() <= Self::MAX_CHARS
            && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        match text.rsplit_once('@') {
            Some((local, host)) if plain && !local.is_empty() && !host.is_empty() => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(EmailError),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
    /// What they are allowed to do.
    pub role: Role,
    /// When they were made.
    pub created_at: Moment,
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
    pub actor: Actor,
    /// How its token travels.
    pub kind: SessionKind,
    /// When it began.
    pub created_at: Moment,
    /// When it ends unless it is used.
    pub expires_at: Moment,
}

/// Who acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A person.
    User(User),
    /// Whoever holds the operator's token of the machine that the control plane runs on.
    Machine,
}

/// What somebody wants to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// See anything.
    Look,
    /// Open edge services.
    OpenServices,
    /// Adopt, release and delete agents.
    ManageAgents,
    /// Make and delete join tokens.
    ManageJoinTokens,
    /// Make organisations and projects.
    ManageOrganisations,
}

/// Proof that an action is allowed. Made by [`permit`] only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// What it allows.
    pub const fn action(&self) -> Action {
        self.action
    }
}

/// The action is not allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not allowed")]
pub struct NotAllowed;

/// May this actor do this?
pub fn permit(actor: &Actor, action: Action) -> Result<Permit, NotAllowed> {
    let role = match actor {
        Actor::Machine => Role::SystemAdmin,
        Actor::User(user) => user.role,
    };
    match role {
        Role::SystemAdmin => Ok(Permit { action }),
        Role::OrganisationAdmin | Role::ProjectAdmin | Role::Viewer => Err(NotAllowed),
    }
}

#[cfg(test)]
mod tests;
