//! Sends signed commands to agents.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use edgeward_bus::{Bus, Delivery, Message, PublishError};
use edgeward_domain::Moment;
use edgeward_ids::AgentId;
use edgeward_pki::CommandSigner;
use edgeward_store::{AgentStore, Failure, UnknownAgent};
use edgeward_wire::command::{Body, Command, DEFAULT_LIFETIME_S, SignedCommand};
use edgeward_wire::report::Outcome;
use edgeward_wire::topic::{Down, Topic};
use parking_lot::Mutex;
use tokio::sync::oneshot;

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

/// How long an agent may take to say how a command ended.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(10);

/// Why it is not known how a command ended.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It was not sent.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The agent has not said so within [`OUTCOME_TIMEOUT`].
    #[error("the agent did not answer within {} s", OUTCOME_TIMEOUT.as_secs())]
    Silent,
}

/// Those that wait for how a command ended.
type Waiting = Mutex<HashMap<(AgentId, u64), oneshot::Sender<Outcome>>>;

/// Numbers, signs and sends commands.
pub struct Commander {
    bus: Arc<dyn Bus>,
    store: Arc<dyn AgentStore>,
    signer: Arc<CommandSigner>,
    waiting: Waiting,
}

impl Commander {
    /// Sends over this bus, numbers from this store, signs with this key.
    pub fn new(bus: Arc<dyn Bus>, store: Arc<dyn AgentStore>, signer: Arc<CommandSigner>) -> Self {
        Self {
            bus,
            store,
            signer,
            waiting: Waiting::default(),
        }
    }

    /// Sends a command and waits until the agent has said how it ended.
    pub async fn ask(&self, agent: AgentId, body: Body) -> Result<Outcome, AskError> {
        let number = self.number(agent).await?;
        let (tell, told) = oneshot::channel();
        let _wait = Wait::begin(&self.waiting, (agent, number), tell);
        self.send_as(agent, number, body).await?;
        match tokio::time::timeout(OUTCOME_TIMEOUT, told).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(_)) | Err(_) => Err(AskError::Silent),
        }
    }

    /// An agent has said how a command ended.
    pub fn ended(&self, agent: AgentId, number: u64, outcome: &Outcome) {
        let waiting = self.waiting.lock().remove(&(agent, number));
        if let Some(tell) = waiting {
            // Whoever asked may have given up.
            let _gone = tell.send(outcome.clone());
        }
    }

    /// Sends a command and returns its number once the broker has it; whether the agent carried it out is seen in what it reports.
    pub async fn send(&self, agent: AgentId, body: Body) -> Result<u64, CommandError> {
        let number = self.number(agent).await?;
        self.send_as(agent, number, body).await?;
        Ok(number)
    }

    async fn number(&self, agent: AgentId) -> Result<u64, CommandError> {
        let number = self.store.next_command_number(agent).await;
        number.map_err(CommandError::Number)
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

/// Somebody who waits; not any more when dropped.
struct Wait<'a> {
    waiting: &'a Waiting,
    key: (AgentId, u64),
}

impl<'a> Wait<'a> {
    fn begin(waiting: &'a Waiting, key: (AgentId, u64), tell: oneshot::Sender<Outcome>) -> Self {
        waiting.lock().insert(key, tell);
        Self { waiting, key }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.waiting.lock().remove(&self.key);
    }
}
