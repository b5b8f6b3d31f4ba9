//! The control plane's end: sends requests through a tunnel.

mod error;
mod executor;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, watch};

use crate::{CloseReason, Closed, TunnelStream, http2};
pub use error::{ConnectError, RequestError};
use executor::Watched;

/// How long the other end may take to speak HTTP/2.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// The most requests that may wait for the head of their answer; a further one is refused at once.
pub const MAX_WAITING_REQUESTS: usize = http2::MAX_CONCURRENT_STREAMS as usize;

type AnyBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// An HTTP/2 connection through a tunnel. Clones share it; when the last one is gone, it ends after what is under way.
#[derive(Clone, Debug)]
pub struct Connection {
    // before `sender`: whoever sees the connection end can then tell whether somebody still wanted it
    wanted: Arc<()>,
    sender: SendRequest<AnyBody>,
    waiting: Arc<Semaphore>,
    closed: Closed,
    over: watch::Receiver<Option<CloseReason>>,
}

/// Starts HTTP/2 through a tunnel; returns once the other end speaks it too.
///
/// # Errors
/// The tunnel ended, or the other end did not speak HTTP/2 within [`OPEN_TIMEOUT`].
pub async fn connect(stream: TunnelStream) -> Result<Connection, ConnectError> {
    let closed = stream.closed();
    let executor = Watched::default();
    let (sender, connection) = builder(executor.clone())
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| ConnectError::new(closed.reason(), error))?;

    // Behind a lock only so that whoever opens tunnels may do so on any thread.
    let connection = Mutex::new(connection);
    let upgrades = || {
        connection
            .lock()
            .is_ok_and(|c| c.is_extended_connect_protocol_enabled())
    };
    tokio::select! {
        () = executor.until(upgrades) => {}
        reason = closed.wait() => return Err(ConnectError::Tunnel(reason)),
        () = tokio::time::sleep(OPEN_TIMEOUT) => return Err(ConnectError::Silent),
    }
    let connection = connection
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let wanted = Arc::new(());
    let still_wanted = Arc::downgrade(&wanted);
    let (over, over_receiver) = watch::channel(None);
    let ended = closed.clone();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "HTTP/2 through a tunnel ended");
        }
        let reason = match ended.wait().await {
            CloseReason::Dropped if still_wanted.strong_count() > 0 => CloseReason::Unresponsive,
            reason => reason,
        };
        over.send_replace(Some(reason));
    });
    Ok(Connection {
        wanted,
        sender,
        waiting: Arc::new(Semaphore::new(MAX_WAITING_REQUESTS)),
        closed,
        over: over_receiver,
    })
}

impl Connection {
    /// Sends a request and returns the answer's head; its body comes as it arrives. Dropping the future or the body
    /// cancels the request at the other end; there is no time limit of its own.
    ///
    /// For an upgrade, send `CONNECT` with `hyper::ext::Protocol` among the extensions and an empty body; after 200, the
    /// bytes are in `hyper::upgrade::on(response)`.
    ///
    /// # Errors
    /// See [`RequestError`]; an error within the answer's body is told apart by [`crate::Fault::of`].
    pub async fn request<B>(&self, request: Request<B>) -> Result<Response<Incoming>, RequestError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let Ok(_waiting) = self.waiting.try_acquire() else {
            return Err(RequestError::Busy);
        };
        let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
        let mut sender = self.sender.clone();
        sender
            .send_request(request)
            .await
            .map_err(|error| RequestError::new(self.reason(), error))
    }

    /// Waits until the connection is over, and says why.
    pub async fn closed(&self) -> CloseReason {
        let mut over = self.over.clone();
        let reason = over.wait_for(Option::is_some).await;
        reason
            .ok()
            .and_then(|reason| reason.clone())
            .unwrap_or(CloseReason::Dropped)
    }

    /// Whether it is over: a new one is needed for the next request. A connection may also be over for new requests only,
    /// when the other end is leaving.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed() || self.reason().is_some()
    }

    fn reason(&self) -> Option<CloseReason> {
        match self.closed.reason()? {
            CloseReason::Dropped if Arc::strong_count(&self.wanted) > 0 => {
                Some(CloseReason::Unresponsive)
            }
            reason => Some(reason),
        }
    }
}

fn builder(executor: Watched) -> Builder<Watched> {
    let mut builder = Builder::new(executor);
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(http2::CLIENT_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(http2::connection_window_bytes(
            http2::CLIENT_STREAM_WINDOW_BYTES,
        ))
        .max_frame_size(http2::MAX_FRAME_BYTES)
        .max_send_buf_size(http2::SEND_BUFFER_BYTES)
        .max_header_list_size(http2::MAX_HEADER_LIST_BYTES)
        .max_local_error_reset_streams(http2::MAX_FAULTY_STREAMS)
        .keep_alive_interval(http2::CLIENT_PING_INTERVAL)
        .keep_alive_timeout(http2::PING_TIMEOUT)
        .keep_alive_while_idle(true);
    builder
}
