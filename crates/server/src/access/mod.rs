//! Who is calling: setting up the first administrator, signing in, sessions, and the permit that use cases want.

mod caller;
pub mod http;
mod password;
mod service;

pub use caller::{Caller, Proof};
pub use service::{Access, AccessError, SetupKey};
