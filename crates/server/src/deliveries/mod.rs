//! Deliveries: a template's version, filled in for each of many services, brought to them in waves.
//!
//! `step` brings deliveries forward by what is recorded alone; `carry` is what happens to one service: it is read, what was there is
//! recorded, it is written, and read back; whatever goes wrong, what was there is put back.

mod carry;
pub(crate) mod http;
mod service;
mod step;
mod values;
mod view;

pub(crate) use carry::{Carrier, CarryError};
pub use service::Deliveries;
pub use step::run;
