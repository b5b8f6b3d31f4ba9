//! API tokens: a program's right to act, given by somebody, never more than they may do themselves.

pub mod http;
mod service;

pub use service::{ApiTokens, is_one};
