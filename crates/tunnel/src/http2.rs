//! What both ends of HTTP/2 over a tunnel share: limits, and who was at fault when something failed.
//!
//! Every stream has a window of its own, and the connection's window is as large as all of them together. A reader that
//! stalls therefore stops its own sender and nobody else; what it costs is memory, at most a stream's window for each
//! stream that stalls.

use std::time::Duration;

/// The most requests under way on one connection; a further one waits at the client and is refused by the server.
pub(crate) const MAX_CONCURRENT_STREAMS: u32 = 512;

/// How much of one answer may be unread at the client, in bytes, before its sender must wait: what a long way needs for
/// a fair rate. Connections hold at most 256 MiB of this, if all their readers stall.
#[cfg(feature = "client")]
pub(crate) const CLIENT_STREAM_WINDOW_BYTES: u32 = 512 * 1024;

/// The same for a request's body at the server, which is a device and has less memory.
#[cfg(feature = "server")]
pub(crate) const SERVER_STREAM_WINDOW_BYTES: u32 = 256 * 1024;

/// How much of all bodies together may be unread, in bytes: as much as all streams may hold, so that none waits for another.
pub(crate) const fn connection_window_bytes(stream_window_bytes: u32) -> u32 {
    MAX_CONCURRENT_STREAMS * stream_window_bytes
}

/// The largest HTTP/2 frame, in bytes: large bodies cost less with larger ones, small messages wait less with smaller ones.
pub(crate) const MAX_FRAME_BYTES: u32 = 16 * 1024;

/// How much of one body may wait to be sent, in bytes.
pub(crate) const SEND_BUFFER_BYTES: usize = 256 * 1024;

/// The largest header list of a request or an answer, in bytes.
pub(crate) const MAX_HEADER_LIST_BYTES: u32 = 64 * 1024;

/// How many streams the client may cancel before they were looked at; more ends the connection.
#[cfg(feature = "server")]
pub(crate) const MAX_PENDING_RESETS: usize = MAX_CONCURRENT_STREAMS as usize;

/// How many streams may fail by the other end's fault; more ends the connection.
pub(crate) const MAX_FAULTY_STREAMS: usize = 1024;

/// After how long the client asks whether the server is there.
#[cfg(feature = "client")]
pub(crate) const CLIENT_PING_INTERVAL: Duration = Duration::from_secs(10);

/// After how long the server asks whether the client is there; later than the client does, as one asking is enough.
#[cfg(feature = "server")]
pub(crate) const SERVER_PING_INTERVAL: Duration = Duration::from_secs(30);

/// How long the answer to that may take: longer than what may queue before it on a slow link.
pub(crate) const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Who was at fault when a request or a body failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The other end refused or reset this request; others go on.
    Agent,
    /// The tunnel, and with it everything on it, ended.
    Way,
    /// This request was not acceptable, or its own body failed.
    Request,
    /// Too many requests are waiting already; later it may go.
    Busy,
}

impl Fault {
    /// Who was at fault for an error of hyper's, such as one that a body ends with.
    pub fn of(error: &hyper::Error) -> Self {
        if error.is_user() || error.is_body_write_aborted() {
            return Self::Request;
        }
        match h2_error(error) {
            Some(error) if error.is_reset() && error.is_remote() => Self::Agent,
            Some(error) if error.is_reset() => Self::Request,
            _ => Self::Way,
        }
    }
}

/// The error of the HTTP/2 library inside one of hyper's.
pub(crate) fn h2_error(error: &hyper::Error) -> Option<&h2::Error> {
    std::error::Error::source(error)?.downcast_ref()
}
