//! Twins: takes in what devices report, records what is wished of them, and tells what lies between, now and as it changes.
//!
//! Nothing here makes a device what it is wished to be: that is what actions and rollouts do.

pub mod http;
mod service;
mod view;
mod watch;

pub use service::Twins;
