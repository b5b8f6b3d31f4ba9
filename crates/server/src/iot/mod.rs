//! Existing agents of Canonical and Everactive: what they publish is taken in, and what they are asked is published, in their words.
//!
//! `wire::iot` has the messages; who enrols is `devices`'. What becomes of responses is not decided here: whoever follows actions
//! says so with [`Iot::serve`]. Liveness is this machine's clock's, never what a message says of time.

mod directory;
pub mod groups;
pub mod http;
mod measured;
mod required;
pub mod sections;
#[cfg(test)]
mod tests;
pub mod twin_http;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use edgeward_bus::{Bus, Delivery, Message, PublishError};
use edgeward_ids::{ActionId, AgentId};
use edgeward_runtime::Chain;
use edgeward_store::{DeviceStore, StoreError};
use edgeward_wire::action::ActionRequest;
use edgeward_wire::iot::action::{Reply, Request, Response};
use edgeward_wire::iot::health::Health;
use edgeward_wire::iot::{Topic, metrics as lines};

pub use directory::{Directory, Known};
pub use measured::Measured;
pub use required::Reminded;

use crate::agents::{Change, Presence};
use crate::events::Events;
use crate::now;

/// Whoever follows the actions that existing agents carry out.
#[async_trait]
pub trait Replies: Send + Sync {
    /// An agent answered. That the action is its own is to be checked: see [`refused`].
    async fn response(&self, agent: AgentId, response: Response);

    /// An agent answered with nothing at all: it does not know the action that it was asked for, whichever that was.
    async fn empty(&self, agent: AgentId);

    /// An agent said that it is there. It may have lost what it was asked before, and its subscriptions with it.
    async fn heard(&self, agent: AgentId, health: &Health);

    /// The names of the snaps that are on a device; none if it has not said yet.
    async fn installed_snaps(&self, agent: AgentId) -> Option<HashSet<String>>;
}

/// The side of the existing agents.
pub struct Iot {
    bus: Arc<dyn Bus>,
    store: Arc<dyn DeviceStore>,
    presence: Arc<Presence>,
    events: Events,
    /// Who they are.
    pub directory: Arc<Directory>,
    /// What they measured last.
    pub measured: Measured,
    /// When they were reminded of what they lack.
    pub reminded: Reminded,
    replies: OnceLock<Weak<dyn Replies>>,
}

impl Iot {
    /// Speaks over this bus with the devices of this store.
    pub fn new(
        bus: Arc<dyn Bus>,
        store: Arc<dyn DeviceStore>,
        presence: Arc<Presence>,
        events: Events,
        directory: Arc<Directory>,
    ) -> Self {
        Self {
            bus,
            store,
            presence,
            events,
            directory,
            measured: Measured::default(),
            reminded: Reminded::default(),
            replies: OnceLock::new(),
        }
    }

    /// From now on, responses go there.
    pub fn serve(&self, replies: &Arc<impl Replies + 'static>) {
        let replies: Arc<dyn Replies> = replies.clone();
        let _ = self.replies.set(Arc::downgrade(&replies));
    }

    fn replies(&self) -> Option<Arc<dyn Replies>> {
        self.replies.get()?.upgrade()
    }

    /// Takes in what arrived on this topic.
    pub async fn receive(&self, topic: Topic<'_>, message: &Message) {
        let result = match topic {
            Topic::Health(id) => self.health(id, message).await,
            Topic::Pub(id) => self.response(id, message).await,
            Topic::Metrics(organisation) => self.metrics(organisation, message).await,
            Topic::Sub(_) | Topic::RequiredInstall(_) | Topic::AllActions(_) => Ok(()),
        };
        match result {
            Ok(()) => {}
            Err(Dropped::Because(reason)) => refused(&topic.to_string(), reason),
            Err(Dropped::Store(error)) => {
                tracing::error!(%topic, error = %Chain(&error), "cannot take in what a device said");
            }
        }
    }

    async fn health(&self, id: &str, message: &Message) -> Result<(), Dropped> {
        let health = Health::read(id, &message.payload).map_err(|error| {
            use edgeward_wire::iot::health::BadHealth;
            Dropped::Because(match error {
                BadHealth::TooLarge(_) => "health_too_large",
                BadHealth::Unreadable => "health_unreadable",
                BadHealth::OtherDevice => "health_of_another_device",
            })
        })?;
        let agent = self.known(id).await?.0;
        self.is_here(agent);
        if let Some(replies) = self.replies() {
            replies.heard(agent, &health).await;
        }
        self.remind_if_due(agent).await.map_err(Dropped::Store)
    }

    /// A device is there now.
    pub fn is_here(&self, agent: AgentId) {
        if self.presence.iot_heard(agent, now()) == Change::Arrived {
            self.events.agent_arrived(agent);
        }
    }

    async fn response(&self, id: &str, message: &Message) -> Result<(), Dropped> {
        let reply = Response::read(&message.payload)
            .map_err(|_| Dropped::Because("response_unreadable"))?;
        let agent = self.known(id).await?.0;
        self.is_here(agent);
        let Some(replies) = self.replies() else {
            return Err(Dropped::Because("nobody_follows_actions"));
        };
        match reply {
            Reply::Empty => replies.empty(agent).await,
            Reply::Response(response) => replies.response(agent, *response).await,
        }
        Ok(())
    }

    async fn metrics(&self, organisation: &str, message: &Message) -> Result<(), Dropped> {
        let lines =
            lines::read(&message.payload).map_err(|_| Dropped::Because("metrics_unreadable"))?;
        for line in lines {
            let device = line.tags.iter().find(|(name, _)| name == "device");
            let Some((_, device)) = device else {
                return Err(Dropped::Because("metrics_of_no_device"));
            };
            let (agent, known) = self.known(device).await?;
            if known.organisation != organisation {
                return Err(Dropped::Because("metrics_of_another_organisation"));
            }
            if !self.measured.take(agent, &line, now()) {
                return Err(Dropped::Because("too_many_series"));
            }
        }
        Ok(())
    }

    async fn known(&self, id: &str) -> Result<(AgentId, Arc<Known>), Dropped> {
        let agent: AgentId = id.parse().map_err(|_| Dropped::Because("not_a_device"))?;
        let known = self
            .directory
            .look_up(&*self.store, agent)
            .await
            .map_err(Dropped::Store)?
            .ok_or(Dropped::Because("unknown_device"))?;
        Ok((agent, known))
    }

    /// Asks something of an existing agent. That the broker has it says nothing of the agent.
    ///
    /// # Errors
    /// The broker does not take it.
    pub async fn publish_action(
        &self,
        agent: AgentId,
        action: ActionId,
        request: &ActionRequest,
    ) -> Result<(), PublishError> {
        let request = Request::new(action, request);
        let topic = Topic::Sub(&agent.to_string()).to_string();
        self.publish(topic, &request).await
    }

    async fn publish(
        &self,
        topic: String,
        message: &impl serde::Serialize,
    ) -> Result<(), PublishError> {
        let payload = serde_json::to_vec(message)
            .map_err(|error| PublishError::Refused(error.to_string()))?;
        self.bus
            .publish(Message {
                topic: topic.into(),
                payload: payload.into(),
                delivery: Delivery::AtLeastOnce,
                retained: false,
            })
            .await
    }
}

/// Counts what an existing agent said and nobody believes, such as a reply to another device's action.
pub fn refused(from: &str, reason: &'static str) {
    metrics::counter!("edgeward_iot_refusals_total", "reason" => reason).increment(1);
    tracing::warn!(from, reason, "dropped what a device said");
}

/// Why a message is dropped.
enum Dropped {
    Because(&'static str),
    Store(StoreError),
}
