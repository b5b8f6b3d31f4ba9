//! People, their sessions, and the tokens of their programs.

use edgeward_api::access::SessionInfo;
use edgeward_api::api_token::ApiToken;
use edgeward_api::user::{Member, User, UserFilter};
use edgeward_client::Client;

use super::pick;
use crate::error::CliError;

/// A user, by id, the beginning of one, e-mail address or exact name.
pub(crate) async fn user(client: &Client, text: &str) -> Result<User, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(client.user(id).await?);
    }
    // The filter does not look at ids, so for what may begin one everybody is looked at.
    let filter = UserFilter {
        text: (!may_begin_id(text)).then(|| text.to_owned()),
        ..UserFilter::default()
    };
    let found = client.users(&filter).await?.items;
    let (same, others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|user| is_email(text, &user.email));
    if let Some(user) = same.into_iter().next() {
        return Ok(user);
    }
    pick(
        "user",
        text,
        others,
        |user| user.id,
        |user| user.display_name.as_str(),
    )
}

/// One of these members, by the same.
pub(crate) fn member(members: Vec<Member>, text: &str) -> Result<Member, CliError> {
    let (same, others): (Vec<_>, Vec<_>) = members
        .into_iter()
        .partition(|member| is_email(text, &member.email));
    if let Some(member) = same.into_iter().next() {
        return Ok(member);
    }
    pick(
        "member",
        text,
        others,
        |member| member.user_id,
        |member| member.display_name.as_str(),
    )
}

/// An API token among all that one may see, by id, the beginning of one, or exact name.
pub(crate) async fn api_token(client: &Client, text: &str) -> Result<ApiToken, CliError> {
    let found = client.api_tokens(true).await?.items;
    pick(
        "API token",
        text,
        found,
        |token| token.id,
        |token| token.name.as_str(),
    )
}

/// One of one's own sessions, by id or the beginning of one.
pub(crate) async fn session(client: &Client, text: &str) -> Result<SessionInfo, CliError> {
    let found = client.sessions().await?.items;
    pick("session", text, found, |session| session.id, |_| "")
}

fn is_email(text: &str, email: &str) -> bool {
    text.trim().to_lowercase() == email.to_lowercase()
}

fn may_begin_id(text: &str) -> bool {
    text.len() >= 4
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}
