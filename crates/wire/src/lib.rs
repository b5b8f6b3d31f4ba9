//! What crosses between the programs: topics, messages, actions, signed commands, enrolment, join tokens, tunnel frames.
//!
//! Only types and their encodings. No I/O, no clocks, no keys: signing and verifying is `pki`'s, carrying is `mqtt`'s.
//! Readers tolerate unknown fields; every text and list that comes from outside has a limit here.

pub mod action;
pub mod command;
pub mod enrol;
pub mod frame;
pub mod hosting;
pub mod iot;
pub mod key;
pub mod report;
pub mod token;
pub mod topic;

#[cfg(test)]
mod tests;
