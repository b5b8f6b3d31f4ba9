use async_trait::async_trait;
use edgeward_domain::Moment;
use edgeward_domain::access::{Email, User};
use edgeward_domain::audit::By;
use edgeward_ids::{SessionId, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::row::{to_user, view};
use super::{
    CreateRefusal, Credentials, Invitation, InvitationPurpose, InvitationRefusal, NewInvitation,
    NewUser, SsoRefusal, SsoSignIn, SsoSignedIn, UserChange, UserColumn, UserFilter, UserRefusal,
    UserStore, UserView, change, create, invitations, list, sso_sql,
};
use crate::database::entity::user;
use crate::database::fault::{Broken, attempt, carry_out};
use crate::database::{Database, Writing};
use crate::members::grants::grants;
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
        attempt("change a user", change::update(self, id, change, by, now)).await
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
        attempt(attempted, change::set_enabled(self, id, enabled, by, now)).await
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
            change::set_password(self, id, password_hash, keep, by, now),
        )
        .await
    }

    async fn delete_user(
        &self,
        id: UserId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        attempt("delete a user", change::delete(self, id, by, now)).await
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
