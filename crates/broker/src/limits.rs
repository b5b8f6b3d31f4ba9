//! How much the broker takes.

use std::time::Duration;

/// The broker's limits, and the address that it goes by.
#[derive(Clone, Debug)]
pub struct Limits {
    /// What [`Link::address`](edgeward_bus::Link) says: where clients connect.
    pub shown_address: String,
    /// Connections served at a time; one more is closed at once. Each needs two loopback ports' worth of file descriptors,
    /// and the loopback interface has about 28 000 ports to one address.
    pub max_connections: usize,
    /// The largest packet that a client may send; a larger one ends the connection.
    pub max_packet_bytes: u32,
    /// QoS 1 messages sent to a client that it has not acknowledged; more wait.
    pub max_in_flight: u16,
    /// Messages that wait for a client; beyond it new ones of QoS 0, and the oldest otherwise, are dropped.
    pub max_queued_messages: usize,
    /// The longest keep-alive interval that a client may ask for. It must ask for one.
    pub max_keep_alive_s: u16,
    /// Filters that a client may be subscribed to.
    pub max_subscriptions: usize,
    /// From the connection until the client is admitted.
    pub handshake_timeout: Duration,
    /// How long a packet to a client may take to be written.
    pub write_timeout: Duration,
    /// How long the session may take to end after its connection has: last will included.
    pub session_end_timeout: Duration,
    /// How long closing may take.
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            shown_address: "embedded".to_owned(),
            max_connections: 10_000,
            max_packet_bytes: 256 * 1024,
            max_in_flight: 1000,
            max_queued_messages: 100_000,
            max_keep_alive_s: 600,
            max_subscriptions: 16,
            handshake_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(60),
            session_end_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(10),
        }
    }
}
