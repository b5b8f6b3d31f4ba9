//! The audit log: reading, exporting and verifying it. Entries are made where things are changed, in the store.

mod actions;
mod export;
pub mod http;
mod view;

#[cfg(test)]
mod tests;
