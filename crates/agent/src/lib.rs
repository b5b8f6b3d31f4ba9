//! The device agent: one outbound MQTT connection, and what travels inside it.
//!
//! [`enrolment`] gives a device its identity; [`Agent`] keeps the connection, obeys signed commands, and answers requests
//! out of the tunnel for what its own [`config`] offers. Nothing on the device listens. The library keeps no global state:
//! several agents may run in one process, on any flavour of tokio runtime.

mod actions;
mod app;
pub mod changes;
pub mod check;
pub mod clock;
mod commands;
pub mod config;
mod connection;
mod device;
pub mod dial;
pub mod enrolment;
mod events;
mod facts;
#[cfg(test)]
mod fake_snapd;
mod hosting;
mod iot;
mod key_files;
mod nats;
pub mod params;
mod reports;
pub mod services;
mod sqlite;
pub mod state;
mod tunnel;
mod twin;
pub mod unregister;
mod watchdog;

pub use app::{Agent, AgentOptions, Handle, StartError};
pub use connection::{LinkState, Status};
pub use sqlite::DatabaseError;

/// This agent's version, as it reports it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
