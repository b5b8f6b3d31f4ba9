//! Real clients (our own, and mosquitto's) against the embedded broker.

mod clients;
mod life;
mod permissions;
mod relay;
mod stand;
