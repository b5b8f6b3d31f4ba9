//! Whole-system stories: a real control plane, real agents, simulated services; nothing is replaced by a stand-in.
//!
//! Everything listens on 127.0.0.1 and on free ports. Waits look for a value and have a limit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod console;
mod crowd;
mod host;
mod killed;
mod life;
mod system;
mod tokens;
mod trouble;
