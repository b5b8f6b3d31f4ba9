//! What tests are made of: real peers, faults, and the means to watch them.
//!
//! Real programs run as child processes ([`process`], [`mosquitto`], [`nats`], [`nginx`], [`mail`], [`oidc`], [`docker`], [`browser`]) and are gone when their value is
//! dropped; networks are made for one test ([`netns`]); links are broken on purpose ([`faults`]); snapd and existing agents are simulated ([`snapd`], [`iot`]); small HTTP services do
//! what a well-meaning one never would ([`services`]). Nothing here asserts anything about Edgeward itself, and
//! nothing skips: what a test needs and this machine lacks is an error that names the Debian package.

mod ask;
pub mod browser;
pub mod disk;
pub mod docker;
pub mod faults;
pub mod iot;
pub mod mail;
pub mod mosquitto;
pub mod nats;
pub mod netns;
pub mod nginx;
pub mod node_red;
pub mod oidc;
pub mod process;
pub mod services;
pub mod snapd;
pub mod usage;
mod wait;

pub use ask::{AskError, ask};
pub use wait::{TimedOut, eventually};
