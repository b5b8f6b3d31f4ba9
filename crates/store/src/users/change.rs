//! Changing and deleting users.

use edgeward_domain::Moment;
use edgeward_domain::access::UserState;
use edgeward_domain::audit::{AuthorKind, By};
use edgeward_ids::{SessionId, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set,
};
use serde_json::json;

use super::row::{about, search, shown, to_state, view};
use super::sql::lock_user;
use super::{UserChange, UserRefusal, UserView, invitations};
use crate::api_tokens::sql::delete_all_of;
use crate::database::entity::user;
use crate::database::fault::{Broken, Fault};
use crate::database::people::{organisation_member, project_member, sso_subject};
use crate::database::text::storable;
use crate::database::{Database, Guard, Writing};
use crate::members::grants::{NO_ROLE, SYSTEM_ADMIN, grants, is_system_admin};
use crate::members::{Ceasing, may_cease};
use crate::sessions::sql::end_all_of;

/// As [`lock_user`], where the user must exist and nobody else may change who administers what.
async fn lock_person(
    transaction: &Writing<'_>,
    id: UserId,
) -> Result<user::Model, Fault<UserRefusal>> {
    transaction.guard(Guard::People).await?;
    lock_user(transaction, id)
        .await?
        .ok_or(Fault::Rule(UserRefusal::Unknown))
}

async fn must_stay_administered(
    transaction: &Writing<'_>,
    user: &user::Model,
    ceasing: Ceasing,
) -> Result<(), Fault<UserRefusal>> {
    let may = may_cease(&**transaction, user, ceasing).await?;
    may.map_err(|last| Fault::Rule(last.into()))
}

pub(super) async fn update(
    database: &Database,
    id: UserId,
    change: UserChange,
    by: &By,
    now: Moment,
) -> Result<UserView, Fault<UserRefusal>> {
    let mut transaction = database.write().await?;
    let before = lock_person(&transaction, id).await?;
    let mut after = before.clone();
    if let Some(name) = change.display_name {
        after.display_name = storable(&name);
    }
    if let Some(phone) = change.phone {
        after.phone = storable(&phone);
    }
    if let Some(language) = change.language {
        after.language = language.map(|language| storable(&language));
    }
    if let Some(sso_only) = change.sso_only {
        after.sso_only = sso_only;
    }
    if let Some(system_admin) = change.system_admin {
        if !system_admin && is_system_admin(&before.role)? {
            must_stay_administered(&transaction, &before, Ceasing::System).await?;
        }
        let role = if system_admin { SYSTEM_ADMIN } else { NO_ROLE };
        after.role = role.to_owned();
    }
    after.search = search(&after);
    if shown(&after) != shown(&before) {
        write(&*transaction, &after).await?;
        let grants = grants(&*transaction, &before).await?;
        transaction.note(
            about("user.update", &before, &grants)
                .before(shown(&before))
                .after(shown(&after)),
            by,
            now,
        );
    }
    let view = view(&*transaction, after).await?;
    transaction.commit().await?;
    Ok(view)
}

/// Records all of a user that changes, but the password.
pub(super) async fn write(on: &impl ConnectionTrait, row: &user::Model) -> Result<(), Broken> {
    user::ActiveModel {
        id: sea_orm::Unchanged(row.id),
        display_name: Set(row.display_name.clone()),
        role: Set(row.role.clone()),
        phone: Set(row.phone.clone()),
        language: Set(row.language.clone()),
        state: Set(row.state.clone()),
        sso_only: Set(row.sso_only),
        search: Set(row.search.clone()),
        ..Default::default()
    }
    .update_without_returning(on)
    .await?;
    Ok(())
}

pub(super) async fn set_enabled(
    database: &Database,
    id: UserId,
    enabled: bool,
    by: &By,
    now: Moment,
) -> Result<UserView, Fault<UserRefusal>> {
    let mut transaction = database.write().await?;
    let before = lock_person(&transaction, id).await?;
    let is_enabled = to_state(&before.state)? != UserState::Disabled;
    if is_enabled == enabled {
        return Ok(view(&*transaction, before).await?);
    }
    let (state, action) = if enabled {
        let state = if can_sign_in(&*transaction, &before).await? {
            UserState::Active
        } else {
            UserState::Invited
        };
        (state, "user.enable")
    } else {
        must_stay_administered(&transaction, &before, Ceasing::Everywhere).await?;
        (UserState::Disabled, "user.disable")
    };
    let after = user::Model {
        state: state.as_str().to_owned(),
        ..before.clone()
    };
    write(&*transaction, &after).await?;
    let mut changed = json!({ "state": after.state });
    if !enabled {
        let ended = end_all_of(&*transaction, id, None).await?;
        changed["sessions_ended"] = ended.into();
    }
    let grants = grants(&*transaction, &before).await?;
    transaction.note(
        about(action, &before, &grants)
            .before(json!({ "state": before.state }))
            .after(changed),
        by,
        now,
    );
    let view = view(&*transaction, after).await?;
    transaction.commit().await?;
    Ok(view)
}

/// Whether there is a password, or a provider that vouches.
async fn can_sign_in(on: &impl ConnectionTrait, row: &user::Model) -> Result<bool, Broken> {
    if !row.password_hash.is_empty() || row.sso_only {
        return Ok(true);
    }
    let subjects = sso_subject::Entity::find()
        .filter(sso_subject::Column::UserId.eq(row.id))
        .count(on)
        .await?;
    Ok(subjects > 0)
}

pub(super) async fn set_password(
    database: &Database,
    id: UserId,
    password_hash: &str,
    keep: Option<SessionId>,
    by: &By,
    now: Moment,
) -> Result<(), Fault<UserRefusal>> {
    let mut transaction = database.write().await?;
    let before = lock_person(&transaction, id).await?;
    let state = match to_state(&before.state)? {
        UserState::Invited | UserState::Active => UserState::Active,
        UserState::Disabled => UserState::Disabled,
    };
    user::ActiveModel {
        id: sea_orm::Unchanged(before.id),
        password_hash: Set(password_hash.to_owned()),
        state: Set(state.as_str().to_owned()),
        ..Default::default()
    }
    .update_without_returning(&*transaction)
    .await?;
    invitations::forget(&*transaction, id).await?;
    let ended = end_all_of(&*transaction, id, keep).await?;
    let themselves = by.author.kind == AuthorKind::User && by.author.id == Some(id.as_uuid());
    let action = if themselves {
        "user.change_password"
    } else {
        "user.reset_password"
    };
    let grants = grants(&*transaction, &before).await?;
    transaction.note(
        about(action, &before, &grants)
            .before(json!({ "state": before.state }))
            .after(json!({ "state": state.as_str(), "sessions_ended": ended })),
        by,
        now,
    );
    Ok(transaction.commit().await?)
}

pub(super) async fn delete(
    database: &Database,
    id: UserId,
    by: &By,
    now: Moment,
) -> Result<(), Fault<UserRefusal>> {
    let mut transaction = database.write().await?;
    let user = lock_person(&transaction, id).await?;
    must_stay_administered(&transaction, &user, Ceasing::Everywhere).await?;
    let grants = grants(&*transaction, &user).await?;
    end_all_of(&*transaction, id, None).await?;
    let tokens = delete_all_of(&*transaction, id).await?;
    invitations::forget(&*transaction, id).await?;
    sso_subject::Entity::delete_many()
        .filter(sso_subject::Column::UserId.eq(user.id))
        .exec(&*transaction)
        .await?;
    project_member::Entity::delete_many()
        .filter(project_member::Column::UserId.eq(user.id))
        .exec(&*transaction)
        .await?;
    organisation_member::Entity::delete_many()
        .filter(organisation_member::Column::UserId.eq(user.id))
        .exec(&*transaction)
        .await?;
    user::Entity::delete_by_id(user.id)
        .exec(&*transaction)
        .await?;
    let mut gone = shown(&user);
    gone["memberships"] = grants.memberships().count().into();
    gone["api_tokens"] = tokens.into();
    transaction.note(about("user.delete", &user, &grants).before(gone), by, now);
    Ok(transaction.commit().await?)
}
