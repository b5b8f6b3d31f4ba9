#![allow(unused_variables)]
use super::*;
use crate::database::Database;
use async_trait::async_trait;

#[async_trait]
impl UserStore for Database {
    async fn users(
        &self,
        filter: &UserFilter,
        sort: Sort<UserColumn>,
        slice: Slice,
    ) -> Result<Page<UserView>, StoreError> {
        unimplemented!()
    }
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError> {
        unimplemented!()
    }
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        unimplemented!()
    }
    async fn create_users(
        &self,
        users: Vec<NewUser>,
        by: &By,
        now: Moment,
    ) -> Result<Vec<Result<UserView, CreateRefusal>>, StoreError> {
        unimplemented!()
    }
    async fn update_user(
        &self,
        id: UserId,
        change: UserChange,
        by: &By,
        now: Moment,
    ) -> Result<UserView, Failure<UserRefusal>> {
        unimplemented!()
    }
    async fn set_enabled(
        &self,
        id: UserId,
        enabled: bool,
        by: &By,
        now: Moment,
    ) -> Result<UserView, Failure<UserRefusal>> {
        unimplemented!()
    }
    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        keep: Option<SessionId>,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        unimplemented!()
    }
    async fn delete_user(
        &self,
        id: UserId,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        unimplemented!()
    }
    async fn new_invitation(
        &self,
        user: UserId,
        purpose: InvitationPurpose,
        invitation: NewInvitation,
        by: &By,
        now: Moment,
    ) -> Result<(), Failure<UserRefusal>> {
        unimplemented!()
    }
    async fn invitation(
        &self,
        token_hash: &str,
        now: Moment,
    ) -> Result<Option<Invitation>, StoreError> {
        unimplemented!()
    }
    async fn accept_invitation(
        &self,
        token_hash: &str,
        password_hash: &str,
        display_name: Option<String>,
        by: &By,
        now: Moment,
    ) -> Result<User, Failure<InvitationRefusal>> {
        unimplemented!()
    }
    async fn sign_in_with_sso(
        &self,
        sign_in: SsoSignIn,
        by: &By,
        now: Moment,
    ) -> Result<SsoSignedIn, Failure<SsoRefusal>> {
        unimplemented!()
    }
}

pub(crate) async fn insert_user(
    on: &impl sea_orm::ConnectionTrait,
    new: NewUser,
    now: Moment,
) -> Result<User, crate::database::fault::Broken> {
    unimplemented!()
}
