//! Rules without I/O: what is true, and what may happen next.
//!
//! States are enums, each transition is one function, and time is an argument ([`Moment`]). This crate reads no clock,
//! knows no database and no message format: the programs convert to and from it at their edges.

pub mod access;
pub mod action;
pub mod agent;
pub mod audit;
pub mod device;
pub mod hosting;
mod moment;
pub mod organisation;
pub mod presence;
pub mod rollout;
pub mod selection;
pub mod service;
pub mod token;
pub mod twin;

pub use moment::Moment;
