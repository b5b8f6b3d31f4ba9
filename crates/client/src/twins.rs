//! Twins of devices.

use edgeward_api::list::List;
use edgeward_api::twin::{Change, Differing, DifferingFilter, HistoryFilter, PastTwin, Then, Twin};
use edgeward_ids::AgentId;
use serde_json::{Map, Value};

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// A device's twin.
    ///
    /// # Errors
    /// Refused with 404 when there is no such device that one may see.
    pub async fn twin(&self, id: AgentId) -> Result<Twin, ClientError> {
        self.ask(Operation::get(format!("devices/{id}/twin"))).await
    }

    /// Says what a device is wished to be. `version` is the one that the writer has seen.
    ///
    /// # Errors
    /// Refused with 409 when there is another version by now.
    pub async fn replace_desired(
        &self,
        id: AgentId,
        content: &Map<String, Value>,
        version: Option<u64>,
    ) -> Result<Twin, ClientError> {
        self.send(Operation::put(desired(id, version)), content)
            .await
    }

    /// Changes what a device is wished to be by a merge patch (RFC 7396). `version` is the one that the writer has seen.
    ///
    /// # Errors
    /// Refused with 409 when there is another version by now.
    pub async fn change_desired(
        &self,
        id: AgentId,
        patch: &Map<String, Value>,
        version: Option<u64>,
    ) -> Result<Twin, ClientError> {
        self.send(Operation::patch(desired(id, version)), patch)
            .await
    }

    /// What was written of a device's twin, the newest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn twin_history(
        &self,
        id: AgentId,
        filter: &HistoryFilter,
    ) -> Result<List<Change>, ClientError> {
        let operation = Operation::get(format!("devices/{id}/twin/history"));
        self.ask_for(operation, filter).await
    }

    /// What a device's twin was at a moment.
    ///
    /// # Errors
    /// Refused with 404 when that is not remembered any more.
    pub async fn twin_then(&self, id: AgentId, then: &Then) -> Result<PastTwin, ClientError> {
        let operation = Operation::get(format!("devices/{id}/twin/then"));
        self.ask_for(operation, then).await
    }

    /// The devices that are not what is wished of them, the longest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn differing(
        &self,
        filter: &DifferingFilter,
    ) -> Result<List<Differing>, ClientError> {
        self.ask_for(Operation::get("devices/differing"), filter)
            .await
    }
}

fn desired(id: AgentId, version: Option<u64>) -> String {
    let seen = version.map_or_else(String::new, |version| format!("?version={version}"));
    format!("devices/{id}/twin/desired{seen}")
}
