//! Keeps one connection to the broker for as long as the bus is open.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use edgeward_mqtt::{Client, Incoming, Lost, Protocol, QoS, Received};
use edgeward_runtime::{Backoff, Chain};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::HANDLING;
use super::block::MqttBlock;
use super::session::{self, Filters, OtherVersion};
use crate::{Delivery, Link, Message, Receiver};

/// The shortest wait before connecting again.
const MIN_RECONNECT_INTERVAL: Duration = Duration::from_millis(250);

/// The client id of a control plane that wants its session kept: the broker must know it again.
const LASTING_CLIENT_ID: &str = "edgeward-control-plane";

/// See the module.
pub(super) struct Supervisor {
    config: MqttBlock,
    client_id: String,
    filters: Filters,
    receiver: Arc<dyn Receiver>,
    client: watch::Sender<Option<Client>>,
    link: watch::Sender<Link>,
    protocol: Protocol,
}

impl Supervisor {
    pub(super) fn new(
        config: MqttBlock,
        filters: Filters,
        receiver: Arc<dyn Receiver>,
        client: watch::Sender<Option<Client>>,
        link: watch::Sender<Link>,
    ) -> Self {
        let client_id = if config.clean_session {
            // At most 23 letters and digits, which every broker must take.
            let random = edgeward_pki::random_bytes::<7>();
            random
                .iter()
                .fold("edgeward-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
        } else {
            LASTING_CLIENT_ID.to_owned()
        };
        Self {
            config,
            client_id,
            filters,
            receiver,
            client,
            link,
            protocol: Protocol::V5,
        }
    }

    /// Connects, again and again, until stopped; then says good-bye.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let client = self.client.subscribe();
        let mut staying = Box::pin(self.stay_connected());
        tokio::select! {
            () = &mut staying => {}
            () = stop.cancelled() => {}
        }
        // Still holding the receiving half, or there would be nothing left to say good-bye on.
        let connected = client.borrow().clone();
        if let Some(client) = connected {
            client.disconnect().await;
        }
        drop(staying);
        self.client.send_replace(None);
        self.link.send_modify(|link| link.connected = false);
    }

    async fn stay_connected(&mut self) {
        let mut backoff =
            Backoff::new(MIN_RECONNECT_INTERVAL, self.config.max_reconnect_interval());
        loop {
            match session::open(&self.config, self.protocol, &self.client_id, &self.filters).await {
                Ok((client, incoming)) => {
                    backoff.reset();
                    let lost = self.receive(client, incoming).await;
                    self.failed(&lost);
                }
                Err(error) => {
                    self.failed(&error);
                    let other_version = error.other_version();
                    if other_version != OtherVersion::No {
                        self.protocol = match self.protocol {
                            Protocol::V5 => Protocol::V3_1_1,
                            Protocol::V3_1_1 => Protocol::V5,
                        };
                    }
                    // Asked to speak 3.1.1, that is tried at once; asked to speak 5 again, the broker is at odds with itself.
                    if other_version == OtherVersion::Asked && self.protocol == Protocol::V3_1_1 {
                        continue;
                    }
                }
            }
            backoff.wait().await;
        }
    }

    /// Hands on what arrives until the connection is lost.
    async fn receive(&mut self, client: Client, mut incoming: Incoming) -> Lost {
        self.client.send_replace(Some(client));
        self.link.send_modify(|link| {
            link.connected = true;
            link.last_error = None;
        });
        tracing::info!(address = %self.config.addr, "connected to the broker");
        HANDLING.scope((), self.receiver.connected()).await;
        loop {
            match incoming.next().await {
                Ok(received) => {
                    let handled = self.receiver.receive(message(received));
                    HANDLING.scope((), handled).await;
                }
                Err(lost) => return lost,
            }
        }
    }

    fn failed(&mut self, error: &(dyn Error + 'static)) {
        self.client.send_replace(None);
        let text = Chain(error).to_string();
        self.link.send_modify(|link| {
            // The same again is no news for the log.
            if link.connected || link.last_error.as_ref() != Some(&text) {
                tracing::warn!(address = %link.address, error = %text, "no connection to the broker");
            }
            link.connected = false;
            link.last_error = Some(text);
        });
    }
}

fn message(received: Received) -> Message {
    Message {
        topic: received.topic,
        payload: received.payload,
        delivery: match received.qos {
            QoS::AtMostOnce => Delivery::AtMostOnce,
            QoS::AtLeastOnce => Delivery::AtLeastOnce,
        },
        retained: received.retain,
    }
}
