//! A link whose receiver writes down what it hears, and a client beside it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgeward_mqtt::{Client, Incoming, Options, Protocol};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use crate::external::{ExternalBus, MqttBlock};
use crate::{Bus, Link, Message, Receiver};

pub(crate) struct Notes {
    messages: mpsc::UnboundedSender<Message>,
    connects: watch::Sender<usize>,
}

#[async_trait]
impl Receiver for Notes {
    async fn receive(&self, message: Message) {
        self.messages.send(message).unwrap();
    }

    async fn connected(&self) {
        self.connects.send_modify(|connects| *connects += 1);
    }
}

/// A link and its notes.
pub(crate) struct Stand {
    pub(crate) bus: ExternalBus,
    messages: mpsc::UnboundedReceiver<Message>,
    connects: watch::Receiver<usize>,
}

impl Stand {
    /// Subscribes to `up/#`.
    pub(crate) fn new(block: MqttBlock) -> Self {
        let (sender, messages) = mpsc::unbounded_channel();
        let notes = Notes {
            messages: sender,
            connects: watch::Sender::default(),
        };
        let connects = notes.connects.subscribe();
        let bus = ExternalBus::start(block, vec!["up/#".to_owned()], Arc::new(notes)).unwrap();
        Self {
            bus,
            messages,
            connects,
        }
    }

    pub(crate) async fn message(&mut self) -> Message {
        soon("a message", self.messages.recv()).await.unwrap()
    }

    /// Waits until it has connected this often.
    pub(crate) async fn connected(&mut self, times: usize) {
        let wait = self.connects.wait_for(|connects| *connects >= times);
        soon("a connection", wait).await.unwrap();
    }

    /// Waits until the link is as wanted.
    pub(crate) async fn link(&self, wanted: impl Fn(&Link) -> bool) -> Link {
        let mut link = self.bus.link();
        let waited = tokio::time::timeout(Duration::from_secs(20), link.wait_for(wanted)).await;
        match waited {
            Ok(link) => link.unwrap().clone(),
            Err(_) => panic!("the link stays {:?}", self.bus.link().borrow()),
        }
    }

    /// Waits for the error of a link that does not come about.
    pub(crate) async fn error(&self) -> String {
        let link = self.link(|link| link.last_error.is_some()).await;
        assert!(!link.connected);
        link.last_error.unwrap()
    }
}

pub(crate) fn block(port: u16) -> MqttBlock {
    MqttBlock {
        use_ssl: false,
        addr: format!("127.0.0.1:{port}"),
        username: String::new(),
        password: String::new(),
        max_reconnect_interval_s: 1,
        connect_timeout_s: 8,
        clean_session: true,
        verify_certificate: true,
        cacert_file: String::new(),
        cert_file: String::new(),
        key_file: String::new(),
    }
}

/// A client of the same broker, without TLS.
pub(crate) async fn client(port: u16) -> (Client, Incoming) {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let options = Options {
        protocol: Protocol::V5,
        client_id: "device".to_owned(),
        username: None,
        password: None,
        keep_alive_s: 20,
        clean_session: true,
        will: None,
        max_packet_bytes: 256 * 1024,
        connect_timeout: Duration::from_secs(20),
    };
    edgeward_mqtt::connect(stream, options).await.unwrap()
}

/// Anything that should happen soon.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(Duration::from_secs(20), future).await {
        Ok(output) => output,
        Err(_) => panic!("not within 20 seconds: {what}"),
    }
}
