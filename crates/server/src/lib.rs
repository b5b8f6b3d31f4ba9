//! The control plane: console, REST API, agent port, tunnels.
//!
//! One folder per concept; `app` wires them, `config` says what can be set. Rules are `domain`'s, records are `store`'s, bytes on the bus are
//! `broker`'s and `bus`'s. [`start`] brings everything up and says where it listens.

pub mod access;
mod actions;
mod agent_port;
pub mod agents;
mod api;
mod api_tokens;
pub mod app;
mod audit;
mod batches;
mod bus;
pub mod config;
mod csv;
mod deliveries;
mod devices;
mod enrolment;
mod events;
mod first_start;
mod hosting;
mod iot;
pub mod keys;
mod mail;
mod organisations;
mod people;
mod rollouts;
mod selection;
mod services;
mod settings;
mod sso;
mod start;
mod tasks;
mod templates;
mod tokens;
mod tunnel;
mod twins;
mod web;

pub use api::openapi_json;
pub use start::{Running, StartError, start};

use std::time::SystemTime;

use edgeward_domain::Moment;

/// The present, as it is stored and compared.
fn now() -> Moment {
    Moment::from(SystemTime::now())
}

/// A moment as the REST API says it.
fn timestamp(moment: Moment) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap_or_default()
}
