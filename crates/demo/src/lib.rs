//! The demonstration: simulated edge services, and real agents in front of them.
//!
//! What a person sees with `edgeward up --demo`: three plants, each a simulated [`neuron::Neuron`] and a real agent with keys and a
//! connection of its own.

pub mod fleet;

pub use edgeward_simulated::neuron;
