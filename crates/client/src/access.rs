//! Setting up, signing in, and what is running.

use edgeward_api::access::{Session, SetupRequest, SetupState, SignInRequest};
use edgeward_api::overview::Overview;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// Whether the first administrator is still to be made.
    ///
    /// # Errors
    /// See [`ClientError`], as everywhere.
    pub async fn setup_state(&self) -> Result<SetupState, ClientError> {
        self.ask(Operation::get("setup")).await
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

    /// What is running and how much there is.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn overview(&self) -> Result<Overview, ClientError> {
        self.ask(Operation::get("overview")).await
    }

    /// The CA's certificate, PEM.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn ca(&self) -> Result<String, ClientError> {
        self.text(Operation::get("ca")).await
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
