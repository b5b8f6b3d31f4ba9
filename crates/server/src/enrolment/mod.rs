//! Enrolment: a signing request becomes an identity, against a join token or as an unmanaged agent; and renewal.
//!
//! HTTP/1.1 on the agent port (`wire::enrol`). The store counts the token's use and records the agent in one transaction before
//! anything is answered; a certificate that was signed and not recorded is worthless, because its serial number is unknown.

mod http;
mod service;

pub use http::Service;
pub use service::{Enrolment, Refusal};
