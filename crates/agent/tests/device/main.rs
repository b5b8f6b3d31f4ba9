//! The agent's program on a device with snapd, over a real broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod killed;
mod many;
mod packed;
mod plane;
mod real_snapd;
mod watchdog;
