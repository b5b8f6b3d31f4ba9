//! Users: making, changing, disabling them, and their sessions.

use edgeward_api::access::SessionInfo;
use edgeward_api::list::List;
use edgeward_api::user::{
    CreateUsers, CreatedUsers, Link, PasswordReset, PasswordResetAnswer, User, UserChange,
    UserFilter,
};
use edgeward_ids::UserId;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// The users that match and that one may see.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn users(&self, filter: &UserFilter) -> Result<List<User>, ClientError> {
        self.ask_for(Operation::get("users"), filter).await
    }

    /// One user.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn user(&self, id: UserId) -> Result<User, ClientError> {
        self.ask(Operation::get(format!("users/{id}"))).await
    }

    /// Makes one user or many. That one of them was not made is in the answer, and no error.
    ///
    /// # Errors
    /// Refused with 400 when the request is wrong as a whole, with 404 when a place in it cannot be seen.
    pub async fn create_users(&self, request: &CreateUsers) -> Result<CreatedUsers, ClientError> {
        self.send(Operation::post("users"), request).await
    }

    /// Changes a user.
    ///
    /// # Errors
    /// Refused with 403 when one may not manage this account, with 409 when it would leave no system administrator.
    pub async fn change_user(&self, id: UserId, change: &UserChange) -> Result<User, ClientError> {
        self.send(Operation::patch(format!("users/{id}")), change)
            .await
    }

    /// Deletes a user, with their memberships, sessions and API tokens.
    ///
    /// # Errors
    /// Refused with 409 when it would leave something without an administrator.
    pub async fn delete_user(&self, id: UserId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("users/{id}"))).await
    }

    /// Lets a user sign in again.
    ///
    /// # Errors
    /// Refused with 403 when one may not manage this account.
    pub async fn enable_user(&self, id: UserId) -> Result<User, ClientError> {
        self.ask(Operation::post(format!("users/{id}/enable")))
            .await
    }

    /// Keeps a user from signing in; their sessions end at once.
    ///
    /// # Errors
    /// Refused with 409 when it would leave something without an administrator.
    pub async fn disable_user(&self, id: UserId) -> Result<User, ClientError> {
        self.ask(Operation::post(format!("users/{id}/disable")))
            .await
    }

    /// Gives a user another password, or a link to set one; their sessions end at once.
    ///
    /// # Errors
    /// Refused with 400 when the password is not as the rules ask.
    pub async fn reset_password(
        &self,
        id: UserId,
        request: &PasswordReset,
    ) -> Result<PasswordResetAnswer, ClientError> {
        self.send(
            Operation::post(format!("users/{id}/reset-password")),
            request,
        )
        .await
    }

    /// Makes a new link for somebody who was invited; the one before ends.
    ///
    /// # Errors
    /// Refused with 409 when they have followed one already.
    pub async fn invite_user(&self, id: UserId) -> Result<Link, ClientError> {
        self.ask(Operation::post(format!("users/{id}/invite")))
            .await
    }

    /// A user's sessions.
    ///
    /// # Errors
    /// Refused with 403 when one may not manage this account.
    pub async fn sessions_of(&self, id: UserId) -> Result<List<SessionInfo>, ClientError> {
        self.ask(Operation::get(format!("users/{id}/sessions")))
            .await
    }

    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// Refused with 403 when one may not manage this account.
    pub async fn end_sessions_of(&self, id: UserId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("users/{id}/sessions")))
            .await
    }
}
