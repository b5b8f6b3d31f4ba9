//! Process plumbing for every program: logging, shutdown with named tasks, signals, back-off, clock readings, exit codes,
//! and the printing of error chains; with feature `config` also the reading of YAML configuration.
//!
//! It knows no program in particular. It starts nothing by itself and keeps no global state but the log's.

mod backoff;
mod chain;
mod clock;
#[cfg(feature = "config")]
pub mod config;
mod exit;
pub mod logging;
mod shutdown;
pub mod signal;

pub use backoff::Backoff;
pub use chain::Chain;
pub use clock::{micros_since_epoch, now_micros};
pub use exit::{ExitCode, end_process};
pub use shutdown::Shutdown;

#[cfg(test)]
mod tests;
