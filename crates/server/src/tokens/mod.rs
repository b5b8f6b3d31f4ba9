//! Join tokens: what one pastes on a device.

pub mod http;
