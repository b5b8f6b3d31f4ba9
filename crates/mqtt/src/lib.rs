//! One MQTT client connection (3.1.1 or 5) over any byte stream, with a priority lane.
//!
//! [`connect`] speaks the handshake and hands back a [`Client`] to send with and an [`Incoming`] to receive from. One task
//! per connection moves the bytes. What goes out waits in one of two small queues: everything in [`Lane::Control`] leaves
//! before anything in [`Lane::Bulk`], so that presence is never starved by a download. Queues, packets, messages in
//! flight and waits are all limited; buffers grow under load and shrink when it ends.
//!
//! It does not open sockets, speak TLS, reconnect, keep sessions or send at QoS 2: callers do, or nobody does.
//! Why this is not a client crate of somebody else's: `docs/decisions/0001-mqtt-client.md`.

mod client;
mod connect;
mod error;
mod in_flight;
mod message;
mod packet;
mod reader;
mod writer;

pub use client::{Client, Incoming};
pub use connect::connect;
pub use error::{ConnectError, Lost, PublishError, SubscribeError};
pub use message::{Lane, Options, Protocol, Publish, QoS, Received, SubscribeOutcome, Will};

/// Messages that may wait in each lane; a sender waits when its lane is full.
const LANE_CAPACITY: usize = 16;

/// Received messages that may wait for [`Incoming::next`]; then nothing more is read.
const INCOMING_CAPACITY: usize = 16;

/// Acknowledgements that may be outstanding in each direction, unless the broker allows fewer.
const MAX_IN_FLIGHT: u16 = 64;

#[cfg(test)]
mod tests;
