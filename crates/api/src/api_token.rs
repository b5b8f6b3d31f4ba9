//! API tokens: a program's right to act.

use edgeward_ids::{ApiTokenId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::user::{Membership, MembershipRequest};

/// The longest name of a token, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// The longest life of a token that ends, in seconds: two years.
pub const MAX_LIFETIME_S: u64 = 2 * 365 * 24 * 3600;

/// A token as listed: without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    /// The id.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Whoever made it; absent for the machine's own operator.
    pub owner_id: Option<UserId>,
    /// Their name.
    pub owner_name: Option<String>,
    /// Whether it was given everything.
    pub system_admin: bool,
    /// What it was given. It never allows more than its owner is allowed.
    pub memberships: Vec<Membership>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends; absent for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

/// `POST /api-tokens`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiTokenRequest {
    /// What it is for; 1 to 100 characters.
    pub name: String,
    /// Everything, everywhere. System administrators only; then without membership.
    #[serde(default)]
    pub system_admin: bool,
    /// What it is to be where: one organisation or project, and never more than the caller is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<MembershipRequest>,
    /// Seconds until it ends, at most two years; absent for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u64>,
}

/// A new token; the only time that its text is shown.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewApiToken {
    /// As it is listed from now on.
    #[serde(flatten)]
    pub token: ApiToken,
    /// The token itself, for `Authorization: Bearer <text>`.
    pub text: String,
}
