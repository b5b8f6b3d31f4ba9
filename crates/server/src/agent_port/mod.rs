//! The agent port: one TLS listener for enrolment and, with the embedded broker, MQTT.
//!
//! TLS ends here, so that a certificate can be replaced or refused at any time. The application protocol that a client asks for
//! decides where its bytes go; MQTT needs a client certificate of our CA. Accepting never waits for a handshake.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use edgeward_broker::EmbeddedBroker;
use edgeward_bus::Peer;
use edgeward_pki::tls::{self, Acceptor};
use edgeward_runtime::Shutdown;
use edgeward_wire::enrol;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::enrolment;

/// How long a TLS handshake may take.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How many connections may be in their handshake at once; more wait to be accepted.
pub const MAX_HANDSHAKES: usize = 512;

/// Where accepted connections go.
pub struct AgentPort {
    /// Ends TLS.
    pub acceptor: Acceptor,
    /// Takes enrolments.
    pub enrolment: enrolment::Service,
    /// Takes MQTT; nothing when the operator's own broker does.
    pub broker: Option<Arc<EmbeddedBroker>>,
}

impl AgentPort {
    /// Accepts until shutdown.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: Shutdown) {
        let handshakes = Arc::new(Semaphore::new(MAX_HANDSHAKES));
        loop {
            let Ok(permit) = handshakes.clone().acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                () = shutdown.triggered() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, address)) => {
                    let port = self.clone();
                    let asked = shutdown.clone();
                    tokio::spawn(async move {
                        tokio::select! {
                            () = asked.triggered() => {}
                            () = port.connection(stream, address, permit) => {}
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept on the agent port");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn connection(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        handshake: OwnedSemaphorePermit,
    ) {
        let _ = stream.set_nodelay(true);
        let accepted = tokio::time::timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept(stream)).await;
        drop(handshake);
        let stream = match accepted {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return refused(address, "handshake", &error),
            Err(_) => return refused(address, "handshake_timeout", &"took too long"),
        };
        let certificate = tls::peer_info(&stream);
        if tls::alpn(&stream).as_deref() == Some(enrol::ALPN) {
            self.enrolment.serve(stream, address, certificate).await;
            return;
        }
        match (&self.broker, certificate) {
            (Some(broker), Some(info)) => {
                let peer = Peer {
                    address,
                    identity: info.common_name,
                    serial: info.serial,
                };
                broker.serve(stream, peer).await;
            }
            (Some(_), None) => refused(
                address,
                "no_certificate",
                &"MQTT needs a device certificate; join first",
            ),
            (None, _) => refused(
                address,
                "no_broker",
                &"MQTT is at the operator's own broker",
            ),
        }
    }
}

fn refused(address: SocketAddr, reason: &'static str, detail: &dyn std::fmt::Display) {
    metrics::counter!("edgeward_agent_refusals_total", "reason" => reason).increment(1);
    tracing::info!(%address, reason, %detail, "refused a connection on the agent port");
}
