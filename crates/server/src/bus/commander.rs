//! Sends signed commands to agents.

use std::sync::Arc;
use std::time::Duration;

use edgeward_bus::{Bus, Delivery, Message, PublishError};
use edgeward_domain::Moment;
use edgeward_ids::AgentId;
use edgeward_pki::CommandSigner;
use edgeward_store::{AgentStore, Failure, UnknownAgent};
use edgeward_wire::command::{Body, Command, DEFAULT_LIFETIME_S, SignedCommand};
use edgeward_wire::topic::{Down, Topic};

use crate::now;

/// Why a command was not sent.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No number could be had for it.
    #[error("cannot number the command")]
    Number(#[source] Failure<UnknownAgent>),
    /// It could not be written down.
    #[error("cannot encode the command")]
    Encode(#[source] serde_json::Error),
    /// The broker did not take it.
    #[error("cannot send the command")]
    Publish(#[source] PublishError),
}

/// Numbers, signs and sends commands.
pub struct Commander {
    bus: Arc<dyn Bus>,
    store: Arc<dyn AgentStore>,
    signer: Arc<CommandSigner>,
}

impl Commander {
    /// Sends over this bus, numbers from this store, signs with this key.
    pub fn new(bus: Arc<dyn Bus>, store: Arc<dyn AgentStore>, signer: Arc<CommandSigner>) -> Self {
        Self { bus, store, signer }
    }

    /// Sends a command and returns its number once the broker has it; whether the agent carried it out is seen in what it reports.
    pub async fn send(&self, agent: AgentId, body: Body) -> Result<u64, CommandError> {
        let number = self
            .store
            .next_command_number(agent)
            .await
            .map_err(CommandError::Number)?;
        self.send_as(agent, number, body).await?;
        Ok(number)
    }

    /// Sends many commands, numbered in one transaction, in this order; those for agents that do not exist are passed over.
    pub async fn send_all(&self, commands: Vec<(AgentId, Body)>) -> Result<(), CommandError> {
        let agents: Vec<AgentId> = commands.iter().map(|(agent, _)| *agent).collect();
        let numbers = self
            .store
            .next_command_numbers(&agents)
            .await
            .map_err(|error| CommandError::Number(Failure::Store(error)))?;
        for ((agent, body), number) in commands.into_iter().zip(numbers) {
            if let Some(number) = number {
                self.send_as(agent, number, body).await?;
            }
        }
        Ok(())
    }

    async fn send_as(&self, agent: AgentId, number: u64, body: Body) -> Result<(), CommandError> {
        let expires_at: Moment = now() + Duration::from_secs(DEFAULT_LIFETIME_S);
        let command = Command {
            agent,
            number,
            expires_at_us: expires_at.as_micros(),
            body,
        };
        let payload = serde_json::to_vec(&command).map_err(CommandError::Encode)?;
        let signature = self.signer.sign(&SignedCommand::signed_bytes(&payload));
        let signed = serde_json::to_vec(&SignedCommand { payload, signature })
            .map_err(CommandError::Encode)?;
        let message = Message {
            topic: Topic::Down(agent, Down::Command).to_string().into(),
            payload: signed.into(),
            delivery: Delivery::AtLeastOnce,
            retained: false,
        };
        self.bus
            .publish(message)
            .await
            .map_err(CommandError::Publish)?;
        metrics::counter!("edgeward_commands_sent_total").increment(1);
        Ok(())
    }
}
