//! The doorkeeper of the embedded broker: certificate, client id, will and topics are one identity.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use edgeward_bus::{Attempt, Doorkeeper, Peer, Refused};
use edgeward_ids::AgentId;
use edgeward_runtime::Chain;
use edgeward_store::{AgentStore, CertificateUse, StoreError};
use edgeward_wire::frame::MAX_FRAME_BYTES;
use edgeward_wire::report::MAX_REPORT_BYTES;
use edgeward_wire::topic::{Topic, Up};
use parking_lot::RwLock;

use crate::agents::{Change, Presence};
use crate::events::Events;
use crate::now;

/// The largest status message, in bytes.
const MAX_STATUS_BYTES: usize = 1024;

/// Lets agents in, and says what each may do.
pub struct Gate {
    store: Arc<dyn AgentStore>,
    presence: Arc<Presence>,
    events: Events,
    /// Which of the connected agents may use a tunnel: those that were managed when they connected, or were adopted since.
    managed: RwLock<HashMap<AgentId, bool>>,
}

impl Gate {
    /// A doorkeeper over this store.
    pub fn new(store: Arc<dyn AgentStore>, presence: Arc<Presence>, events: Events) -> Self {
        Self {
            store,
            presence,
            events,
            managed: RwLock::default(),
        }
    }

    /// An agent was adopted: from now on it may use a tunnel.
    pub fn adopted(&self, agent: AgentId) {
        if let Some(managed) = self.managed.write().get_mut(&agent) {
            *managed = true;
        }
    }

    /// Whether the agent of this certificate is managed; nothing when the certificate is not one of its own.
    async fn known(&self, agent: AgentId, serial: &str) -> Result<Option<bool>, StoreError> {
        match self.store.find_by_certificate(agent, serial).await? {
            None => return Ok(None),
            Some(CertificateUse::New) => self.store.certificate_seen(agent, serial).await?,
            Some(CertificateUse::Current | CertificateUse::Previous) => {}
        }
        Ok(self
            .store
            .agent(agent)
            .await?
            .map(|view| view.agent.state.is_managed()))
    }

    fn topic_of(client_id: &str, topic: &str) -> Option<(AgentId, Topic)> {
        Some((client_id.parse().ok()?, topic.parse().ok()?))
    }
}

#[async_trait]
impl Doorkeeper for Gate {
    async fn admit(&self, attempt: &Attempt) -> Result<(), Refused> {
        let refused = |reason| Refused { reason };
        if attempt.client_id != attempt.peer.identity {
            return Err(refused("foreign_client_id"));
        }
        let agent: AgentId = attempt
            .client_id
            .parse()
            .map_err(|_| refused("not_an_agent"))?;
        if let Some(will) = &attempt.will_topic {
            let own = matches!(will.parse(), Ok(Topic::Up(owner, Up::Status)) if owner == agent);
            if !own || attempt.will_retained {
                return Err(refused("foreign_will"));
            }
        }
        let managed = self
            .known(agent, &attempt.peer.serial)
            .await
            .map_err(|error| {
                tracing::error!(%agent, error = %Chain(&error), "cannot look an agent up");
                refused("store_unavailable")
            })?;
        self.managed
            .write()
            .insert(agent, managed.ok_or(refused("unknown_certificate"))?);
        Ok(())
    }

    fn may_publish(&self, client_id: &str, topic: &str) -> bool {
        match Self::topic_of(client_id, topic) {
            Some((agent, topic @ Topic::Up(_, Up::Tunnel))) => {
                topic.may_publish(agent)
                    && self.managed.read().get(&agent).copied().unwrap_or(false)
            }
            Some((agent, topic)) => topic.may_publish(agent),
            None => false,
        }
    }

    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool {
        Self::topic_of(client_id, filter).is_some_and(|(agent, topic)| topic.may_subscribe(agent))
    }

    fn max_payload(&self, topic: &str) -> usize {
        match topic.parse() {
            Ok(Topic::Up(_, Up::Status)) => MAX_STATUS_BYTES,
            Ok(Topic::Up(_, Up::Report)) => MAX_REPORT_BYTES,
            Ok(Topic::Up(_, Up::Tunnel)) => MAX_FRAME_BYTES,
            _ => 0,
        }
    }

    async fn connected(&self, peer: &Peer) {
        let Ok(agent) = peer.identity.parse() else {
            return;
        };
        metrics::gauge!("edgeward_agent_connections").increment(1.0);
        self.presence.connected(agent, peer.address);
    }

    async fn disconnected(&self, peer: &Peer) {
        let Ok(agent) = peer.identity.parse() else {
            return;
        };
        metrics::gauge!("edgeward_agent_connections").decrement(1.0);
        if self.presence.disconnected(agent, peer.address, now()) == Change::Left {
            self.events.agent_left(agent);
        }
    }

    fn refused(&self, client_id: &str, reason: &'static str) {
        metrics::counter!("edgeward_agent_refusals_total", "reason" => reason).increment(1);
        tracing::warn!(client_id, reason, "refused an agent");
    }
}
