//! Links with which people set their passwords.

use edgeward_domain::Moment;
use edgeward_domain::access::{User, UserState};
use edgeward_domain::audit::By;
use edgeward_ids::UserId;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Set,
};
use serde_json::json;

use super::row::{about, search, to_state, to_user};
use super::sql::lock_user;
use super::{Invitation, InvitationPurpose, InvitationRefusal, NewInvitation, UserRefusal};
use crate::database::entity::user;
use crate::database::fault::{Broken, Fault};
use crate::database::people::invitation;
use crate::database::text::storable;
use crate::database::{Database, Guard};
use crate::members::grants::grants;
use crate::sessions::sql::end_all_of;

const INVITE: &str = "invite";
const RESET: &str = "reset";

pub(super) async fn create(
    database: &Database,
    id: UserId,
    purpose: InvitationPurpose,
    new: NewInvitation,
    by: &By,
    now: Moment,
) -> Result<(), Fault<UserRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::People).await?;
    let user = lock_user(&transaction, id)
        .await?
        .ok_or(Fault::Rule(UserRefusal::Unknown))?;
    // Whoever has no password yet is invited, whatever the link was asked for.
    let purpose = match to_state(&user.state)? {
        UserState::Invited => InvitationPurpose::Invite,
        UserState::Active | UserState::Disabled => purpose,
    };
    let replaced = forget(&*transaction, id).await?;
    let expires_at = new.expires_at;
    insert(&*transaction, id, purpose, new, now).await?;
    let action = match (purpose, replaced) {
        (InvitationPurpose::Reset, _) => "user.reset_password",
        (InvitationPurpose::Invite, true) => "invitation.renew",
        (InvitationPurpose::Invite, false) => "user.invite",
    };
    let grants = grants(&*transaction, &user).await?;
    let link = json!({ "link": true, "expires_at_us": expires_at.as_micros() });
    transaction.note(about(action, &user, &grants).after(link), by, now);
    Ok(transaction.commit().await?)
}

/// Records a link of somebody who has none.
pub(super) async fn insert(
    on: &impl ConnectionTrait,
    user: UserId,
    purpose: InvitationPurpose,
    new: NewInvitation,
    now: Moment,
) -> Result<(), Broken> {
    let purpose = match purpose {
        InvitationPurpose::Invite => INVITE,
        InvitationPurpose::Reset => RESET,
    };
    let row = invitation::Model {
        token_hash: new.token_hash,
        user_id: user.as_uuid(),
        purpose: purpose.to_owned(),
        created_at: now.as_micros(),
        expires_at: new.expires_at.as_micros(),
    };
    invitation::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(on)
        .await?;
    Ok(())
}

/// Forgets the link of a user. Whether there was one.
pub(super) async fn forget(on: &impl ConnectionTrait, user: UserId) -> Result<bool, Broken> {
    let done = invitation::Entity::delete_many()
        .filter(invitation::Column::UserId.eq(user.as_uuid()))
        .exec(on)
        .await?;
    Ok(done.rows_affected > 0)
}

pub(super) async fn find(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: Moment,
) -> Result<Option<Invitation>, Broken> {
    let Some(row) = valid(token_hash, now).one(on).await? else {
        return Ok(None);
    };
    let user = user::Entity::find_by_id(row.user_id)
        .filter(user::Column::State.ne(UserState::Disabled.as_str()))
        .one(on)
        .await?;
    user.map(|user| {
        Ok(Invitation {
            user: to_user(user)?,
            purpose: match row.purpose.as_str() {
                INVITE => InvitationPurpose::Invite,
                RESET => InvitationPurpose::Reset,
                _ => return Err(Broken::corrupt("what a link is for", &row.purpose)),
            },
            expires_at: Moment::from_micros(row.expires_at),
        })
    })
    .transpose()
}

fn valid(token_hash: &str, now: Moment) -> sea_orm::Select<invitation::Entity> {
    invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(token_hash))
        .filter(invitation::Column::ExpiresAt.gt(now.as_micros()))
}

pub(super) async fn accept(
    database: &Database,
    token_hash: &str,
    password_hash: &str,
    display_name: Option<String>,
    by: &By,
    now: Moment,
) -> Result<User, Fault<InvitationRefusal>> {
    let not_valid = || Fault::Rule(InvitationRefusal::NotValid);
    let mut transaction = database.write().await?;
    transaction.guard(Guard::People).await?;
    let row = valid(token_hash, now)
        .lock_exclusive()
        .one(&*transaction)
        .await?
        .ok_or_else(not_valid)?;
    let id = UserId::from_uuid(row.user_id);
    let before = lock_user(&transaction, id).await?.ok_or_else(not_valid)?;
    if to_state(&before.state)? == UserState::Disabled {
        return Err(not_valid());
    }
    let mut after = user::Model {
        state: UserState::Active.as_str().to_owned(),
        password_hash: password_hash.to_owned(),
        display_name: display_name.map_or_else(|| before.display_name.clone(), |n| storable(&n)),
        ..before.clone()
    };
    after.search = search(&after);
    user::ActiveModel {
        id: sea_orm::Unchanged(after.id),
        state: Set(after.state.clone()),
        password_hash: Set(after.password_hash.clone()),
        display_name: Set(after.display_name.clone()),
        search: Set(after.search.clone()),
        ..Default::default()
    }
    .update_without_returning(&*transaction)
    .await?;
    forget(&*transaction, id).await?;
    end_all_of(&*transaction, id, None).await?;
    let grants = grants(&*transaction, &after).await?;
    let note = about("invitation.accept", &after, &grants)
        .before(json!({ "state": before.state, "purpose": row.purpose }))
        .after(json!({ "state": after.state }));
    transaction.note(note, by, now);
    transaction.commit().await?;
    Ok(to_user(after)?)
}
