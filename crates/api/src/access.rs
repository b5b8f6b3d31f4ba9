//! Setting up, signing in, and who is signed in.

use edgeward_ids::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;

/// The longest password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// `POST /setup`: makes the first administrator with the one-time link's key.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SetupRequest {
    /// The part of the one-time link after `#`.
    pub key: String,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The name that others see.
    pub display_name: String,
    /// At least 10 characters.
    pub password: String,
}

/// `GET /setup`: whether an administrator is still to be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// True until the first administrator exists.
    pub needed: bool,
}

/// `POST /session`: signs in. The answer sets the cookie `edgeward_session`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SignInRequest {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// Also answer with a bearer token, for the command line.
    #[serde(default)]
    pub bearer: bool,
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The person; absent for the operator's token of the machine itself.
    pub user: Option<User>,
    /// When this session ends unless it is used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Only when asked for at sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_token: Option<String>,
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The name that others see.
    pub display_name: String,
}
