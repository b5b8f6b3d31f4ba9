//! Agents: who is there, adopting and releasing them, and keeping what they have recorded the same as what is recorded of them.

pub mod http;
mod presence;
mod service;
mod tellings;
mod view;

pub use presence::{Change, Presence};
pub use service::{AgentError, Agents};
pub use view::facts_from_wire;

#[cfg(test)]
mod tests;
