//! REST request and response types under `/api/v1`, as the control plane answers and the client reads them.
//!
//! Times are RFC 3339 in UTC. A list answers with all that matches, at most [`list::MAX_ITEMS`] items, and says how many there are.

pub mod access;
pub mod action;
pub mod agent;
pub mod api_token;
pub mod audit;
pub mod delivery;
pub mod error;
pub mod event;
pub mod key;
pub mod list;
pub mod organisation;
pub mod overview;
pub mod registration;
pub mod rollout;
pub mod selection;
pub mod service;
pub mod settings;
pub mod template;
pub mod token;
pub mod twin;
pub mod user;
