//! What goes in and what comes out: options, messages, lanes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

/// The version of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// MQTT 3.1.1.
    V3_1_1,
    /// MQTT 5.
    V5,
}

/// How hard to try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QoS {
    /// QoS 0: may be lost.
    AtMostOnce,
    /// QoS 1: acknowledged, may be repeated.
    AtLeastOnce,
}

/// Which queue a message waits in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Goes out before anything that waits in [`Lane::Bulk`]; for small messages that must be on time.
    Control,
    /// Goes out when no control message waits.
    Bulk,
}

/// How to connect.
#[derive(Clone)]
pub struct Options {
    /// The version to speak; there is no falling back.
    pub protocol: Protocol,
    /// The client id.
    pub client_id: String,
    /// The user name, if the broker wants one.
    pub username: Option<String>,
    /// The password, if the broker wants one.
    pub password: Option<String>,
    /// Something is sent at least this often, and a peer that was silent for one and a half to two times this is given up; 0 turns both off.
    pub keep_alive_s: u16,
    /// Whether the broker is to forget what it knows of this client id, now and when the connection ends.
    pub clean_session: bool,
    /// What the broker publishes when this connection ends without a good-bye.
    pub will: Option<Will>,
    /// The largest packet to accept; a larger one ends the connection.
    pub max_packet_bytes: u32,
    /// How long the handshake may take.
    pub connect_timeout: Duration,
}

/// A message that the broker publishes when the connection ends without a good-bye.
#[derive(Clone, Debug)]
pub struct Will {
    /// Where.
    pub topic: String,
    /// What, at most 65 535 bytes.
    pub payload: Bytes,
    /// How hard to try.
    pub qos: QoS,
    /// Whether the broker keeps it for later subscribers.
    pub retain: bool,
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Where: 1 to 65 535 bytes, without wildcards.
    pub topic: Arc<str>,
    /// What.
    pub payload: Bytes,
    /// How hard to try.
    pub qos: QoS,
    /// Whether the broker keeps it for later subscribers.
    pub retain: bool,
}

/// A message that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Where it was published.
    pub topic: Arc<str>,
    /// What it says.
    pub payload: Bytes,
    /// How it was delivered.
    pub qos: QoS,
    /// Whether the broker had kept it from before the subscription.
    pub retain: bool,
}

/// The broker's answer to one filter of a subscription.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SubscribeOutcome {
    /// Subscribed, at this QoS at most.
    Granted(QoS),
    /// Refused, in the broker's words.
    Refused(String),
}
