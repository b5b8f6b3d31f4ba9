//! Edge services: listing them, and opening them: their own page at a host name of their own, and a path for programs.

mod failure;
mod hand_over;
pub mod host;
pub mod http;
mod page;
mod proxy;
mod service;

pub use hand_over::HandOver;
pub use service::{ReadOnly, ServiceError, Services};

#[cfg(test)]
mod tests;
