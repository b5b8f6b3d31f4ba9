//! The installation's settings: what administrators set while it runs. What must be known before the database can be
//! opened is in the configuration file instead.
//!
//! They are kept in memory as a whole ([`Settings`]), read anew after each change and every [`REFRESH_EVERY`], so that
//! another control plane over the same database follows. Secrets in them are sealed before they reach the store.

mod agent_service;
mod check;
pub mod http;
mod provider;
pub mod reach;
mod service;
mod stored;

pub use check::is_protected;
pub use provider::SsoProvider;
pub use service::{REFRESH_EVERY, Settings, SettingsError, Start};

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::web::Public;

/// How people reach the control plane; the root address exchanges it.
pub type LivePublic = Arc<ArcSwap<Public>>;

#[cfg(test)]
mod tests;
