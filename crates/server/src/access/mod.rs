//! Who is calling: setting up the first administrator, signing in, sessions, one's own profile, and the permit that use
//! cases want.

mod caller;
pub mod http;
pub(crate) mod password;
mod permissions;
mod profile;
mod rules;
mod seen;
mod service;

pub use caller::{Bearer, COOKIE, Caller, Proof};
pub use rules::{LiveRules, Rules};
pub use seen::Seen;
pub use service::{Access, AccessError, Origin, SetupKey};

pub(crate) use http::{cookie, signed_in};
pub(crate) use profile::{checked_name, checked_phone, sessions_of};
pub(crate) use service::checked_email;
