//! The tunnels to agents: one HTTP/2 connection each, opened when first needed and kept.
//!
//! Opening: a signed `open_tunnel` command names a session; frames of ours wait until the agent's first frame has come, so
//! that nothing is sent to an agent that does not know the session yet. A new presence of the agent ends the old tunnel at once.

mod slot;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use edgeward_bus::{Bus, Delivery, Message};
use edgeward_ids::AgentId;
use edgeward_tunnel::client::Connection;
use edgeward_tunnel::{Limits, Outlet, OutletClosed};
use edgeward_wire::command::Body;
use edgeward_wire::topic::{Down, Topic};
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::bus::{CommandError, Commander};
use slot::{Live, Slot};

/// How long an agent may take to answer `open_tunnel`.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no tunnel.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TunnelError {
    /// The command did not reach the broker.
    #[error("the agent service did not take the command")]
    Send(#[source] Arc<CommandError>),
    /// The agent did not answer in time.
    #[error("the agent did not answer within {} s", OPEN_TIMEOUT.as_secs())]
    NoAnswer,
    /// The agent refused to open it.
    #[error("the agent refused: {0}")]
    Refused(String),
    /// The tunnel ended while it was being opened.
    #[error("the tunnel ended while it was being opened: {0}")]
    Ended(String),
}

/// The tunnels to all agents.
pub struct Tunnels {
    bus: Arc<dyn Bus>,
    commander: Arc<Commander>,
    limits: Limits,
    slots: RwLock<HashMap<AgentId, Arc<Slot>>>,
}

impl Tunnels {
    /// No tunnels yet.
    pub fn new(bus: Arc<dyn Bus>, commander: Arc<Commander>, limits: Limits) -> Self {
        Self {
            bus,
            commander,
            limits,
            slots: RwLock::default(),
        }
    }

    /// The agent's connection, opened first if there is none. `arrival` says which of its arrivals it is reached on
    /// ([`Presence::arrival`](crate::agents::Presence::arrival)); a connection of an earlier one is not used any more.
    pub async fn connection(
        &self,
        agent: AgentId,
        arrival: u64,
    ) -> Result<Connection, TunnelError> {
        let slot = self.slot(agent);
        if let Some(connection) = slot.connection(arrival) {
            return Ok(connection);
        }
        let _opening = slot.opening.lock().await;
        match slot.connection(arrival) {
            Some(connection) => Ok(connection),
            None => self.open(agent, arrival, &slot).await,
        }
    }

    async fn open(
        &self,
        agent: AgentId,
        arrival: u64,
        slot: &Slot,
    ) -> Result<Connection, TunnelError> {
        let session = u64::from_le_bytes(edgeward_pki::random_bytes());
        let (answered, first_frame) = watch::channel(false);
        let outlet = BusOutlet {
            bus: self.bus.clone(),
            topic: Topic::Down(agent, Down::Tunnel).to_string().into(),
            first_frame,
        };
        let (inlet, stream, closed) = edgeward_tunnel::open(session, self.limits, outlet);
        slot.begin(session, arrival, inlet, answered);
        let command = self.commander.send(agent, Body::OpenTunnel { session });
        let refused = async {
            match command.await {
                Ok(number) => TunnelError::Refused(slot.refusal_of(number).await),
                Err(error) => TunnelError::Send(Arc::new(error)),
            }
        };
        let opened = async {
            tokio::select! {
                connected = edgeward_tunnel::client::connect(stream) => {
                    connected.map_err(|e| TunnelError::Ended(e.to_string()))
                }
                error = refused => Err(error),
            }
        };
        match tokio::time::timeout(OPEN_TIMEOUT, opened)
            .await
            .unwrap_or(Err(TunnelError::NoAnswer))
        {
            Ok(connection) => {
                slot.live(session, connection.clone());
                let agent_slot = self.slot(agent);
                tokio::spawn(async move {
                    let reason = closed.await;
                    tracing::debug!(%agent, session, %reason, "tunnel ended");
                    agent_slot.end(session);
                });
                tracing::debug!(%agent, session, "tunnel opened");
                Ok(connection)
            }
            Err(error) => {
                slot.end(session);
                Err(error)
            }
        }
    }

    /// Takes in a frame of the agent's; one of an unknown session is dropped and counted.
    pub fn deliver(&self, agent: AgentId, frame: Bytes) {
        let slot = self.slots.read().get(&agent).cloned();
        if !slot.is_some_and(|slot| slot.deliver(frame)) {
            metrics::counter!("edgeward_tunnel_frames_dropped_total").increment(1);
        }
    }

    /// An agent refused a command, which may be one that opens a tunnel.
    pub fn refused(&self, agent: AgentId, number: u64, reason: &str) {
        if let Some(slot) = self.slots.read().get(&agent) {
            slot.refused(number, reason);
        }
    }

    /// Ends an agent's tunnel unless it belongs to this arrival: it went (none), or came back on another connection.
    pub fn end_unless(&self, agent: AgentId, arrival: Option<u64>, reason: &str) {
        if let Some(slot) = self.slots.read().get(&agent) {
            slot.abort_unless(arrival, reason);
        }
    }

    /// Ends an agent's tunnel: it was released, deleted or disabled.
    pub fn end(&self, agent: AgentId, reason: &str) {
        if let Some(slot) = self.slots.read().get(&agent) {
            slot.abort(reason);
        }
    }

    /// Ends every tunnel: the way to the broker was lost.
    pub fn end_all(&self, reason: &str) {
        for slot in self.slots.read().values() {
            slot.abort(reason);
        }
    }

    fn slot(&self, agent: AgentId) -> Arc<Slot> {
        if let Some(slot) = self.slots.read().get(&agent) {
            return slot.clone();
        }
        self.slots.write().entry(agent).or_default().clone()
    }
}

/// Sends frames to an agent, from when it has answered on.
struct BusOutlet {
    bus: Arc<dyn Bus>,
    topic: Arc<str>,
    first_frame: watch::Receiver<bool>,
}

impl Outlet for BusOutlet {
    async fn send(&mut self, frame: Bytes) -> Result<(), OutletClosed> {
        self.first_frame
            .wait_for(|seen| *seen)
            .await
            .map_err(|_| OutletClosed)?;
        let message = Message {
            topic: self.topic.clone(),
            payload: frame,
            delivery: Delivery::AtMostOnce,
            retained: false,
        };
        self.bus.publish(message).await.map_err(|_| OutletClosed)
    }
}

impl Live {
    fn usable(&self) -> bool {
        !self.connection.is_closed()
    }
}
