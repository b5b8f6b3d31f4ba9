//! Starting, serving, publishing and stopping.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgeward_bus::{Bus, Delivery, Doorkeeper, Link, Message, Peer, PublishError, Receiver};
use edgeward_runtime::Shutdown;
use rmqtt::codec::types::{Publish as RawPublish, QoS};
use rmqtt::context::ServerContext;
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;
use rmqtt::session::SessionState;
use rmqtt::types::{From, Id, Publish};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::connection::{Connection, Stage};
use crate::hooks::{self, Answers};
use crate::limits::Limits;
use crate::registry::Registry;
use crate::relay::{EndedBy, relay};

/// The listener's name inside the broker, in place of its port, which is another one each time.
const LISTENER_ID: u16 = 1;

/// Connections that the loopback listener may leave waiting.
const BACKLOG: i32 = 4096;

/// Handshakes that the broker works on at a time.
const MAX_HANDSHAKES: usize = 1000;

/// The longest client id.
const MAX_CLIENT_ID_BYTES: usize = 256;

/// A session ends with its connection. Zero would mean that the client decides.
const SESSION_EXPIRY: Duration = Duration::from_millis(1);

/// Bytes to a client that wait between the broker and us. Small, so that a slow client soon slows what is sent to it, and a
/// small message does not wait behind megabytes.
const LOOPBACK_RECEIVE_BYTES: u32 = 256 * 1024;

/// How long the hop over loopback may take to open.
const LOOPBACK_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often to look whether a session is gone, which the broker does not say.
const SESSION_POLL: Duration = Duration::from_millis(2);

/// What the new connection of a take-over waits beyond the time that the old one may take to end.
const TAKE_OVER_MARGIN: Duration = Duration::from_secs(2);

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No loopback port could be had.
    #[error("cannot listen on the loopback interface for the embedded broker")]
    Listen(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A limit is zero that must not be.
    #[error("the broker's limit \"{0}\" must not be zero")]
    Limit(&'static str),
}

/// The embedded broker. Cheap to clone; clones are the same one.
#[derive(Clone)]
pub struct EmbeddedBroker {
    inner: Arc<Inner>,
}

struct Inner {
    context: ServerContext,
    address: SocketAddr,
    limits: Limits,
    registry: Arc<Registry>,
    doorkeeper: Arc<dyn Doorkeeper>,
    places: Arc<Semaphore>,
    /// The name under which the control plane itself publishes.
    own_id: Id,
    shutdown: Shutdown,
    link: watch::Sender<Link>,
}

impl EmbeddedBroker {
    /// Starts a broker that serves nobody yet.
    pub async fn start(
        limits: Limits,
        doorkeeper: Arc<dyn Doorkeeper>,
        receiver: Arc<dyn Receiver>,
    ) -> Result<Self, StartError> {
        let registry = Arc::new(Registry::default());
        // Without the busy check, or clients would be turned away whenever the machine's processors are busy.
        let context = ServerContext::new().busy_check_enable(false).build().await;
        let answers = Answers {
            registry: Arc::clone(&registry),
            doorkeeper: Arc::clone(&doorkeeper),
            receiver,
            take_over_timeout: limits.session_end_timeout + TAKE_OVER_MARGIN,
        };
        hooks::register(&context, answers).await;

        let listener = listener(&limits)?
            .bind()
            .and_then(rmqtt::net::Listener::tcp)
            .map_err(|error| StartError::Listen(error.into()))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Listen(error.into()))?;
        let server = MqttServer::new(context.clone())
            .listener_by_id(listener, LISTENER_ID)
            .build();

        let shutdown = Shutdown::new();
        let stop = shutdown.token();
        shutdown.spawn("embedded broker", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = server.run() => {}
            }
        });
        let own_id = Id::new(
            context.node.id(),
            LISTENER_ID,
            None,
            None,
            "edgeward".into(),
            None,
        );
        let link = watch::Sender::new(Link {
            connected: true,
            address: limits.shown_address.clone(),
            last_error: None,
        });
        Ok(Self {
            inner: Arc::new(Inner {
                context,
                address,
                places: Arc::new(Semaphore::new(limits.max_connections)),
                limits,
                registry,
                doorkeeper,
                own_id,
                shutdown,
                link,
            }),
        })
    }

    /// Serves one MQTT connection whose TLS the caller has ended; returns when it is over.
    ///
    /// Dropping the future ends the connection. The doorkeeper hears of the connection once it is admitted, and of its end.
    pub async fn serve<S>(&self, stream: S, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if self.inner.shutdown.is_triggered() {
            return;
        }
        let Ok(place) = Arc::clone(&self.inner.places).try_acquire_owned() else {
            self.inner
                .doorkeeper
                .refused(&peer.identity, "too_many_connections");
            return;
        };
        let connection = Arc::new(Connection::new(peer));
        let caller = StopWhenDropped(Arc::clone(&connection));
        let job = Arc::clone(&self.inner).serve(stream, Arc::clone(&connection), place);
        self.inner.shutdown.spawn_job("MQTT connection", job);
        connection.reached(Stage::Gone).await;
        drop(caller);
    }

    /// Connections that are being served.
    pub fn connections(&self) -> usize {
        self.inner
            .limits
            .max_connections
            .saturating_sub(self.inner.places.available_permits())
    }

    /// Where the broker itself listens on loopback; who connects there without being served is refused.
    #[cfg(test)]
    pub(crate) fn loopback_address(&self) -> SocketAddr {
        self.inner.address
    }
}

/// The caller of `serve` may give up.
struct StopWhenDropped(Arc<Connection>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Whatever happens to its serving, a connection that is no longer served is gone.
struct GoneWhenDropped {
    connection: Arc<Connection>,
    registered: Option<(Arc<Registry>, SocketAddr)>,
}

impl Drop for GoneWhenDropped {
    fn drop(&mut self) {
        if let Some((registry, address)) = self.registered.take() {
            registry.remove(address, &self.connection);
        }
        self.connection.advance(Stage::Gone);
    }
}

impl Inner {
    async fn serve<S>(
        self: Arc<Self>,
        stream: S,
        connection: Arc<Connection>,
        _place: OwnedSemaphorePermit,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut gone = GoneWhenDropped {
            connection: Arc::clone(&connection),
            registered: None,
        };
        let (hop, address) = match self.open_hop().await {
            Ok(opened) => opened,
            Err(error) => {
                tracing::error!(%error, "cannot open a loopback connection to the embedded broker");
                return;
            }
        };
        self.registry.expect(address, Arc::clone(&connection));
        gone.registered = Some((Arc::clone(&self.registry), address));

        let ended_by = tokio::select! {
            ended_by = relay(stream, hop) => ended_by,
            () = connection.stopped() => EndedBy::Client,
            () = self.shutdown.triggered() => EndedBy::Client,
            () = self.not_admitted_in_time(&connection) => {
                self.doorkeeper.refused(&connection.peer.identity, "handshake_timeout");
                EndedBy::Client
            }
        };
        self.registry.expect_no_more(address);
        if let Some(id) = connection.id.get() {
            self.end_session(&connection, id, ended_by).await;
        }
        connection.tell_disconnected(&*self.doorkeeper).await;
    }

    /// A connection to the broker's own listener, and this end's address of it.
    async fn open_hop(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(LOOPBACK_RECEIVE_BYTES)?;
        let hop = timeout(LOOPBACK_CONNECT_TIMEOUT, socket.connect(self.address)).await??;
        hop.set_nodelay(true)?;
        let address = hop.local_addr()?;
        Ok((hop, address))
    }

    async fn not_admitted_in_time(&self, connection: &Connection) {
        let connected = connection.reached(Stage::Connected);
        if timeout(self.limits.handshake_timeout, connected)
            .await
            .is_ok()
        {
            pending::<()>().await;
        }
    }

    /// Waits until the broker is done with the session, so that nothing of it comes after its end was told.
    async fn end_session(&self, connection: &Connection, id: &Id, ended_by: EndedBy) {
        if ended_by == EndedBy::Broker && connection.stage() < Stage::Connected {
            // The broker gave it up during the handshake.
            return;
        }
        let over = async {
            connection.reached(Stage::SessionOver).await;
            while self.has_session(id).await {
                sleep(SESSION_POLL).await;
            }
        };
        if timeout(self.limits.session_end_timeout, over)
            .await
            .is_err()
        {
            connection.disown();
            self.remove_session(id).await;
        }
    }

    async fn has_session(&self, id: &Id) -> bool {
        let entry = self.context.extends.shared().await.entry(id.clone());
        entry.id_same() == Some(true) && entry.tx().is_some_and(|tx| !tx.is_closed())
    }

    /// Removes what a session left that did not end in time, or whose client went away during the handshake.
    async fn remove_session(&self, id: &Id) {
        let entry = self.context.extends.shared().await.entry(id.clone());
        let Ok(mut entry) = entry.try_lock().await else {
            return;
        };
        if entry.id_same() == Some(true)
            && let Err(error) = entry.kick(true, true, true).await
        {
            tracing::warn!(%error, client_id = %id.client_id, "cannot remove a session from the embedded broker");
        }
    }
}

#[async_trait]
impl Bus for EmbeddedBroker {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        if self.inner.shutdown.is_triggered() {
            return Err(PublishError::NotConnected);
        }
        let publish = RawPublish {
            dup: false,
            retain: false,
            qos: match message.delivery {
                Delivery::AtMostOnce => QoS::AtMostOnce,
                Delivery::AtLeastOnce => QoS::AtLeastOnce,
            },
            topic: (&*message.topic).into(),
            packet_id: None,
            payload: message.payload,
            properties: None,
        };
        let from = From::from_system(self.inner.own_id.clone());
        let publish = Publish::from(publish);
        SessionState::forwards(&self.inner.context, from, publish, false, None)
            .await
            .map_err(|error| PublishError::Refused(format!("{error:#}")))
    }

    async fn kick(&self, client_id: &str) {
        if let Some(connection) = self.inner.registry.with_client_id(client_id) {
            connection.stop();
        }
    }

    fn link(&self) -> watch::Receiver<Link> {
        self.inner.link.subscribe()
    }

    async fn close(&self) {
        let late = self
            .inner
            .shutdown
            .drain(self.inner.limits.close_timeout)
            .await;
        if !late.is_empty() {
            tracing::warn!(tasks = ?late, "the embedded broker did not close in time");
        }
        self.inner.link.send_modify(|link| link.connected = false);
    }
}

fn listener(limits: &Limits) -> Result<Builder, StartError> {
    let max_in_flight =
        NonZeroU16::new(limits.max_in_flight).ok_or(StartError::Limit("max_in_flight"))?;
    if limits.max_connections == 0 {
        return Err(StartError::Limit("max_connections"));
    }
    Ok(Builder::new()
        .name("edgeward")
        .laddr((Ipv4Addr::LOCALHOST, 0).into())
        .backlog(BACKLOG)
        .nodelay(true)
        .tcp_keepalive(false)
        .allow_anonymous(false)
        .max_connections(limits.max_connections)
        .max_handshaking_limit(MAX_HANDSHAKES)
        .max_packet_size(limits.max_packet_bytes)
        .max_inflight(max_in_flight)
        .max_mqueue_len(limits.max_queued_messages)
        .max_clientid_len(MAX_CLIENT_ID_BYTES)
        .max_qos_allowed(QoS::AtLeastOnce)
        .max_subscriptions(limits.max_subscriptions)
        .allow_zero_keepalive(false)
        .max_keepalive(limits.max_keep_alive_s)
        .session_expiry_interval(SESSION_EXPIRY)
        .max_session_expiry_interval(SESSION_EXPIRY)
        .handshake_timeout(limits.handshake_timeout)
        .send_timeout(limits.write_timeout))
}
