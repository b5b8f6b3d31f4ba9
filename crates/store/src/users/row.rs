//! Users between rows and domain types.

use edgeward_domain::Moment;
use edgeward_domain::access::{Grants, Membership, User, UserState};
use edgeward_domain::audit::Note;
use edgeward_ids::{OrganisationId, UserId};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::UserView;
use crate::database::entity::user;
use crate::database::fault::Broken;
use crate::database::text::searchable;
use crate::members::grants::{SYSTEM_ADMIN, grants, grants_of};

pub(crate) fn to_user(row: user::Model) -> Result<User, Broken> {
    Ok(User {
        id: UserId::from_uuid(row.id),
        email: row
            .email
            .parse()
            .map_err(|_| Broken::corrupt("an e-mail address", &row.email))?,
        display_name: row.display_name,
        phone: row.phone,
        language: row.language,
        state: to_state(&row.state)?,
        sso_only: row.sso_only,
        created_at: Moment::from_micros(row.created_at),
        last_sign_in_at: row.last_sign_in_at.map(Moment::from_micros),
    })
}

pub(super) fn to_state(word: &str) -> Result<UserState, Broken> {
    UserState::from_word(word).ok_or_else(|| Broken::corrupt("a user's state", word))
}

/// The user with all that they were given.
pub(crate) async fn view(on: &impl ConnectionTrait, row: user::Model) -> Result<UserView, Broken> {
    let grants = grants(on, &row).await?;
    to_view(row, grants)
}

/// As [`view`], for many.
pub(crate) async fn views(
    on: &impl ConnectionTrait,
    rows: Vec<user::Model>,
) -> Result<Vec<UserView>, Broken> {
    let mut grants = grants_of(on, &rows).await?;
    rows.into_iter()
        .map(|row| {
            let theirs = grants.remove(&row.id).unwrap_or_default();
            to_view(row, theirs)
        })
        .collect()
}

fn to_view(row: user::Model, grants: Grants) -> Result<UserView, Broken> {
    Ok(UserView {
        has_password: !row.password_hash.is_empty(),
        user: to_user(row)?,
        grants,
    })
}

/// What the text filter searches.
pub(crate) fn search(row: &user::Model) -> String {
    searchable(&[&row.email, &row.display_name, &row.phone])
}

/// What the audit log shows of a user.
pub(super) fn shown(row: &user::Model) -> Value {
    json!({
        "email": row.email,
        "display_name": row.display_name,
        "phone": row.phone,
        "language": row.language,
        "state": row.state,
        "sso_only": row.sso_only,
        "system_admin": row.role == SYSTEM_ADMIN,
    })
}

/// Something that was done to a user. It belongs to the organisation that the user belongs to, if that is one: then its
/// administrators can read it.
pub(crate) fn about(action: &'static str, row: &user::Model, grants: &Grants) -> Note {
    Note::new(action, Some(row.id.to_string()), &row.email).at(only_organisation(grants), None)
}

fn only_organisation(grants: &Grants) -> Option<OrganisationId> {
    if grants.is_system_admin() {
        return None;
    }
    let mut organisations = grants
        .memberships()
        .filter_map(|membership| match membership {
            Membership::Organisation { id, .. } => Some(id),
            Membership::Project { .. } => None,
        });
    let first = organisations.next();
    match organisations.next() {
        None => first,
        Some(_) => None,
    }
}
