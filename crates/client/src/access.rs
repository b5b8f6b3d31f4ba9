//! Setting up, signing in, links that were sent to people, and what is running.

use edgeward_api::access::{
    Invitation, InvitationAcceptance, InvitationLookup, PasswordResetRequest, Session,
    SetupRequest, SignInOptions, SignInRequest,
};
use edgeward_api::overview::Overview;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// How one signs in here, and whether the first administrator is still to be made; needs no token.
    ///
    /// # Errors
    /// See [`ClientError`], as everywhere.
    pub async fn sign_in_options(&self) -> Result<SignInOptions, ClientError> {
        self.ask(Operation::get("session/options")).await
    }

    /// Makes the first administrator.
    ///
    /// # Errors
    /// Refused when the key is wrong or there is an administrator already.
    pub async fn set_up(&self, request: &SetupRequest) -> Result<Session, ClientError> {
        self.send(Operation::post("setup"), request).await
    }

    /// Signs in; with `bearer` the session carries a token for [`Client::with_token`].
    ///
    /// # Errors
    /// Refused when address or password are wrong.
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<Session, ClientError> {
        self.send(Operation::post("session"), request).await
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Refused with 401 when nobody is.
    pub async fn session(&self) -> Result<Session, ClientError> {
        self.ask(Operation::get("session")).await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// Refused with 401 when there is none.
    pub async fn sign_out(&self) -> Result<(), ClientError> {
        self.order(Operation::delete("session")).await
    }

    /// Asks for a link by e-mail that resets a password. The answer does not say whether there is such an account.
    ///
    /// # Errors
    /// Refused with 429 when asked too often.
    pub async fn request_password_reset(
        &self,
        request: &PasswordResetRequest,
    ) -> Result<(), ClientError> {
        self.order_with(Operation::post("password-reset"), request)
            .await
    }

    /// What a link that was sent to somebody is for.
    ///
    /// # Errors
    /// Refused with 404 when it was used, has ended, or never was.
    pub async fn invitation(&self, request: &InvitationLookup) -> Result<Invitation, ClientError> {
        self.send(Operation::post("invitations/lookup"), request)
            .await
    }

    /// Sets the password that a link is for, and signs in.
    ///
    /// # Errors
    /// Refused with 404 when the link was used or has ended, with 400 when the password is not as the rules ask.
    pub async fn accept_invitation(
        &self,
        request: &InvitationAcceptance,
    ) -> Result<Session, ClientError> {
        self.send(Operation::post("invitations/accept"), request)
            .await
    }

    /// What is running and how much there is.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn overview(&self) -> Result<Overview, ClientError> {
        self.ask(Operation::get("overview")).await
    }

    /// Whether the control plane is ready to serve (`/readyz`); needs no token.
    ///
    /// # Errors
    /// Unreachable, or it answers that it is not ready.
    pub async fn ready(&self) -> Result<(), ClientError> {
        let request = self
            .authorised(http::Method::GET, self.url("readyz"))
            .timeout(crate::ANSWER_TIMEOUT);
        self.answered(request).await.map(drop)
    }

    /// The OpenAPI document, as JSON text.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn openapi(&self) -> Result<serde_json::Value, ClientError> {
        // Beside `/api/v1`, not below it.
        self.ask(Operation::get("../openapi.json")).await
    }
}
