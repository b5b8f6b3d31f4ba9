use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Email, User, UserState};
use edgeward_domain::audit::{AuthorKind, By};
use edgeward_ids::{SessionId, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, Set,
};
use serde_json::json;

use super::row::{about, search, shown, to_state, to_user, view};
use super::{
    CreateRefusal, Credentials, Invitation, InvitationPurpose, InvitationRefusal, NewInvitation,
    NewUser, SsoRefusal, SsoSignIn, SsoSignedIn, UserChange, UserColumn, UserFilter, UserRefusal,
    UserStore, UserView, create, invitations, list, sso_sql,
};
use crate::api_tokens::sql::delete_all_of;
use crate::database::entity::user;
use crate::database::fault::{Broken, Fault, attempt, carry_out};
use crate::database::people::{organisation_member, project_member, sso_subject};
use crate::database::text::storable;
use crate::database::{Database, Guard, Writing};
use crate::members::grants::{NO_ROLE, SYSTEM_ADMIN, grants, is_system_admin};
use crate::members::{Ceasing, may_cease};
use crate::sessions::sql::end_all_of;
use crate::{Failure, Page, Slice, Sort, StoreError};

#[async_trait]
impl UserStore for Database {
    async fn users(
        &self,
        filter: &UserFilter,
        sort: Sort<UserColumn>,
        slice: Slice,
    ) -> Result<Page<UserView>, StoreError> {
        carry_out("list the users", async {
            let reading = self.read().await?;
            let page = list::matching(&reading, self.kind(), filter, sort, slice).await?;
            reading.commit().await?;
            Ok(page)
        })
        .await
    }

    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError> {
        carry_out("look up a user", async {
            let reading = self.read().await?;
            let row = user::Entity::find_by_id(id.as_uuid()).one(&reading).await?;
            let found = match row {
                Some(row) => Some(view(&reading, row).await?),
                None => None,
            };
            reading.commit().await?;
            Ok(found)
        })
        .await
    }

    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        carry_out("look up a user", async {
            let reading = self.read().await?;
            let row = by_email(&reading, email).await?;
            let found = match row {
                Some(row) => Some(Credentials {
                    password_hash: Some(row.password_hash.clone()).filter(|hash| !hash.is_empty()),
                    grants: grants(&reading, &row).await?,
                    user: to_user(row)?,
                }),
                None => None,
            };
            reading.commit().await?;
            Ok(found)
        })
        .await
    }

    async fn create_users(
        &self,
        users: Vec<NewUser>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Result<UserView, CreateRefusal>>, StoreError> {
        carry_out("make users", create::many(self, users, by, now)).await
    }

    async fn update_user(
        &self,
        id: UserId,
        change: UserChange,
        by: &By,
        now: Moment,
    ) -> Result<UserView, Failure<UserRefusal>> {
        attempt("change a user", update(self, id, change, by, now)).await
    }

    async fn set_enabled(
        &self,
        id: UserId,
        enabled: bool,
        by: &By,
        now: Moment,
    ) -> Result<UserView, Failure<UserRefusal>> {
        let attempted = if enabled {
            "enable a user"
        } else {
            "disable a user"
        };
        attempt(attempted, set_enabled(self, id, enabled, by, now)).await
    }

    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        keep: Option<SessionId>,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        attempt(
            "record a password",
            set_password(self, id, password_hash, keep, by, now),
        )
        .await
    }

    async fn delete_user(
        &self,
        id: UserId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        attempt("delete a user", delete(self, id, by, now)).await
    }

    async fn new_invitation(
        &self,
        user: UserId,
        purpose: InvitationPurpose,
        invitation: NewInvitation,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        attempt(
            "record a link",
            invitations::create(self, user, purpose, invitation, by, now),
        )
        .await
    }

    async fn invitation(
        &self,
        token_hash: &str,
        now: Moment,
    ) -> Result<Option<Invitation>, StoreError> {
        carry_out("look up a link", async {
            let reading = self.read().await?;
            let found = invitations::find(&reading, token_hash, now).await?;
            reading.commit().await?;
            Ok(found)
        })
        .await
    }

    async fn accept_invitation(
        &self,
        token_hash: &str,
        password_hash: &str,
        display_name: Option<String>,
        by: &By,
        now: Moment,
    ) -> Result<User, Failure<InvitationRefusal>> {
        attempt(
            "use a link",
            invitations::accept(self, token_hash, password_hash, display_name, by, now),
        )
        .await
    }

    async fn sign_in_with_sso(
        &self,
        sign_in: SsoSignIn,
        by: &By,
        now: Moment,
    ) -> Result<SsoSignedIn, Failure<SsoRefusal>> {
        attempt(
            "record a single sign-on",
            sso_sql::sign_in(self, sign_in, by, now),
        )
        .await
    }
}

/// The user with this address.
pub(super) async fn by_email(
    on: &impl ConnectionTrait,
    email: &Email,
) -> Result<Option<user::Model>, Broken> {
    Ok(user::Entity::find()
        .filter(user::Column::EmailKey.eq(email.key()))
        .one(on)
        .await?)
}

/// The user, if they exist, with their row locked to the transaction's end.
pub(crate) async fn lock_user(
    transaction: &Writing<'_>,
    id: UserId,
) -> Result<Option<user::Model>, Broken> {
    Ok(user::Entity::find_by_id(id.as_uuid())
        .lock_exclusive()
        .one(&**transaction)
        .await?)
}

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

async fn update(
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

async fn set_enabled(
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

async fn set_password(
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

async fn delete(
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
