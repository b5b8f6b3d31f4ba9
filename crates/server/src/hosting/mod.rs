//! Hosted services: made by agents on their devices because somebody here wishes it; and operations on many services at once.
//!
//! What is wished is written down first. `courier` brings it to agents that are there, again until they report it; `reports` takes in
//! what they say of it. What a service is made of is sealed in the database, because a password may be among it.

mod courier;
pub(crate) mod http;
mod operations;
mod reports;
mod service;
mod spec;
mod view;

pub use courier::run;
pub use service::Hosting;
pub(crate) use view::progress;

#[cfg(test)]
mod tests;
