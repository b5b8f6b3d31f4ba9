//! Users, and their membership of organisations and projects.

use edgeward_ids::{Name, OrganisationId, ProjectId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ErrorDetail;
use crate::list::Direction;

/// The most users that one request makes.
pub const MAX_AT_ONCE: usize = 100;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The name that others see.
    pub display_name: String,
    /// Telephone number, or empty.
    pub phone: String,
    /// Whether they can sign in.
    pub state: UserState,
    /// Whether they may do everything, everywhere.
    pub system_admin: bool,
    /// Whether they may sign in with single sign-on only.
    pub sso_only: bool,
    /// What they belong to, as far as the caller may see it.
    pub memberships: Vec<Membership>,
    /// Whether the caller may edit, disable, reset and delete this account.
    pub manageable: bool,
    /// When they were made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When they last signed in.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sign_in_at: Option<Timestamp>,
}

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Was invited, and has not followed the link yet.
    Invited,
    /// Can sign in.
    Active,
    /// Was disabled.
    Disabled,
}

/// Belonging to an organisation, or to a project of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Membership {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// Its name.
    pub organisation_name: Name,
    /// The project; absent for membership of the organisation itself.
    pub project_id: Option<ProjectId>,
    /// Its name.
    pub project_name: Option<Name>,
    /// What they are there. `member` in organisations only.
    pub role: MemberRole,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Of an organisation: belongs to it, and sees those of its projects that they are a member of.
    Member,
    /// Sees the project, or all projects of the organisation.
    Viewer,
    /// Everything in it.
    Admin,
}

/// A membership to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipRequest {
    /// The organisation; needed unless a project is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
    /// The project; then the role is that in the project, and membership of its organisation follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// What they are to be there.
    pub role: MemberRole,
}

/// `POST /users`: makes one or many, or invites them.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUsers {
    /// Their e-mail addresses, 1 to 100.
    pub emails: Vec<String>,
    /// For one: the name that others see; absent: the part of the address before `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// For one: telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The first password of all; absent: each gets a link to set their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// They sign in with single sign-on only; neither password nor link.
    #[serde(default)]
    pub sso_only: bool,
    /// They may do everything, everywhere. System administrators only.
    #[serde(default)]
    pub system_admin: bool,
    /// What they are to belong to. At least one, unless a system administrator makes them.
    #[serde(default)]
    pub memberships: Vec<MembershipRequest>,
}

/// What became of each address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedUsers {
    /// In the order of the request.
    pub results: Vec<CreatedUser>,
}

/// What became of one address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedUser {
    /// The address as given.
    pub email: String,
    /// The user that was made.
    pub user: Option<User>,
    /// Why none was.
    pub error: Option<ErrorDetail>,
    /// The link that was made for them, if one was.
    pub link: Option<Link>,
}

/// A link with which somebody sets their password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// Whether it was sent by e-mail.
    pub mailed: bool,
    /// Why it could not be sent; absent when it was, and when no mail server is set.
    pub mail_error: Option<String>,
    /// The link, to hand over; absent when it was sent by e-mail.
    pub url: Option<String>,
    /// When it ends, unused.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// `PATCH /users/{id}`. What is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// At most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// System administrators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_admin: Option<bool>,
    /// Whether they may sign in with single sign-on only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sso_only: Option<bool>,
}

/// `POST /users/{id}/reset-password`.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The new password; absent: they get a link to set their own. All their sessions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasswordResetAnswer {
    /// The link, unless a password was given.
    pub link: Option<Link>,
}

/// `GET /users`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UserFilter {
    /// Only users with this text in name, e-mail address or phone; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Only users in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserState>,
    /// Only members of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only members of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only system administrators, or only others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_admin: Option<bool>,
    /// By what to sort; by name unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<UserSort>,
    /// Ascending unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// How many to pass over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many at most, 1 to 1000; 1000 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// By what users are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserSort {
    /// Display name.
    #[default]
    Name,
    /// E-mail address.
    Email,
    /// Last sign-in.
    LastSignIn,
    /// When they were made.
    Created,
}

/// `PUT /organisations/{id}/members/{user}` and `PUT /projects/{id}/members/{user}`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRequest {
    /// What they are to be there.
    pub role: MemberRole,
}

/// `PUT /organisations/{id}/members` and `PUT /projects/{id}/members`: by e-mail address, for whom the caller cannot see yet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberByEmail {
    /// The e-mail address of a user that exists.
    pub email: String,
    /// What they are to be there.
    pub role: MemberRole,
}

/// A member of an organisation or project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The user.
    pub user_id: UserId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub display_name: String,
    /// Whether they can sign in.
    pub state: UserState,
    /// What they are there.
    pub role: MemberRole,
    /// Whether a rule of single sign-on gave it; then it follows that rule at their next sign-in.
    pub by_sso: bool,
}
