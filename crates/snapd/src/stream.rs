//! The body of an answer as it comes in, with its connection.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::SnapdError;

/// How long snapd may be silent in the middle of an answer.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);

/// What drives a connection; it ends when the answer is complete.
pub(crate) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The body of an answer, as it comes in.
pub struct Stream {
    asked: String,
    /// None when the connection has ended.
    driver: Option<Driver>,
    body: Incoming,
}

impl Stream {
    pub(crate) fn new(asked: String, driver: Option<Driver>, body: Incoming) -> Self {
        Self {
            asked,
            driver,
            body,
        }
    }

    /// What was asked.
    pub(crate) fn asked(&self) -> &str {
        &self.asked
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// The connection broke, or snapd was silent for [`SILENCE_TIMEOUT`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, SnapdError> {
        loop {
            let frame = timeout(SILENCE_TIMEOUT, self.frame()).await;
            match frame {
                Err(_) => {
                    return Err(SnapdError::TimedOut {
                        asked: self.asked.clone(),
                        limit: SILENCE_TIMEOUT,
                    });
                }
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(error),
                Ok(Some(Ok(frame))) => {
                    // There may be trailers, which say nothing here.
                    if let Ok(piece) = frame.into_data() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    /// All of it, if it is not more than `limit_bytes`.
    pub(crate) async fn read_all(mut self, limit_bytes: usize) -> Result<Vec<u8>, SnapdError> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await? {
            if all.len() + piece.len() > limit_bytes {
                return Err(SnapdError::TooLarge {
                    asked: self.asked,
                    limit_bytes,
                });
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = SnapdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SnapdError>>> {
        if let Some(driver) = &mut self.driver
            && driver.as_mut().poll(context).is_ready()
        {
            self.driver = None;
        }
        let polled = pin!(&mut self.body).poll_frame(context);
        polled.map_err(|source| SnapdError::Lost {
            asked: self.asked.clone(),
            source: source.into(),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
