//! Connections to one service that wait for the next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::body::Upload;
use super::{Fault, Offer};
use crate::config::ServiceLimits;

/// How much of an answer is read ahead on one connection, in bytes.
const READ_BUFFER_BYTES: usize = 128 * 1024;

/// A connection to a service.
pub(super) type Connection = SendRequest<Upload>;

/// The connections that wait. The one that waited shortest goes first, so that the others may grow old and close.
#[derive(Debug)]
pub(super) struct Pool {
    limits: ServiceLimits,
    waiting: Mutex<Vec<Waiting>>,
    filled: Arc<Notify>,
}

#[derive(Debug)]
struct Waiting {
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub(super) fn new(limits: ServiceLimits, filled: Arc<Notify>) -> Self {
        Self {
            limits,
            waiting: Mutex::default(),
            filled,
        }
    }

    /// A connection that seems to be alive.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut waiting = self.waiting();
        while let Some(Waiting { connection, since }) = waiting.pop() {
            if connection.is_ready() && since.elapsed() < self.limits.idle_timeout {
                return Some(connection);
            }
        }
        None
    }

    /// Drops what is old or closed, and says how many are left.
    pub(super) fn sweep(&self) -> usize {
        let mut waiting = self.waiting();
        waiting.retain(|one| {
            !one.connection.is_closed() && one.since.elapsed() < self.limits.idle_timeout
        });
        waiting.len()
    }

    fn put(&self, connection: Connection) {
        let mut waiting = self.waiting();
        if waiting.len() < self.limits.idle_connections {
            waiting.push(Waiting {
                connection,
                since: Instant::now(),
            });
            if waiting.len() == 1 {
                self.filled.notify_one();
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the connection back as soon as the answer has been read to its end; if that never happens it is closed.
pub(super) fn give_back(offer: &Arc<Offer>, mut connection: Connection) {
    let offer = Arc::clone(offer);
    tokio::spawn(async move {
        if connection.ready().await.is_ok() {
            offer.pool.put(connection);
        }
    });
}

/// Opens a connection.
pub(super) async fn connect(offer: &Offer) -> Result<Connection, Fault> {
    let stream = dial(offer).await?;
    let (sender, connection) = Builder::new()
        .max_buf_size(READ_BUFFER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Fault::bad_answer(&offer.target, &error))?;
    // It ends when the sender is dropped; its errors are told to whoever waits for an answer.
    tokio::spawn(connection);
    Ok(sender)
}

pub(super) async fn dial(offer: &Offer) -> Result<TcpStream, Fault> {
    let Offer { target, limits, .. } = offer;
    let limit = limits.connect_timeout;
    let refused = |source| Fault::Refused {
        target: target.clone(),
        source,
    };
    let stream = timeout(limit, TcpStream::connect((target.host(), target.port())))
        .await
        .map_err(|_| Fault::ConnectTimeout {
            target: target.clone(),
            limit,
        })?
        .map_err(refused)?;
    stream.set_nodelay(true).map_err(refused)?;
    Ok(stream)
}
