//! API tokens: a program's right to act.

use edgeward_api::api_token::{ApiToken, ApiTokenRequest, NewApiToken};
use edgeward_api::list::List;
use edgeward_ids::ApiTokenId;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// One's own API tokens, or `all` that one may delete.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn api_tokens(&self, all: bool) -> Result<List<ApiToken>, ClientError> {
        let filter: &[(&str, &str)] = if all { &[("all", "true")] } else { &[] };
        self.ask_for(Operation::get("api-tokens"), &filter).await
    }

    /// Makes an API token; its text is shown this once.
    ///
    /// # Errors
    /// Refused with 403 when it would allow more than oneself is allowed, or when a token asks.
    pub async fn create_api_token(
        &self,
        request: &ApiTokenRequest,
    ) -> Result<NewApiToken, ClientError> {
        self.send(Operation::post("api-tokens"), request).await
    }

    /// Deletes an API token; it is refused from then on.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may delete.
    pub async fn delete_api_token(&self, id: ApiTokenId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("api-tokens/{id}")))
            .await
    }
}
