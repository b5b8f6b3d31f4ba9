//! Users: who may act, and how they come to.

use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{
    Email, Grants, LastAdmin, MAX_USERS, Membership, User, UserState, Visible,
};
use edgeward_domain::audit::By;
use edgeward_ids::{OrganisationId, ProjectId, SessionId, UserId};

use crate::{Failure, Page, Slice, Sort, StoreError};

mod change;
pub(crate) mod create;
mod invitations;
pub(crate) mod list;
pub(crate) mod row;
pub(crate) mod sql;
mod sso;
mod sso_sql;

pub use sso::{SsoRefusal, SsoSignIn, SsoSignedIn};

/// A user with all that they were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserView {
    /// The user.
    pub user: User,
    /// All that they were given, also what whoever asks may not see.
    pub grants: Grants,
    /// Whether they have a password.
    pub has_password: bool,
}

/// A user, and what proves a password.
#[derive(Clone)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// All that they were given.
    pub grants: Grants,
    /// The password's hash in PHC form; none where there is no password.
    pub password_hash: Option<String>,
}

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The id.
    pub id: UserId,
    /// What they will sign in with.
    pub email: Email,
    /// The name that others see.
    pub display_name: String,
    /// Telephone number, or empty.
    pub phone: String,
    /// The password's hash in PHC form.
    pub password_hash: Option<String>,
    /// Whether they can sign in.
    pub state: UserState,
    /// Whether they may sign in with single sign-on only.
    pub sso_only: bool,
    /// Whether they may do everything, everywhere.
    pub system_admin: bool,
    /// What they are to belong to.
    pub memberships: Vec<Membership>,
    /// The link with which they set their password.
    pub invitation: Option<NewInvitation>,
}

impl NewUser {
    /// An active user without a password, a phone number, or anything to do.
    pub fn new(email: Email, display_name: impl Into<String>) -> Self {
        Self {
            id: UserId::generate(),
            email,
            display_name: display_name.into(),
            phone: String::new(),
            password_hash: None,
            state: UserState::Active,
            sso_only: false,
            system_admin: false,
            memberships: Vec::new(),
            invitation: None,
        }
    }
}

/// A link with which somebody sets their password.
#[derive(Clone)]
pub struct NewInvitation {
    /// SHA-256 of its token, hexadecimal; unique.
    pub token_hash: String,
    /// From when on it is not valid.
    pub expires_at: Moment,
}

/// What a link to set a password is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvitationPurpose {
    /// A new account's first password.
    Invite,
    /// Another password.
    Reset,
}

/// A link that is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Whose.
    pub user: User,
    /// What for.
    pub purpose: InvitationPurpose,
    /// From when on it is not valid.
    pub expires_at: Moment,
}

/// What to change of a user. What is none stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserChange {
    /// The name that others see.
    pub display_name: Option<String>,
    /// Telephone number, or empty.
    pub phone: Option<String>,
    /// The language: `en` or `zh`; none within for the installation's.
    pub language: Option<Option<String>>,
    /// Whether they may do everything, everywhere.
    pub system_admin: Option<bool>,
    /// Whether they may sign in with single sign-on only.
    pub sso_only: Option<bool>,
}

/// Which users to list; all conditions together.
#[derive(Clone, Debug)]
pub struct UserFilter {
    /// Only users with this text in name, e-mail address or phone; case does not matter.
    pub text: Option<String>,
    /// Only users in this state.
    pub state: Option<UserState>,
    /// Only members of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only members of this project.
    pub project: Option<ProjectId>,
    /// Only system administrators, or only others.
    pub system_admin: Option<bool>,
    /// Only members of these organisations and projects.
    pub seen: Visible,
}

impl UserFilter {
    /// All that may be seen.
    pub const fn new(seen: Visible) -> Self {
        Self {
            text: None,
            state: None,
            organisation: None,
            project: None,
            system_admin: None,
            seen,
        }
    }
}

/// By what users are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserColumn {
    /// Display name.
    Name,
    /// E-mail address, in lower case.
    Email,
    /// Last sign-in; those who never did are before all others.
    LastSignIn,
    /// When they were made.
    Created,
}

/// Why a user is not made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CreateRefusal {
    /// Somebody signs in with this address.
    #[error("there is a user with this e-mail address already")]
    EmailTaken,
    /// [`MAX_USERS`] exist.
    #[error("there are {MAX_USERS} users already, and no more are allowed")]
    TooMany,
    /// An organisation that they are to belong to does not exist.
    #[error("there is no such organisation")]
    UnknownOrganisation,
    /// A project that they are to belong to does not exist in that organisation.
    #[error("there is no such project")]
    UnknownProject,
}

/// Why a user is not changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UserRefusal {
    /// There is no such user.
    #[error("there is no such user")]
    Unknown,
    /// Something would be left without an administrator.
    #[error(transparent)]
    LastAdmin(#[from] LastAdmin),
}

/// Why a link does not set a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvitationRefusal {
    /// It was used, replaced, or has expired; or its user was disabled or deleted.
    #[error("this link is not valid any more; ask for a new one")]
    NotValid,
}

/// Users.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// The users that match, and how many they are.
    async fn users(
        &self,
        filter: &UserFilter,
        sort: Sort<UserColumn>,
        slice: Slice,
    ) -> Result<Page<UserView>, StoreError>;

    /// The user with this id.
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError>;

    /// Who signs in with this address, whatever its case and their state.
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError>;

    /// Makes users, each with memberships and link; for each, in the same order, what became of it. One that is refused does
    /// not keep the others from being made. Of two calls at once with one address, one makes the user.
    async fn create_users(
        &self,
        users: Vec<NewUser>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Result<UserView, CreateRefusal>>, StoreError>;

    /// Changes what is said of a user.
    async fn update_user(
        &self,
        id: UserId,
        change: UserChange,
        by: &By,
        now: Moment,
    ) -> Result<UserView, Failure<UserRefusal>>;

    /// Disables a user, whose sessions end, or enables them; then they are active, or invited if they have no way to sign in
    /// yet. Nothing happens to one who is enabled (or disabled) already.
    async fn set_enabled(
        &self,
        id: UserId,
        enabled: bool,
        by: &By,
        now: Moment,
    ) -> Result<UserView, Failure<UserRefusal>>;

    /// Gives a user a password (its hash in PHC form), and ends their sessions but `keep`. Who was invited is active then;
    /// links that were sent before are not valid any more. Recorded as a change when they do it themselves, else as a reset.
    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        keep: Option<SessionId>,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>>;

    /// Deletes a user with their sessions, API tokens, memberships and links.
    async fn delete_user(
        &self,
        id: UserId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>>;

    /// Makes a link for a user; the one before is not valid any more.
    async fn new_invitation(
        &self,
        user: UserId,
        purpose: InvitationPurpose,
        invitation: NewInvitation,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>>;

    /// The link whose token has this hash, if it is valid.
    async fn invitation(
        &self,
        token_hash: &str,
        now: Moment,
    ) -> Result<Option<Invitation>, StoreError>;

    /// Uses a link: gives its user this password (and name), and makes them active if they were invited. Their sessions end,
    /// and so does the link: of two calls at once, one succeeds.
    async fn accept_invitation(
        &self,
        token_hash: &str,
        password_hash: &str,
        display_name: Option<String>,
        by: &By,
        now: Moment,
    ) -> Result<User, Failure<InvitationRefusal>>;

    /// Finds, links or makes the user whom a provider of single sign-on vouches for, and replaces the memberships that such
    /// sign-ins gave by those of now; what was given by hand stays. Somebody who would be the last administrator gone stays
    /// one. The session is made afterwards.
    async fn sign_in_with_sso(
        &self,
        sign_in: SsoSignIn,
        by: &By,
        now: Moment,
    ) -> Result<SsoSignedIn, Failure<SsoRefusal>>;
}
