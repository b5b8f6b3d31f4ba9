//! Join tokens.

use edgeward_api::list::List;
use edgeward_api::token::{JoinToken, JoinTokenRequest, NewJoinToken};
use edgeward_ids::JoinTokenId;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// The join tokens that can still be used, without their secrets.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn join_tokens(&self) -> Result<List<JoinToken>, ClientError> {
        self.ask(Operation::get("agent-tokens")).await
    }

    /// Makes a join token; its text is shown this once.
    ///
    /// # Errors
    /// Refused with 400 when uses or life are out of range.
    pub async fn create_join_token(
        &self,
        request: &JoinTokenRequest,
    ) -> Result<NewJoinToken, ClientError> {
        self.send(Operation::post("agent-tokens"), request).await
    }

    /// Deletes a join token.
    ///
    /// # Errors
    /// Refused with 404 when there is none.
    pub async fn delete_join_token(&self, id: JoinTokenId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("agent-tokens/{id}")))
            .await
    }
}
