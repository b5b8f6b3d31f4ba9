//! Existing iot-agents, as they are on the wire: Canonical's and Everactive's, with their quirks.
//!
//! Written from what was observed of the real programs, and not with the types of the server that they talk to. They enrol over HTTP
//! and look only at `code`; they look at no certificate; they answer one request after another; they subscribe once and not
//! again after a reconnect; an action that they do not know is answered with nothing at all; `unregister` is done before the answer
//! has left. What they do to snaps they do to a list in memory.

mod agent;
mod answers;

pub use agent::{IotAgent, Refused, Settings, enrol};
pub use answers::{Kind, Snap};
