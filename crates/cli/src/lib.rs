//! The edgeward program.
