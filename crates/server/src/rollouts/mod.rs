//! Rollouts: one action on many devices, in waves, with a way back.
//!
//! A rollout is written down with its devices when it is made; from then on it is brought forward by what is recorded alone
//! ([`crate::app::App::step_rollouts`]), so that a restart in the midst of a wave loses and repeats nothing. What each device does is an action
//! like any other.

mod back;
pub mod http;
mod service;
mod step;
mod view;

pub use service::Rollouts;
pub use step::run;
pub(crate) use view::{counts, plan, state, state_from_api};
