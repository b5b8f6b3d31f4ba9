//! The bodies that pass through: answers towards the tunnel, uploads towards the service.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::Instant;

/// The body of an answer.
#[derive(Debug)]
pub struct AnswerBody(Answer);

#[derive(Debug)]
enum Answer {
    Service(Incoming),
    Text(Full<Bytes>),
}

impl AnswerBody {
    pub(super) fn text(text: impl Into<Bytes>) -> Self {
        Self(Answer::Text(Full::new(text.into())))
    }

    pub(super) fn service(body: Incoming) -> Self {
        Self(Answer::Service(body))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.get_mut().0 {
            Answer::Service(body) => Pin::new(body).poll_frame(context),
            Answer::Text(body) => Pin::new(body)
                .poll_frame(context)
                .map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Answer::Service(body) => body.is_end_stream(),
            Answer::Text(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Answer::Service(body) => body.size_hint(),
            Answer::Text(body) => body.size_hint(),
        }
    }
}

/// The body of a request on its way to the service.
#[derive(Debug)]
pub(super) enum Upload {
    /// None.
    Empty,
    /// One that comes out of the tunnel.
    Stream { body: Incoming, progress: Progress },
}

/// How far an upload is, so that waiting for the answer begins when the service has the request.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Mutex<Turn>>);

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// The client's: it has not sent the next bytes yet.
    Client,
    /// The service's, since then: it has not taken the bytes that are there, or not answered.
    Service(Instant),
}

impl Progress {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Turn::Service(Instant::now()))))
    }

    /// Until when the service is to have done something.
    pub(super) fn deadline(&self, limit: Duration) -> Instant {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Turn::Client => Instant::now() + limit,
            Turn::Service(since) => since + limit,
        }
    }

    fn set(&self, turn: Turn) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = turn;
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Stream { body, progress } => {
                let polled = Pin::new(body).poll_frame(context);
                progress.set(match polled {
                    Poll::Pending => Turn::Client,
                    Poll::Ready(_) => Turn::Service(Instant::now()),
                });
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Stream { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Stream { body, .. } => body.size_hint(),
        }
    }
}
