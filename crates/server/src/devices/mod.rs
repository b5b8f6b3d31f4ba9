//! Devices: registering them, letting them in with what snapd knows of them, and shutting them out again.
//!
//! A device shows its model and serial assertions. Existing agents send them over HTTP and are handed a key and a certificate; ours
//! send them with a signing request over the agent port, and the key never leaves the device. What is checked is the same:
//! who signed them, whether the device is registered, and whether it has enrolled before.

mod assertions;
mod csv;
pub mod http;
mod required;
mod service;
pub mod settings_http;
#[cfg(test)]
mod tests;
mod view;

pub use required::Lacking;
pub use service::{Devices, EnrolError, Keys};
pub(crate) use view::{device_data, organisation_to_wire, to_wire};
