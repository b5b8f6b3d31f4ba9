//! Actions on devices.

use edgeward_api::action::{Action, ActionFilter, AskRequest, Asked};
use edgeward_api::list::List;
use edgeward_ids::ActionId;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// Asks devices for an action; it is written down when this returns.
    ///
    /// # Errors
    /// Refused with 400 when it cannot be asked so, with 404 when a device cannot be seen, with 409 when one is not managed or
    /// too much waits for it.
    pub async fn ask_for_action(&self, request: &AskRequest) -> Result<Asked, ClientError> {
        self.send(Operation::post("actions"), request).await
    }

    /// The actions that match, the newest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn actions(&self, filter: &ActionFilter) -> Result<List<Action>, ClientError> {
        self.ask_for(Operation::get("actions"), filter).await
    }

    /// One action.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn action(&self, id: ActionId) -> Result<Action, ClientError> {
        self.ask(Operation::get(format!("actions/{id}"))).await
    }

    /// Calls an action off.
    ///
    /// # Errors
    /// Refused with 409 when it has ended.
    pub async fn cancel_action(&self, id: ActionId) -> Result<Action, ClientError> {
        self.ask(Operation::post(format!("actions/{id}/cancel")))
            .await
    }
}
