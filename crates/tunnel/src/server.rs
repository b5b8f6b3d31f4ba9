//! The agent's end: answers the requests that arrive through a tunnel.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use crate::{CloseReason, TunnelStream, http2};

/// Why serving a tunnel ended before it should have.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The tunnel ended under it.
    #[error("serving requests ended with the tunnel: {0}")]
    Tunnel(CloseReason),
    /// The other end broke HTTP/2, or no longer answers.
    #[error("serving requests through the tunnel failed")]
    Http(#[source] hyper::Error),
}

/// Answers requests with `handler` until the other end has no more use for the tunnel, it fails, or `stop` is ready; then
/// no new requests are taken, and those under way are finished first.
///
/// A request is dropped, with its future, when the other end cancels it; a body that is dropped unfinished tells the
/// other end so. WebSocket and other upgrades arrive as `CONNECT` with `hyper::ext::Protocol` among the extensions: answer
/// 200 and take the bytes from `hyper::upgrade::on(request)`. Handlers run as tasks of their own, at most 512 at once.
///
/// # Errors
/// The tunnel ended without both ends having finished, or the other end broke HTTP/2.
pub async fn serve<H, F, B>(
    stream: TunnelStream,
    handler: H,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError>
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let closed = stream.closed();
    let service = service_fn(|request| {
        let answer = handler(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let mut connection = pin!(builder().serve_connection(TokioIo::new(stream), service));
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    match (result, closed.reason()) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(reason)) if reason != CloseReason::Dropped => Err(ServeError::Tunnel(reason)),
        (Err(error), _) => Err(ServeError::Http(error)),
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(http2::MAX_CONCURRENT_STREAMS)
        .initial_stream_window_size(http2::SERVER_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(http2::connection_window_bytes(
            http2::SERVER_STREAM_WINDOW_BYTES,
        ))
        .max_frame_size(http2::MAX_FRAME_BYTES)
        .max_send_buf_size(http2::SEND_BUFFER_BYTES)
        .max_header_list_size(http2::MAX_HEADER_LIST_BYTES)
        .max_pending_accept_reset_streams(http2::MAX_PENDING_RESETS)
        .max_local_error_reset_streams(http2::MAX_FAULTY_STREAMS)
        .auto_date_header(false)
        .keep_alive_interval(http2::SERVER_PING_INTERVAL)
        .keep_alive_timeout(http2::PING_TIMEOUT);
    builder
}
