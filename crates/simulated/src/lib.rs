//! Simulated edge services: they answer as the real ones do where somebody who manages them can notice, or lie.
//!
//! For the demonstration fleet, and for tests of whatever talks to such services. They listen on this machine only, keep nothing on
//! disk, and know nothing of who asks. All are started alike (`X::start(XOptions::…)`, port 0 by default), tell their address, have a
//! [`Clock`] that may be put wrong while they run, read public keys from files that may come and go as the real ones do, and are
//! stopped by `stop`, or without waiting by being dropped. [`Troubles`] decide what goes wrong when they are configured. A [`Signer`] makes keys and tokens, good ones and bad ones.

mod clock;
pub mod ekuiper;
mod jwt;
pub mod liar;
pub mod nanomq;
pub mod neuron;
pub mod neuronex;
mod serving;
mod signer;
#[cfg(test)]
mod trial;
mod trouble;

pub use clock::Clock;
pub use serving::StartError;
pub use signer::{Algorithm, Signer, SignerError};
pub use trouble::{Trouble, Troubles};

/// Whether a service looks at tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Access {
    /// It does.
    #[default]
    Token,
    /// It answers everybody.
    Open,
}
