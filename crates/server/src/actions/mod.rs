//! Actions on devices: written down before they are answered, sent when the device is there, followed to their end.
//!
//! What each kind of agent is sent lies in the courier; what comes back is written many at a time. Sending again is harmless:
//! a device does each action at most once and answers a repeated one with what it knows.

mod courier;
pub mod http;
mod old_agents;
mod service;
mod view;

pub use courier::Courier;
pub use old_agents::{LIST_EVERY, OldAgents};
pub use service::Actions;
pub(crate) use service::lifetime;
pub(crate) use view::to_request;
