//! Agents.

use edgeward_api::agent::{AdoptRequest, Agent, AgentFilter, TransferRequest};
use edgeward_api::list::List;
use edgeward_ids::AgentId;

use crate::request::Operation;
use crate::{Client, ClientError};

impl Client {
    /// The agents that match.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn agents(&self, filter: &AgentFilter) -> Result<List<Agent>, ClientError> {
        self.ask_for(Operation::get("agents"), filter).await
    }

    /// One agent.
    ///
    /// # Errors
    /// Refused with 404 when there is none that one may see.
    pub async fn agent(&self, id: AgentId) -> Result<Agent, ClientError> {
        self.ask(Operation::get(format!("agents/{id}"))).await
    }

    /// Adopts an unmanaged agent.
    ///
    /// # Errors
    /// Refused with 409 when it is managed already.
    pub async fn adopt(&self, id: AgentId, request: &AdoptRequest) -> Result<Agent, ClientError> {
        self.send(Operation::post(format!("agents/{id}/adopt")), request)
            .await
    }

    /// Releases a managed agent.
    ///
    /// # Errors
    /// Refused with 409 when it is not managed.
    pub async fn release(&self, id: AgentId) -> Result<Agent, ClientError> {
        self.ask(Operation::post(format!("agents/{id}/release")))
            .await
    }

    /// Moves managed agents, with their edge services, to another project: all of them or none.
    ///
    /// # Errors
    /// Refused with 404 when one of them, or the project, cannot be seen; with 409 when one is not managed, or its name is taken.
    pub async fn transfer(&self, request: &TransferRequest) -> Result<List<Agent>, ClientError> {
        self.send(Operation::post("agents/transfer"), request).await
    }

    /// Deletes an unmanaged agent.
    ///
    /// # Errors
    /// Refused with 409 while it is managed.
    pub async fn delete_agent(&self, id: AgentId) -> Result<(), ClientError> {
        self.order(Operation::delete(format!("agents/{id}"))).await
    }
}
