//! Examinations of simulated services over real HTTP: each way in which a service refuses us, or should.

// Helper functions of tests are not recognised as tests by clippy's own exception.
#![allow(clippy::unwrap_used)]

mod caller;
mod configurations;
mod ekuiper;
mod nanomq;
mod neuron;
mod neuronex;
mod others;

use std::sync::LazyLock;

use edgeward_simulated::Signer;

/// The name that our public key must have.
const FILE: &str = "edgeward.pub";

/// Our key.
static OURS: LazyLock<Signer> = LazyLock::new(|| Signer::generate().unwrap());

/// Somebody else's.
static THEIRS: LazyLock<Signer> = LazyLock::new(|| Signer::generate().unwrap());
