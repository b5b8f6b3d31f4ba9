//! This agent's end of the tunnel: at most one session at a time, carried by the tunnel topics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use edgeward_mqtt::{Client, Lane, Publish, QoS};
use edgeward_runtime::Shutdown;
use edgeward_tunnel::{CloseCode, CloseReason, Closed, Inlet, Limits, Outlet, OutletClosed};
use edgeward_wire::frame::session_of;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::services::Services;

/// How long requests that are under way may take to end when the agent stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The tunnel of one agent.
pub(crate) struct Tunnel {
    services: Arc<Services>,
    shutdown: Shutdown,
    current: Mutex<Option<Session>>,
}

struct Session {
    inlet: Inlet,
    finish: CancellationToken,
    closed: Closed,
}

impl Tunnel {
    pub(crate) fn new(services: Arc<Services>, shutdown: Shutdown) -> Self {
        Self {
            services,
            shutdown,
            current: Mutex::default(),
        }
    }

    /// Answers requests in this session from now on. A session that was open before ends.
    pub(crate) fn open(&self, session: u64, outlet: impl Outlet) {
        let (inlet, stream, closed) = edgeward_tunnel::open(session, Limits::default(), outlet);
        let finish = CancellationToken::new();
        let opened = Session {
            inlet,
            finish: finish.clone(),
            closed,
        };
        if let Some(older) = self.current().replace(opened) {
            older
                .inlet
                .abort(CloseCode::Replaced, "a newer session was opened");
        }
        let services = Arc::clone(&self.services);
        self.shutdown.spawn_job("tunnel", async move {
            let handler = move |request| {
                let services = Arc::clone(&services);
                async move { services.handle(request).await }
            };
            match edgeward_tunnel::server::serve(stream, handler, finish.cancelled_owned()).await {
                Ok(()) => tracing::debug!(session, "the tunnel was closed"),
                Err(error) => tracing::info!(session, error = %edgeward_runtime::Chain(&error), "the tunnel ended"),
            }
        });
    }

    /// Takes a frame. Those of sessions that are not open are dropped.
    pub(crate) fn deliver(&self, frame: Bytes) {
        let mut current = self.current();
        let Some(session) = current.as_ref() else {
            return;
        };
        if session_of(&frame) != Ok(session.inlet.session()) {
            return;
        }
        if session.inlet.deliver(frame).is_err() {
            current.take();
        }
    }

    /// Ends what is open, and tells the other end why.
    pub(crate) fn close(&self, code: CloseCode, text: &str) {
        if let Some(session) = self.current().take() {
            session.inlet.abort(code, text);
        }
    }

    /// There is no connection any more that could carry it.
    pub(crate) fn lost(&self) {
        self.current().take();
    }

    /// Lets requests that are under way end, but no new ones begin, and then closes; frames must still be delivered meanwhile.
    /// Afterwards every frame is in the connection's hands, in front of whatever is sent next in their lane.
    pub(crate) async fn drain(&self) {
        let closed = self.current().as_ref().map(|session| {
            session.finish.cancel();
            session.closed.clone()
        });
        if let Some(closed) = closed {
            let _: Result<CloseReason, _> = timeout(DRAIN_TIMEOUT, closed.said()).await;
        }
        self.close(CloseCode::ShuttingDown, "the agent is stopping");
    }

    fn current(&self) -> MutexGuard<'_, Option<Session>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frames as messages, in the lane that waits for reports and presence.
pub(crate) struct TopicOutlet {
    client: Client,
    topic: Arc<str>,
}

impl TopicOutlet {
    pub(crate) fn new(client: Client, topic: Arc<str>) -> Self {
        Self { client, topic }
    }
}

impl Outlet for TopicOutlet {
    async fn send(&mut self, frame: Bytes) -> Result<(), OutletClosed> {
        let publish = Publish {
            topic: Arc::clone(&self.topic),
            payload: frame,
            qos: QoS::AtMostOnce,
            retain: false,
        };
        self.client
            .publish(publish, Lane::Bulk)
            .await
            .map_err(|_| OutletClosed)
    }
}
