//! snapd assertions: signed statements as text, such as the `model` and `serial` of a device.
//!
//! [`decode_stream`] reads them, within limits, whoever wrote them; [`Model`] and [`Serial`] are what two of them say. With
//! feature `verify` a [`PublicKey`] tells whether it has signed one; without it nothing here computes anything.
//!
//! What it does not do: it decides about no trust. Which keys are believed, whether an account may speak for a brand, and what
//! times count, is its callers' business. It reads no formats of single types beyond the two.
//!
//! The text format, the key id and the signature are those of snapd (`asserts/` in its public source), which builds on
//! OpenPGP version 4 packets (RFC 4880).

mod decode;
mod error;
mod headers;
#[cfg(feature = "verify")]
mod key;
#[cfg(feature = "verify")]
mod packet;
#[cfg(feature = "sign")]
pub mod sign;
mod statements;

pub use decode::{
    Assertion, MAX_ASSERTIONS, MAX_BODY_BYTES, MAX_HEADERS_BYTES, MAX_SIGNATURE_BYTES,
    decode_stream,
};
pub use error::{DecodeError, StatementError};
#[cfg(feature = "verify")]
pub use error::{KeyError, VerifyError};
pub use headers::{MAX_NESTING, Value};
#[cfg(feature = "verify")]
pub use key::PublicKey;
pub use statements::{Model, Serial, model, serial};

#[cfg(test)]
mod tests;
