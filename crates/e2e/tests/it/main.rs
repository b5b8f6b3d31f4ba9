//! Whole-system stories: a real control plane, real agents, simulated services; nothing is replaced by a stand-in.
//!
//! Everything listens on 127.0.0.1 and on free ports. Waits look for a value and have a limit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arrivals;
mod console;
mod crowd;
mod deliveries;
mod devices;
mod edge_services;
mod full_disk;
mod gone;
mod host;
mod hostile;
mod killed;
mod life;
mod links;
mod node_red;
mod pages;
mod people;
mod raw;
mod stopped;
mod system;
mod tokens;
mod transfers;
mod trouble;
mod volumes;
