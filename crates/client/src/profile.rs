//! One's own account: profile, password and sessions.

use edgeward_api::access::{PasswordChange, Profile, ProfileChange, SessionInfo};
use edgeward_api::list::List;
use edgeward_ids::SessionId;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// Changes one's own profile.
    ///
    /// # Errors
    /// Refused with 403 for anybody who is no person.
    pub async fn change_profile(&self, change: &ProfileChange) -> Result<Profile, ClientError> {
        self.send(Operation::patch("profile"), change).await
    }

    /// Changes one's own password; all other sessions end.
    ///
    /// # Errors
    /// Refused when the password until now is wrong, or the new one is not as the rules ask.
    pub async fn change_password(&self, change: &PasswordChange) -> Result<(), ClientError> {
        self.order_with(Operation::post("profile/password"), change)
            .await
    }

    /// One's own sessions.
    ///
    /// # Errors
    /// Refused with 403 for anybody who is no person.
    pub async fn sessions(&self) -> Result<List<SessionInfo>, ClientError> {
        self.ask(Operation::get("sessions")).await
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// Refused with 404 when there is none.
    pub async fn end_session(&self, id: SessionId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("sessions/{id}")))
            .await
    }

    /// Ends all of one's own sessions but the one that asks.
    ///
    /// # Errors
    /// Refused with 403 for anybody who is no person.
    pub async fn end_other_sessions(&self) -> Result<(), ClientError> {
        self.order(Operation::delete("sessions")).await
    }
}
