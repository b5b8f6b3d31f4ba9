//! An ordered byte stream with credit over messages, and HTTP/2 above it.
//!
//! [`open`] makes one end of a session: frames that arrive go into its [`Inlet`], frames to send come out through an
//! [`Outlet`], and what lies between is a [`TunnelStream`]. A frame that is lost, repeated, reordered or damaged ends the
//! session with a [`CloseReason`]; wrong bytes are never delivered. [`client`] and [`server`] put HTTP/2 on top.
//!
//! What carries the frames, who may open a session and what a request means is not known here.
//!
//! ```text
//! open(session, Limits::default(), outlet) -> (Inlet, TunnelStream, Closed)      inside a tokio runtime
//! Inlet::deliver(Bytes) -> Result<(), CloseReason>    Inlet::abort(CloseCode, &str)    drop(Inlet) = the way is lost
//! Closed::wait(&self).await -> CloseReason            Closed::reason(&self) -> Option<CloseReason>    closed.await
//! client::connect(TunnelStream).await -> Result<Connection, ConnectError>
//! Connection::request(http::Request<B>).await -> Result<http::Response<hyper::body::Incoming>, RequestError>
//! Connection::closed(&self).await -> CloseReason      RequestError::fault() -> Fault { Agent, Way, Request, Busy }
//! server::serve(TunnelStream, handler, stop).await -> Result<(), ServeError>
//!     handler: Fn(http::Request<hyper::body::Incoming>) -> Future<Output = http::Response<B>>
//! edgeward_wire::frame::session_of(&[u8]) -> Result<u64, FrameError>             for routing a frame to its inlet
//! ```

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "http2")]
mod http2;
mod limits;
mod reason;
#[cfg(feature = "server")]
pub mod server;
pub mod session;
mod stream;
#[cfg(test)]
mod tests;

pub use edgeward_wire::frame::CloseCode;
#[cfg(feature = "http2")]
pub use http2::Fault;
pub use limits::Limits;
pub use reason::{CloseReason, Ended, Violation};
pub use stream::{Closed, Inlet, Outlet, OutletClosed, TunnelStream, open};
