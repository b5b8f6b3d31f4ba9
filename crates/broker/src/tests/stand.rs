//! A broker whose doorkeeper and receiver write down what they hear.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use edgeward_bus::{Attempt, Delivery, Doorkeeper, Message, Peer, Receiver, Refused};
use edgeward_mqtt::{Client, ConnectError, Incoming, Options, Protocol, Publish, QoS, Will};
use tokio::sync::{Semaphore, watch};

use crate::{EmbeddedBroker, Limits};

pub(crate) const BOTH: [Protocol; 2] = [Protocol::V3_1_1, Protocol::V5];

/// The largest payload that the doorkeeper allows.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 64 * 1024;

/// Everything that was heard, in order.
pub(crate) struct Notes {
    lines: watch::Sender<Vec<String>>,
    /// One permit for each message that may be received.
    pub(crate) gate: Semaphore,
}

impl Notes {
    fn note(&self, line: String) {
        self.lines.send_modify(|lines| lines.push(line));
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// Waits until this many lines were written, and gives them.
    pub(crate) async fn lines(&self, count: usize) -> Vec<String> {
        let mut lines = self.lines.subscribe();
        let enough = lines.wait_for(|lines| lines.len() >= count);
        match tokio::time::timeout(Duration::from_secs(20), enough).await {
            Ok(lines) => lines.unwrap().clone(),
            Err(_) => panic!("waited for {count} lines, heard {:?}", self.all()),
        }
    }

    /// Waits for a line.
    pub(crate) async fn line(&self, line: &str) {
        let mut lines = self.lines.subscribe();
        let there = lines.wait_for(|lines| lines.iter().any(|heard| heard == line));
        if tokio::time::timeout(Duration::from_secs(20), there)
            .await
            .is_err()
        {
            panic!("waited for {line:?}, heard {:?}", self.all());
        }
    }
}

/// A client is who its certificate says; it publishes below `up/<client id>/` and subscribes to `down/<client id>` and `hail`.
#[async_trait]
impl Doorkeeper for Notes {
    async fn admit(&self, attempt: &Attempt) -> Result<(), Refused> {
        if attempt.client_id == attempt.peer.identity {
            Ok(())
        } else {
            Err(Refused {
                reason: "foreign_client_id",
            })
        }
    }

    fn may_publish(&self, client_id: &str, topic: &str) -> bool {
        topic
            .strip_prefix("up/")
            .and_then(|rest| rest.strip_prefix(client_id))
            .is_some_and(|rest| rest.starts_with('/'))
    }

    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool {
        filter == "hail" || filter.strip_prefix("down/") == Some(client_id)
    }

    fn max_payload(&self, _topic: &str) -> usize {
        MAX_PAYLOAD_BYTES
    }

    async fn connected(&self, peer: &Peer) {
        self.note(format!("connected {}", peer.identity));
    }

    async fn disconnected(&self, peer: &Peer) {
        self.note(format!("disconnected {}", peer.identity));
    }

    fn refused(&self, client_id: &str, reason: &'static str) {
        self.note(format!("refused {client_id}: {reason}"));
    }
}

#[async_trait]
impl Receiver for Notes {
    async fn receive(&self, message: Message) {
        self.gate.acquire().await.unwrap().forget();
        let payload = if message.payload.len() > 100 {
            format!("{} bytes", message.payload.len())
        } else {
            String::from_utf8(message.payload.to_vec()).unwrap()
        };
        self.note(format!("{}: {payload}", message.topic));
    }
}

/// A broker and its notes.
pub(crate) struct Stand {
    pub(crate) broker: EmbeddedBroker,
    pub(crate) notes: Arc<Notes>,
    next_port: AtomicU16,
}

impl Stand {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let notes = Arc::new(Notes {
            lines: watch::Sender::default(),
            gate: Semaphore::new(1_000_000),
        });
        let broker = EmbeddedBroker::start(limits, notes.clone(), notes.clone())
            .await
            .unwrap();
        Self {
            broker,
            notes,
            next_port: AtomicU16::new(1),
        }
    }

    pub(crate) fn peer(&self, identity: &str) -> Peer {
        let port = self.next_port.fetch_add(1, Relaxed);
        Peer {
            address: SocketAddr::from(([192, 0, 2, 1], port)),
            identity: identity.to_owned(),
            serial: "01".to_owned(),
        }
    }

    /// The client's end of a connection whose certificate names this identity.
    pub(crate) fn dial(&self, identity: &str) -> tokio::io::DuplexStream {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let (broker, peer) = (self.broker.clone(), self.peer(identity));
        tokio::spawn(async move { broker.serve(far, peer).await });
        near
    }

    /// A client that is who it says it is.
    pub(crate) async fn connect(&self, protocol: Protocol, identity: &str) -> (Client, Incoming) {
        self.try_connect(identity, options(protocol, identity))
            .await
            .unwrap()
    }

    pub(crate) async fn try_connect(
        &self,
        identity: &str,
        options: Options,
    ) -> Result<(Client, Incoming), ConnectError> {
        edgeward_mqtt::connect(self.dial(identity), options).await
    }

    /// Listens on TCP for clients that are all of this identity.
    pub(crate) async fn front(&self, identity: &str) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (broker, identity) = (self.broker.clone(), identity.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, address)) = listener.accept().await {
                let peer = Peer {
                    address,
                    identity: identity.clone(),
                    serial: "01".to_owned(),
                };
                let broker = broker.clone();
                tokio::spawn(async move { broker.serve(stream, peer).await });
            }
        });
        address
    }
}

pub(crate) fn options(protocol: Protocol, client_id: &str) -> Options {
    Options {
        protocol,
        client_id: client_id.to_owned(),
        username: None,
        password: None,
        keep_alive_s: 20,
        clean_session: true,
        will: None,
        max_packet_bytes: 256 * 1024,
        connect_timeout: Duration::from_secs(20),
    }
}

pub(crate) fn with_will(mut options: Options, topic: &str) -> Options {
    options.will = Some(Will {
        topic: topic.to_owned(),
        payload: "gone".into(),
        qos: QoS::AtMostOnce,
        retain: false,
    });
    options
}

pub(crate) fn publish(topic: &str, payload: &str, qos: QoS) -> Publish {
    Publish {
        topic: topic.into(),
        payload: payload.to_owned().into(),
        qos,
        retain: false,
    }
}

pub(crate) fn message(topic: &str, payload: &str, delivery: Delivery) -> Message {
    Message {
        topic: topic.into(),
        payload: payload.to_owned().into(),
        delivery,
        retained: false,
    }
}

/// Anything that should happen soon.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(Duration::from_secs(20), future).await {
        Ok(output) => output,
        Err(_) => panic!("not within 20 seconds: {what}"),
    }
}
