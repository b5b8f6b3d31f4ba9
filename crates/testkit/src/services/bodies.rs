//! Bodies that are made while they are sent.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};

/// The largest piece of a made-up file.
const PIECE_BYTES: u64 = 64 << 10;

/// What `/half` promises and what it sends before it breaks off, in bytes.
pub(super) const HALF: (u64, u64) = (1_000_000, 1000);

/// How long `/half` waits before it breaks off, so that what it sent is on its way.
const HALF_PAUSE: Duration = Duration::from_millis(50);

/// Why a body does not end well.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// `/half`.
    #[error("the body is broken off on purpose")]
    OnPurpose,
    /// `/echo`, whose own body did not arrive.
    #[error("the request's body did not arrive")]
    Request(#[from] hyper::Error),
}

impl From<std::convert::Infallible> for Fault {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

pub(super) type Body = UnsyncBoxBody<Bytes, Fault>;

/// What made-up files hold from `offset` on: each byte depends on where it is, so that a lost, repeated or moved piece shows.
pub fn pattern(offset: u64, length: usize) -> Vec<u8> {
    let byte = |at: u64| (at ^ (at >> 8) ^ (at >> 16) ^ (at >> 24)).wrapping_mul(167) as u8;
    (offset..offset + length as u64).map(byte).collect()
}

/// This part of an endless file.
pub(super) fn file(range: Range<u64>) -> Body {
    pieces(range, PIECE_BYTES, Duration::ZERO)
}

/// A file in small pieces, with a pause before each.
pub(super) fn slow(bytes: u64, piece: u64, every: Duration) -> Body {
    pieces(0..bytes, piece.clamp(1, PIECE_BYTES), every)
}

/// A body whose end never comes although it was promised.
pub(super) fn half() -> Body {
    let (_, sent) = HALF;
    let sent = Bytes::from(pattern(0, usize::try_from(sent).unwrap_or(0)));
    let frames = stream::unfold(Some(sent), |sent| async {
        match sent {
            Some(sent) if !sent.is_empty() => Some((Ok(Frame::data(sent)), Some(Bytes::new()))),
            Some(_) => {
                tokio::time::sleep(HALF_PAUSE).await;
                Some((Err(Fault::OnPurpose), None))
            }
            None => None,
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

/// Server-sent events, numbered from 0.
pub(super) fn events(count: u64, every: Duration) -> Body {
    let events = stream::unfold(0, move |number| async move {
        if number >= count {
            return None;
        }
        pause(every).await;
        let event = Bytes::from(format!("data: {number}\n\n"));
        Some((Ok(Frame::data(event)), number + 1))
    });
    StreamBody::new(events).boxed_unsync()
}

fn pieces(range: Range<u64>, piece: u64, every: Duration) -> Body {
    let pieces = stream::unfold(range, move |left| async move {
        if left.is_empty() {
            return None;
        }
        pause(every).await;
        let length = piece.min(left.end - left.start);
        let bytes = Bytes::from(pattern(left.start, usize::try_from(length).unwrap_or(0)));
        Some((Ok(Frame::data(bytes)), left.start + length..left.end))
    });
    StreamBody::new(pieces).boxed_unsync()
}

async fn pause(every: Duration) {
    if every.is_zero() {
        // Endless bodies must let others run even when the socket takes everything at once.
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(every).await;
    }
}
