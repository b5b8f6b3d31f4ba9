//! The bus over an embedded rmqtt broker, for connections whose TLS somebody else has ended.
//!
//! [`EmbeddedBroker::serve`] takes a connection and what its certificate says, and joins it to the broker. Every decision
//! about a client (may it connect, publish, subscribe; how large) is asked of the [`Doorkeeper`](edgeward_bus::Doorkeeper);
//! what a client may publish goes to the [`Receiver`](edgeward_bus::Receiver) at once and never waits in a broker queue.
//! There is no retain, no `$share` and no stored session: nothing relies on the broker's memory.
//!
//! rmqtt only accepts from a listener of its own, so that each connection makes a hop over loopback; why, and what that
//! costs, is in `docs/decisions/0002-embedded-broker-behind-our-tls.md`. This crate stands apart because it is slow to link.
//!
//! rmqtt logs through the `log` crate, per connection at level info; see [`LOG_TARGETS`].

mod broker;
mod connection;
mod hooks;
mod limits;
mod registry;
mod relay;

pub use broker::{EmbeddedBroker, StartError};
pub use limits::Limits;

/// The targets under which the broker itself logs; a program shows them from level warn on.
pub const LOG_TARGETS: [&str; 2] = ["rmqtt", "rmqtt_net"];

#[cfg(test)]
mod tests;
