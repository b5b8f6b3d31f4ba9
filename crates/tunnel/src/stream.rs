//! The tokio side: a session behind a lock, the byte stream that programs use, and the task that sends.

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use edgeward_wire::frame::{CloseCode, Frame};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::session::{Read, Session, Unsealed, Written};
use crate::{CloseReason, Limits};

/// Where frames go, one message each, in order. Awaited: slow sending is back-pressure.
pub trait Outlet: Send + 'static {
    /// Sends one frame, or waits until there is room for it.
    fn send(&mut self, frame: Bytes) -> impl Future<Output = Result<(), OutletClosed>> + Send;
}

/// There is no way to send any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the outlet is closed")]
pub struct OutletClosed;

/// Opens this end of a session, within a tokio runtime: a task sends what there is to send until the session is over.
///
/// Both ends must be opened with the same session and the same window; nothing is sent before something is written.
pub fn open(session: u64, limits: Limits, outlet: impl Outlet) -> (Inlet, TunnelStream, Closed) {
    let (over, closed) = watch::channel(None);
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            session: Session::new(session, limits),
            reader: None,
            writer: None,
            sender: None,
        }),
        started: Instant::now(),
        over,
    });
    let (saying, said) = watch::channel(());
    let sending = send_frames(Arc::clone(&shared), limits, outlet);
    tokio::spawn(async move {
        sending.await;
        drop(saying);
    });
    let closed = Closed { over: closed, said };
    let stream = TunnelStream {
        shared: Arc::clone(&shared),
        closed: closed.clone(),
        current: Bytes::new(),
    };
    let inlet = Inlet { shared, session };
    (inlet, stream, closed)
}

/// Where arriving frames are put in. Dropping it ends the session: nothing more can arrive.
#[derive(Debug)]
pub struct Inlet {
    shared: Arc<Shared>,
    session: u64,
}

impl Inlet {
    /// The session whose frames belong here.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// Takes one frame, in the order of arrival; never waits, as credit bounds what can be under way. Frames of other
    /// sessions are ignored.
    ///
    /// # Errors
    /// Why the session is over: the frame broke it, or it was over before. Then no more frames need be delivered.
    pub fn deliver(&self, frame: Bytes) -> Result<(), CloseReason> {
        let frame = Frame::decode(frame);
        let now = self.shared.now();
        self.shared
            .change(|state| state.session.receive(frame, now))
    }

    /// Ends the session for this reason, which the other end is told if that is still possible.
    pub fn abort(&self, code: CloseCode, text: &str) {
        self.shared.end(CloseReason::Aborted {
            code,
            text: text.to_owned(),
        });
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.shared.end(CloseReason::WayLost);
    }
}

/// Tells when and why a session ended. `closed.await` works too.
#[derive(Clone, Debug)]
pub struct Closed {
    over: watch::Receiver<Option<CloseReason>>,
    /// Its sender is gone when nothing more is handed to the outlet.
    said: watch::Receiver<()>,
}

impl Closed {
    /// Waits for the end.
    pub async fn wait(&self) -> CloseReason {
        wait(self.over.clone()).await
    }

    /// Waits for the end, and until the outlet has taken all that tells the other end of it.
    pub async fn said(&self) -> CloseReason {
        let reason = self.wait().await;
        let mut said = self.said.clone();
        while said.changed().await.is_ok() {}
        reason
    }

    /// Why it ended, if it has.
    pub fn reason(&self) -> Option<CloseReason> {
        self.over.borrow().clone()
    }
}

impl IntoFuture for Closed {
    type Output = CloseReason;
    type IntoFuture = Pin<Box<dyn Future<Output = CloseReason> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.wait().await })
    }
}

/// The ordered byte stream of a session.
///
/// What is written is sent as soon as credit and the outlet allow, also without flushing, which
/// therefore never waits. Shutting down ends this direction only, and waits until all was handed to the outlet. Dropping it before both directions have ended tells the
/// other end so. After the session has ended by a fault, reading and writing fail with [`crate::Ended`] inside.
#[derive(Debug)]
pub struct TunnelStream {
    shared: Arc<Shared>,
    closed: Closed,
    /// Taken from the session, not yet read.
    current: Bytes,
}

impl TunnelStream {
    /// When and why the session ended.
    pub fn closed(&self) -> Closed {
        self.closed.clone()
    }
}

impl Drop for TunnelStream {
    fn drop(&mut self) {
        self.shared.end(CloseReason::Dropped);
    }
}

impl AsyncRead for TunnelStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.current.is_empty() {
            let read = self.shared.change(|state| {
                let read = state.session.read();
                if read == Read::Pending {
                    remember(&mut state.reader, cx);
                }
                read
            });
            match read {
                Read::Bytes(bytes) => self.current = bytes,
                Read::Pending => return Poll::Pending,
                Read::Finished => return Poll::Ready(Ok(())),
                Read::Ended(reason) => return Poll::Ready(Err(reason.to_io_error())),
            }
        }
        let length = self.current.len().min(buffer.remaining());
        buffer.put_slice(&self.current[..length]);
        self.current.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TunnelStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shared.change(|state| {
            let mut total = 0;
            for slice in slices.iter().filter(|slice| !slice.is_empty()) {
                match state.session.write(slice) {
                    Written::Taken(taken) => total += taken,
                    Written::Ended(reason) => return Poll::Ready(Err(reason.to_io_error())),
                    Written::Full if total > 0 => break,
                    Written::Full => {
                        remember(&mut state.writer, cx);
                        return Poll::Pending;
                    }
                }
            }
            Poll::Ready(Ok(total))
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.shared.lock().session.reason() {
            None | Some(CloseReason::Finished) => Ok(()),
            Some(reason) => Err(reason.to_io_error()),
        })
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.change(|state| {
            state.session.finish();
            state.poll_flushed(cx)
        })
    }
}

/// What the three sides share: the inlet, the stream, and the sending task.
struct Shared {
    state: Mutex<State>,
    started: Instant,
    over: watch::Sender<Option<CloseReason>>,
}

struct State {
    session: Session,
    reader: Option<Waker>,
    writer: Option<Waker>,
    sender: Option<Waker>,
}

impl State {
    /// Ready once everything written was handed to the outlet.
    fn poll_flushed(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        match self.session.reason() {
            _ if self.session.is_flushed() => Poll::Ready(Ok(())),
            Some(reason) => Poll::Ready(Err(reason.to_io_error())),
            None => {
                remember(&mut self.writer, cx);
                Poll::Pending
            }
        }
    }

    /// Those who wait for what is now the case.
    fn take_woken(&mut self) -> [Option<Waker>; 3] {
        let ended = self.session.reason().is_some();
        [
            self.sender.take_if(|_| ended || self.session.has_frame()),
            self.reader.take_if(|_| self.session.is_readable()),
            self.writer.take_if(|_| self.session.is_writable()),
        ]
    }
}

impl Shared {
    fn now(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // a panic inside leaves a session that is at worst out of step, which its own rules notice
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, then wakes whoever waited for what the change brought.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let before = state.session.reason().is_some();
        let result = change(&mut state);
        let woken = state.take_woken();
        let ended = match state.session.reason() {
            Some(reason) if !before => Some(reason.clone()),
            _ => None,
        };
        drop(state);
        if let Some(reason) = ended {
            self.over.send_replace(Some(reason));
        }
        woken.into_iter().flatten().for_each(Waker::wake);
        result
    }

    fn end(&self, reason: CloseReason) {
        self.change(|state| state.session.end(reason));
    }

    /// The next frame to send; none once the session is over and has said so.
    fn poll_frame(&self, cx: &Context<'_>) -> Poll<Option<Unsealed>> {
        let now = self.now();
        self.change(|state| match state.session.next_frame(now) {
            Some(frame) => Poll::Ready(Some(frame)),
            None if state.session.reason().is_some() => Poll::Ready(None),
            None => {
                remember(&mut state.sender, cx);
                Poll::Pending
            }
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.lock().session).finish()
    }
}

fn remember(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}

async fn wait(mut over: watch::Receiver<Option<CloseReason>>) -> CloseReason {
    let reason = over.wait_for(Option::is_some).await;
    reason
        .ok()
        .and_then(|reason| reason.clone())
        .unwrap_or(CloseReason::Dropped)
}

async fn send_frames(shared: Arc<Shared>, limits: Limits, mut outlet: impl Outlet) {
    while let Some(frame) = poll_fn(|cx| shared.poll_frame(cx)).await {
        let given_up = async {
            wait(shared.over.subscribe()).await;
            tokio::time::sleep(limits.close_timeout).await;
            Err(OutletClosed)
        };
        let sent = tokio::select! {
            biased;
            sent = outlet.send(frame.seal()) => sent,
            sent = given_up => sent,
        };
        if sent.is_err() {
            shared.end(CloseReason::WayLost);
            return;
        }
    }
}

#[cfg(test)]
mod tests;
