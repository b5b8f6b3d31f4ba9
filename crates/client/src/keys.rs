//! The agent service and the keys of the installation, as administrators see them.

use edgeward_api::settings::{AgentServiceState, PublicKey};

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// The broker that agents connect to, in full.
    ///
    /// # Errors
    /// Refused with 403 unless one administers something.
    pub async fn agent_service(&self) -> Result<AgentServiceState, ClientError> {
        self.ask(Operation::get("agent-service")).await
    }

    /// The public key with which edge services check the control plane's tokens. That it was fetched is in the audit log.
    ///
    /// # Errors
    /// Refused with 403 unless one administers something.
    pub async fn edge_services_key(&self) -> Result<PublicKey, ClientError> {
        self.ask(Operation::get("keys/edge-services")).await
    }

    /// The CA's certificate, PEM. Needs no token; with one, it is in the audit log.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn ca(&self) -> Result<String, ClientError> {
        self.text(Operation::get("ca")).await
    }
}
