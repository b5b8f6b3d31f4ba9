//! A port on which something answers, and the ways in which it ends, as real programs do: in order, at once, or by a restart that leaves
//! the port refused for a moment.

mod http;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use edgeward_runtime::Shutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use http::Http;

/// How long requests may go on after the stop signal before they are cut.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(2);

/// Connections that one service holds at once; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 512;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long to wait when accepting fails, and before a taken port is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a simulated service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its port could not be bound.
    #[error("cannot listen on {address} for the simulated {service}")]
    Listen {
        /// Which service.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// How a service ends other than by being stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// It falls over: every connection is cut, the port refuses.
    Crash,
    /// It answers what has come, and ends.
    Quit,
    /// It goes on for a while, is gone for a while, and is back.
    Restart {
        lingers: Duration,
        refused: Duration,
    },
}

/// Through which handlers end the service that they belong to.
#[derive(Clone)]
pub(crate) struct Orders(mpsc::UnboundedSender<Order>);

impl Orders {
    /// Takes effect soon after. A service that has ended already takes no more orders.
    pub(crate) fn give(&self, order: Order) {
        let _ended_already = self.0.send(order);
    }

    /// Waits until the service has ended.
    pub(crate) async fn ended(&self) {
        self.0.closed().await;
    }

    /// Falls over in the midst of a request, which is never answered.
    pub(crate) async fn crash<T>(&self) -> T {
        self.give(Order::Crash);
        std::future::pending().await
    }
}

/// A port that is bound, before anything answers on it.
pub(crate) struct Bound {
    service: &'static str,
    address: SocketAddr,
    listener: TcpListener,
    shutdown: Shutdown,
    orders: mpsc::UnboundedReceiver<Order>,
    giver: Orders,
}

/// A port on which something answers. Dropping it stops it without waiting.
pub(crate) struct Server {
    service: &'static str,
    address: SocketAddr,
    shutdown: Shutdown,
}

/// What to do with a connection, until the token is cancelled. Axum's router, or something that speaks no proper HTTP.
pub(crate) trait Connection: Clone + Send + Sync + 'static {
    fn hold(
        self,
        stream: TcpStream,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static;
}

/// Why accepting ended.
enum Ended {
    Stopped,
    Ordered(Order),
}

impl Bound {
    /// Binds; port 0 takes a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub(crate) async fn new(service: &'static str, wanted: SocketAddr) -> Result<Self, StartError> {
        let listen = |source| StartError::Listen {
            service,
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (giver, orders) = mpsc::unbounded_channel();
        Ok(Self {
            service,
            address,
            listener,
            shutdown: Shutdown::new(),
            orders,
            giver: Orders(giver),
        })
    }

    /// Where.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cancelled when the service is to stop.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.shutdown.token()
    }

    /// For handlers that end the service.
    pub(crate) fn orders(&self) -> Orders {
        self.giver.clone()
    }

    /// Answers by this router, with a `Date` header by this clock if the product sends one. After each restart `renewed` is called
    /// before the port is open again.
    pub(crate) fn serve(
        self,
        router: Router,
        dates: Option<Clock>,
        renewed: impl Fn() + Send + 'static,
    ) -> Server {
        self.run(Http::new(router, dates), renewed)
    }

    /// Hands each connection over.
    pub(crate) fn run(
        self,
        connection: impl Connection,
        renewed: impl Fn() + Send + 'static,
    ) -> Server {
        let server = Server {
            service: self.service,
            address: self.address,
            shutdown: self.shutdown.clone(),
        };
        let shutdown = self.shutdown.clone();
        shutdown.spawn(
            format!("simulated {}", self.service),
            self.live(connection, renewed),
        );
        server
    }

    /// One incarnation after the other.
    async fn live(mut self, connection: impl Connection, renewed: impl Fn() + Send) {
        loop {
            let cut = CancellationToken::new();
            match self.accept(&connection, &cut).await {
                Ended::Stopped => return,
                Ended::Ordered(Order::Quit) => return self.shutdown.trigger(),
                Ended::Ordered(Order::Crash) => {
                    cut.cancel();
                    return self.shutdown.trigger();
                }
                Ended::Ordered(Order::Restart { lingers, refused }) => {
                    let lingering =
                        tokio::time::timeout(lingers, self.accept(&connection, &cut)).await;
                    if let Ok(Ended::Stopped) = lingering {
                        return;
                    }
                    cut.cancel();
                    let stop = self.shutdown.token();
                    let Some(bound) = stop.run_until_cancelled(self.gone_for(refused)).await else {
                        return;
                    };
                    renewed();
                    self = bound;
                }
            }
        }
    }

    /// The port closed for so long, and open again.
    async fn gone_for(self, mut refused: Duration) -> Self {
        drop(self.listener);
        let listener = loop {
            match refusing_for(self.address, refused).await {
                Ok(listener) => break listener,
                Err(error) => {
                    tracing::debug!(%error, address = %self.address, "port is taken; trying again");
                    tokio::time::sleep(PAUSE).await;
                    refused = Duration::ZERO;
                }
            }
        };
        Self { listener, ..self }
    }

    async fn accept(&mut self, connection: &impl Connection, cut: &CancellationToken) -> Ended {
        let Self {
            service,
            listener,
            shutdown,
            orders,
            ..
        } = self;
        let stop = shutdown.token();
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let next = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (slot, listener.accept().await)
            };
            let (slot, accepted) = tokio::select! {
                biased;
                () = stop.cancelled() => return Ended::Stopped,
                order = orders.recv() => return order.map_or(Ended::Stopped, Ended::Ordered),
                next = next => next,
            };
            match accepted {
                Ok((stream, _)) => {
                    let held = connection.clone().hold(stream, stop.clone());
                    let cut = cut.clone();
                    shutdown.spawn_job("simulated connection", async move {
                        cut.run_until_cancelled_owned(held).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, service, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Holds a port without listening, so that it refuses and nobody else takes it; listens after so long.
async fn refusing_for(address: SocketAddr, time: Duration) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    tokio::time::sleep(time).await;
    socket.listen(BACKLOG)
}

impl Server {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it has ended, by whatever way, and is not about to come back.
    pub(crate) fn has_ended(&self) -> bool {
        self.shutdown.is_triggered()
    }

    /// Stops it: no new requests, a moment for those that run, and then they are cut.
    pub(crate) async fn stop(self) {
        let late = self.shutdown.drain(STOP_GRACE).await;
        if !late.is_empty() {
            tracing::debug!(service = self.service, "had requests left when it stopped");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}
