//! The settings as operators write them, and the link with a real mosquitto.

mod block;
mod link;
#[path = "../../../../mqtt/src/tests/mosquitto.rs"]
mod mosquitto;
mod stand;
mod tls;
mod version;
