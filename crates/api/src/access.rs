//! Setting up, signing in, who is signed in, their profile, and their sessions.

use edgeward_ids::{ApiTokenId, Name, OrganisationId, ProjectId, SessionId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::settings::PasswordRules;

/// `POST /setup`: makes the first administrator with the one-time link's key.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// The part of the one-time link after `#`.
    pub key: String,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The name that others see.
    pub display_name: String,
    /// As the password rules ask.
    pub password: String,
}

/// `GET /session/options`: what the sign-in page needs to know. Open to everybody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInOptions {
    /// True until the first administrator exists.
    pub setup_needed: bool,
    /// The language of whoever has not chosen one.
    pub language: Language,
    /// What passwords must be like.
    pub password_rules: PasswordRules,
    /// Whether a forgotten password can be reset by e-mail.
    pub password_reset: bool,
    /// Single sign-on, by the name to show. Begins at `GET /sso/{id}/start?return_to=<path of the console>`.
    pub providers: Vec<ProviderName>,
}

/// A provider of single sign-on, as the sign-in page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderName {
    /// The id in addresses.
    pub id: String,
    /// The name on the button.
    pub name: String,
}

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// `POST /session`: signs in. The answer sets the cookie `edgeward_session`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// Stay signed in when the browser is closed.
    #[serde(default)]
    pub remember: bool,
    /// Answer with a bearer token instead of a cookie, for the command line.
    #[serde(default)]
    pub bearer: bool,
}

/// Who is signed in, and what they may do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The session's id; absent for an API token.
    pub id: Option<SessionId>,
    /// The person; absent for an API token and for the operator's token of the machine itself.
    pub user: Option<Profile>,
    /// The API token; absent for everybody else.
    pub token: Option<TokenName>,
    /// What they may do.
    pub permissions: Permissions,
    /// When this session ends unless it is used; absent for an API token without an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Only when asked for at sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_token: Option<String>,
}

/// An API token that acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenName {
    /// Its id.
    pub id: ApiTokenId,
    /// Its name.
    pub name: String,
}

/// The person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The name that others see.
    pub display_name: String,
    /// Telephone number, or empty.
    pub phone: String,
    /// The chosen language; absent for the installation's.
    pub language: Option<Language>,
    /// Whether there is a password that can be changed.
    pub has_password: bool,
}

/// What somebody may do: the greatest role at each place that they may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permissions {
    /// Everything, everywhere.
    pub system_admin: bool,
    /// Organisations by name, with their visible projects by name.
    pub organisations: Vec<OrganisationPermissions>,
}

/// What somebody may do in an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrganisationPermissions {
    /// Which.
    pub id: OrganisationId,
    /// Its name.
    pub name: Name,
    /// The greatest role there. `project_admin` for an administrator of one of its projects.
    pub role: Role,
    /// Those of its projects that they may see, by name.
    pub projects: Vec<ProjectPermissions>,
}

/// What somebody may do in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProjectPermissions {
    /// Which.
    pub id: ProjectId,
    /// Its name.
    pub name: Name,
    /// The greatest role there.
    pub role: Role,
}

/// What somebody is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, everywhere.
    SystemAdmin,
    /// Everything in one organisation.
    OrganisationAdmin,
    /// Everything in one project.
    ProjectAdmin,
    /// Looking only.
    Viewer,
}

/// `PATCH /profile`: one's own. What is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    /// 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// At most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The language of the console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// `POST /profile/password`: changes one's own password. All other sessions end.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    pub current_password: String,
    /// The password from now on, as the password rules ask.
    pub new_password: String,
}

/// A session as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionInfo {
    /// The id.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Whether a browser or a program holds it.
    pub kind: SessionKind,
    /// Whether it outlasts the browser.
    pub remembered: bool,
    /// Where it was begun.
    pub address: String,
    /// The browser or program, as it called itself.
    pub program: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// How a session's token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// In a cookie.
    Browser,
    /// In an `Authorization` header.
    Bearer,
}

/// `POST /password-reset`: asks for a link by e-mail. The answer is the same whether there is such an account or not.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetRequest {
    /// The e-mail address to sign in with.
    pub email: String,
}

/// `POST /invitations/lookup`: what a link is for.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationLookup {
    /// The part of the link after `#`.
    pub token: String,
}

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// The account's e-mail address.
    pub email: String,
    /// The account's display name.
    pub display_name: String,
    /// What it is for.
    pub purpose: InvitationPurpose,
    /// What the password must be like.
    pub password_rules: PasswordRules,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationPurpose {
    /// A new account's first password.
    Invite,
    /// Another password.
    Reset,
}

/// `POST /invitations/accept`: sets the password, and signs in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationAcceptance {
    /// The part of the link after `#`.
    pub token: String,
    /// As the password rules ask.
    pub password: String,
    /// The name that others see; absent to leave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}
