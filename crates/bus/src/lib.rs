//! The message bus between the control plane and its agents: one trait, whatever the broker.
//!
//! `broker` implements [`Bus`] over the embedded rmqtt broker, and `external` here over an operator's own. The bus knows
//! topics as text; what they mean and who may use them is asked through [`Doorkeeper`], and what arrives goes to a [`Receiver`].

pub mod external;

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

/// A message on the bus.
#[derive(Clone, Debug)]
pub struct Message {
    /// The topic, as text.
    pub topic: Arc<str>,
    /// What it says.
    pub payload: Bytes,
    /// How hard to try.
    pub delivery: Delivery,
    /// Whether the broker had kept it from earlier (MQTT's retain flag on receipt). Such a message says nothing of now.
    pub retained: bool,
}

/// How hard the bus tries to deliver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// QoS 0: may be lost, in order otherwise.
    AtMostOnce,
    /// QoS 1: until acknowledged, may be repeated.
    AtLeastOnce,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// There is no connection to the broker; try again when there is one.
    #[error("the agent service is not connected")]
    NotConnected,
    /// The broker refused it; trying again does not help.
    #[error("the broker refused the message: {0}")]
    Refused(String),
}

/// Whether the control plane is connected to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Connected now.
    pub connected: bool,
    /// Where to.
    pub address: String,
    /// The last error, if any.
    pub last_error: Option<String>,
}

/// Takes what arrives from agents. Awaited for each message in turn per client, so that a slow receiver slows the sender.
#[async_trait]
pub trait Receiver: Send + Sync + 'static {
    /// A message arrived on a topic that its sender was allowed to publish to.
    async fn receive(&self, message: Message);
    /// The link (re)connected: whatever was heard before may have changed meanwhile.
    async fn connected(&self) {}
}

/// A client that wants to connect to the embedded broker.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Who its certificate says that it is, and the certificate's serial number; the certificate was already verified.
    pub peer: Peer,
    /// The MQTT client id.
    pub client_id: String,
    /// The topic of its last will, if it has one.
    pub will_topic: Option<String>,
    /// Whether that will is to be retained.
    pub will_retained: bool,
}

/// The other end of a connection, as TLS has proven it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it connects from.
    pub address: SocketAddr,
    /// The certificate's common name.
    pub identity: String,
    /// The certificate's serial number, lower-case hexadecimal.
    pub serial: String,
}

/// Why a client may not connect; for the log and the metrics, never for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// A few words in snake case, used as a metric label.
    pub reason: &'static str,
}

/// Says who a client is and what it may do. Asked for every client, publish, subscription and last will.
#[async_trait]
pub trait Doorkeeper: Send + Sync + 'static {
    /// May this client connect under this client id, with this will?
    async fn admit(&self, attempt: &Attempt) -> Result<(), Refused>;
    /// May the client (its client id) publish to this topic?
    fn may_publish(&self, client_id: &str, topic: &str) -> bool;
    /// May the client (its client id) subscribe to this filter?
    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool;
    /// What the client (its client id) is subscribed to from the beginning, at QoS 1, whether it asks for that or not.
    fn standing_filters(&self, _client_id: &str) -> Vec<String> {
        Vec::new()
    }
    /// The client is subscribed to this filter from now on.
    async fn subscribed(&self, _peer: &Peer, _filter: &str) {}
    /// The largest payload that the client may publish to this topic, in bytes.
    fn max_payload(&self, topic: &str) -> usize;
    /// The client is connected.
    async fn connected(&self, peer: &Peer);
    /// The client's connection ended.
    async fn disconnected(&self, peer: &Peer);
    /// Something the client tried was refused; for counting.
    fn refused(&self, client_id: &str, reason: &'static str);
}

/// A way to reach agents.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends a message. With [`Delivery::AtLeastOnce`] it is back when the broker has taken the message; while a message is handled
    /// ([`Receiver::receive`]), when it waits to be sent.
    async fn publish(&self, message: Message) -> Result<(), PublishError>;
    /// Ends a client's connection, if it has one; a no-op where the broker is not ours.
    async fn kick(&self, client_id: &str);
    /// Whether the control plane is connected to the broker; changes are seen on the channel.
    fn link(&self) -> watch::Receiver<Link>;
    /// Stops: says good-bye and closes what is open.
    async fn close(&self);
}
