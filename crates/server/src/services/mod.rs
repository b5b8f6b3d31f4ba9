//! Edge services: adding and proving them, listing them, and opening them: their own page at a host name of their own, and a path for programs.

mod call;
mod change;
mod chosen;
mod credentials;
mod direct;
mod export;
mod failure;
mod figures;
mod guard;
mod hand_over;
pub mod host;
pub mod http;
mod import;
mod many_http;
mod page;
mod prove;
mod proxy;
mod service;
mod tags;
mod watch;
mod ways;

pub use credentials::Credentials;
pub use direct::{DirectWay, Networks, default_refused};
pub use failure::Failure;
pub use hand_over::HandOver;
pub(crate) use service::route_of;
pub use service::{ReadOnly, ServiceError, Services};
pub use watch::{Watched, run as watch};
pub use ways::{Route, Ways};

#[cfg(test)]
mod tests;
