//! Who acts, what they were given, and what they may do.
//!
//! A check returns a [`Permit`]: a value that only [`permit`] makes. Use cases take it as a parameter, so that one without
//! a check does not compile. What each role may do is the table in [`Action`]; a test compares it with a golden file.

mod action;
mod email;
mod grants;
mod members;
mod password;
mod role;
mod user;

pub use action::{Action, Denied, Permit, permit};
pub use email::{Email, EmailError};
pub use grants::{Grants, Scope, Visible};
pub use members::{
    Administered, LastAdmin, MAX_API_TOKENS_PER_OWNER, MAX_USERS, may_have_admins,
    may_manage_account,
};
pub use password::{LEAST_MIN_CHARS, MAX_BYTES, MOST_MIN_CHARS, PasswordFault, PasswordRules};
pub use role::{Membership, OrganisationRole, ProjectRole, Role};
pub use user::{Actor, ApiToken, Identity, Session, SessionKind, User, UserState};

#[cfg(test)]
mod tests;
