//! The doorkeeper of the embedded broker: certificate, client id, will and topics are one identity.
//!
//! Agents of ours have their own topics below `edgeward/v1/agents/`, existing ones those of their dialect; none has both.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use edgeward_api::event::Kind;
use edgeward_bus::{Attempt, Doorkeeper, Peer, Refused};
use edgeward_ids::AgentId;
use edgeward_runtime::Chain;
use edgeward_store::{AgentStore, CertificateUse, DeviceStore, StoreError};
use edgeward_wire::frame::MAX_FRAME_BYTES;
use edgeward_wire::iot;
use edgeward_wire::report::MAX_REPORT_BYTES;
use edgeward_wire::topic::{Topic, Up};
use parking_lot::{Mutex, RwLock};

use super::clash::ClashWatch;
use crate::agents::{Change, Presence};
use crate::events::Events;
use crate::iot::{Directory, Known};
use crate::now;

/// The largest status message, in bytes.
const MAX_STATUS_BYTES: usize = 1024;

/// Lets agents in, and says what each may do.
pub struct Gate {
    store: Arc<dyn AgentStore>,
    devices: Arc<dyn DeviceStore>,
    presence: Arc<Presence>,
    events: Events,
    directory: Arc<Directory>,
    /// Those that were admitted, as they were then or have become since.
    clients: RwLock<HashMap<AgentId, Client>>,
    /// Where those are that are connected.
    live: RwLock<HashMap<AgentId, SocketAddr>>,
    /// Those that may do nothing any more, however they are connected.
    denied: RwLock<HashSet<AgentId>>,
    watch: ClashWatch,
    /// The last run of each agent at an operator's own broker, and from where it says that it was.
    runs: Mutex<HashMap<AgentId, (u64, IpAddr)>>,
}

/// An agent that was admitted.
#[derive(Clone, Default)]
struct Client {
    /// Whether it may use a tunnel.
    managed: bool,
    /// Present when it is an existing agent.
    iot: Option<Arc<Known>>,
}

impl Gate {
    /// A doorkeeper over these stores.
    pub fn new(
        store: Arc<dyn AgentStore>,
        devices: Arc<dyn DeviceStore>,
        presence: Arc<Presence>,
        events: Events,
        directory: Arc<Directory>,
    ) -> Self {
        Self {
            store,
            devices,
            presence,
            events,
            directory,
            clients: RwLock::default(),
            live: RwLock::default(),
            denied: RwLock::default(),
            watch: ClashWatch::default(),
            runs: Mutex::default(),
        }
    }

    /// An agent was adopted: from now on it may use a tunnel.
    pub fn adopted(&self, agent: AgentId) {
        if let Some(client) = self.clients.write().get_mut(&agent) {
            client.managed = true;
        }
    }

    /// From now on this agent may do nothing, also on a connection that it has or is about to have.
    pub fn deny(&self, agent: AgentId) {
        self.denied.write().insert(agent);
        self.directory.forget(agent);
        self.clients.write().remove(&agent);
        self.watch.forget(agent);
        self.runs.lock().remove(&agent);
    }

    /// What is recorded of this agent decides again.
    pub fn allow(&self, agent: AgentId) {
        self.denied.write().remove(&agent);
        self.directory.forget(agent);
    }

    /// Whether this agent may do nothing.
    pub fn is_denied(&self, agent: AgentId) -> bool {
        self.denied.read().contains(&agent)
    }

    /// Whether this is an existing agent that has connected.
    pub fn is_iot(&self, agent: AgentId) -> bool {
        self.directory.get(agent).is_some()
    }

    /// An agent says hello. An operator's own broker does not tell how connections replace one another: there, each run stands for
    /// a connection, from where the agent says that it is.
    pub async fn said_hello(&self, agent: AgentId, run: u64, local_address: &str) {
        let is_embedded = self.live.read().contains_key(&agent);
        let Ok(address) = local_address.parse() else {
            return;
        };
        if is_embedded {
            return;
        }
        let before = self.runs.lock().insert(agent, (run, address));
        if let Some((old, from)) = before
            && old != run
        {
            self.replaced(agent, from, address).await;
        }
    }

    /// Who this is, if its certificate is one of its own.
    async fn known(&self, agent: AgentId, serial: &str) -> Result<Option<Client>, StoreError> {
        match self.store.find_by_certificate(agent, serial).await? {
            None => return Ok(None),
            Some(CertificateUse::New) => self.store.certificate_seen(agent, serial).await?,
            Some(CertificateUse::Current | CertificateUse::Previous) => {}
        }
        let Some(view) = self.store.agent(agent).await? else {
            return Ok(None);
        };
        Ok(Some(Client {
            managed: view.agent.state.is_managed(),
            iot: self.directory.look_up(&*self.devices, agent).await?,
        }))
    }

    fn topic_of(client_id: &str, topic: &str) -> Option<(AgentId, Topic)> {
        Some((client_id.parse().ok()?, topic.parse().ok()?))
    }

    /// The client, unless it may do nothing. One that is about to be admitted is asked about its last will.
    fn client(&self, client_id: &str) -> Option<Client> {
        let agent = client_id.parse().ok()?;
        if self.denied.read().contains(&agent) {
            return None;
        }
        Some(self.clients.read().get(&agent).cloned().unwrap_or_default())
    }

    /// Another connection of this agent is replaced by this one.
    async fn replaced(&self, agent: AgentId, from: IpAddr, to: IpAddr) {
        let Some(addresses) = self.watch.replaced(agent, from, to, now()) else {
            return;
        };
        metrics::counter!("edgeward_identity_clashes_total").increment(1);
        tracing::warn!(%agent, addresses, "one identity is used from two places; somebody may have a copy of the device's key");
        match self.devices.record_clash(agent, &addresses, now()).await {
            Ok(_) => {
                self.events.changed(Kind::Registrations);
                self.events.changed(Kind::Agents);
            }
            Err(error) => {
                tracing::error!(%agent, error = %Chain(&error), "cannot record that an identity is used from two places")
            }
        }
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
        if self.denied.read().contains(&agent) {
            return Err(refused("disabled"));
        }
        if let Some(will) = &attempt.will_topic {
            let own = matches!(will.parse(), Ok(Topic::Up(owner, Up::Status)) if owner == agent);
            if !own || attempt.will_retained {
                return Err(refused("foreign_will"));
            }
        }
        let client = self
            .known(agent, &attempt.peer.serial)
            .await
            .map_err(|error| {
                tracing::error!(%agent, error = %Chain(&error), "cannot look an agent up");
                refused("store_unavailable")
            })?;
        let client = client.ok_or(refused("unknown_certificate"))?;
        if client.iot.is_some() && attempt.will_topic.is_some() {
            return Err(refused("foreign_will"));
        }
        let older = self.live.read().get(&agent).copied();
        if let Some(older) = older {
            self.replaced(agent, older.ip(), attempt.peer.address.ip())
                .await;
        }
        self.clients.write().insert(agent, client);
        // Once more, for what was decided while the store was asked.
        if self.denied.read().contains(&agent) {
            return Err(refused("disabled"));
        }
        Ok(())
    }

    fn may_publish(&self, client_id: &str, topic: &str) -> bool {
        let Some(client) = self.client(client_id) else {
            return false;
        };
        if let Some(known) = client.iot {
            return iot::Topic::parse(topic)
                .is_some_and(|topic| topic.may_publish(client_id, &known.organisation));
        }
        match Self::topic_of(client_id, topic) {
            Some((agent, topic @ Topic::Up(_, Up::Tunnel))) => {
                topic.may_publish(agent) && client.managed
            }
            Some((agent, topic)) => topic.may_publish(agent),
            None => false,
        }
    }

    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool {
        let Some(client) = self.client(client_id) else {
            return false;
        };
        if let Some(known) = client.iot {
            return iot::Topic::parse(filter)
                .is_some_and(|topic| topic.may_subscribe(client_id, known.serial.as_ref()));
        }
        Self::topic_of(client_id, filter).is_some_and(|(agent, topic)| topic.may_subscribe(agent))
    }

    fn max_payload(&self, topic: &str) -> usize {
        match topic.parse() {
            Ok(Topic::Up(_, Up::Status)) => MAX_STATUS_BYTES,
            Ok(Topic::Up(_, Up::Report)) => MAX_REPORT_BYTES,
            Ok(Topic::Up(_, Up::Tunnel)) => MAX_FRAME_BYTES,
            Ok(Topic::Down(..) | Topic::Hail) => 0,
            Err(_) => match iot::Topic::parse(topic) {
                Some(iot::Topic::Pub(_)) => iot::MAX_RESPONSE_BYTES,
                Some(iot::Topic::Health(_)) => iot::MAX_HEALTH_BYTES,
                Some(iot::Topic::Metrics(_)) => iot::MAX_METRICS_BYTES,
                _ => 0,
            },
        }
    }

    async fn connected(&self, peer: &Peer) {
        let Ok(agent) = peer.identity.parse() else {
            return;
        };
        metrics::gauge!("edgeward_agent_connections").increment(1.0);
        self.live.write().insert(agent, peer.address);
        self.presence.connected(agent, peer.address);
    }

    fn standing_filters(&self, client_id: &str) -> Vec<String> {
        // They subscribe once and not again after they have lost their connection, though they still answer what comes there.
        match self.client(client_id) {
            Some(Client { iot: Some(_), .. }) => vec![iot::Topic::Sub(client_id).to_string()],
            _ => Vec::new(),
        }
    }

    async fn subscribed(&self, peer: &Peer, filter: &str) {
        let Some(Client { iot: Some(_), .. }) = self.client(&peer.identity) else {
            return;
        };
        let Ok(agent) = peer.identity.parse() else {
            return;
        };
        // From now on it hears what it is asked; that it is there it says itself only after a minute.
        let hears = iot::Topic::Sub(&peer.identity).to_string() == filter;
        if hears && self.presence.iot_heard(agent, now()) == Change::Arrived {
            self.events.agent_arrived(agent);
        }
    }

    async fn disconnected(&self, peer: &Peer) {
        let Ok(agent) = peer.identity.parse() else {
            return;
        };
        metrics::gauge!("edgeward_agent_connections").decrement(1.0);
        {
            let mut live = self.live.write();
            if live.get(&agent) == Some(&peer.address) {
                live.remove(&agent);
            }
        }
        if self.presence.disconnected(agent, peer.address, now()) == Change::Left {
            self.events.agent_left(agent);
        }
    }

    fn refused(&self, client_id: &str, reason: &'static str) {
        metrics::counter!("edgeward_agent_refusals_total", "reason" => reason).increment(1);
        tracing::warn!(client_id, reason, "refused an agent");
    }
}
