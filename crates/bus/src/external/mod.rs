//! The bus over an operator's own MQTT broker.
//!
//! A supervisor keeps one connection: it dials (looking the name up anew), falls back from MQTT 5 to 3.1.1 where the broker
//! wants that, subscribes again on every connect, and after a failure waits longer each time, at random, up to the
//! operator's `maxReconnectInterval`. Nothing is kept while there is no connection: publishing then fails at once.
//!
//! It relies on nothing of the broker but QoS 1, plain subscriptions and the retain flag on receipt.

mod block;
mod session;
mod supervisor;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgeward_mqtt::{Client, Lane, Publish, QoS};
use edgeward_runtime::{Chain, Shutdown};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use block::{ConfigError, MqttBlock};

use crate::{Bus, Delivery, Link, Message, PublishError, Receiver};
use session::Filters;
use supervisor::Supervisor;

/// How long saying good-bye to the broker may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(7);

/// How many messages may wait that were published while another one was handled; more are refused.
const MAX_LATER: usize = 20_000;

tokio::task_local! {
    /// Set while a message from the broker is handled. The broker's word that it has what is published then comes behind
    /// messages that are still to be handled, so that nobody may wait for it.
    static HANDLING: ();
}

/// The link to an operator's own broker. Dropping it ends the connection without a good-bye; [`Bus::close`] says it.
pub struct ExternalBus {
    client: watch::Receiver<Option<Client>>,
    link: watch::Receiver<Link>,
    /// What is published while a message is handled.
    later: mpsc::Sender<(Publish, Lane)>,
    shutdown: Shutdown,
}

impl ExternalBus {
    /// Starts connecting, subscribing to these filters at QoS 1, and stays at it until closed. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// The settings cannot work: whatever can be known without the broker. An unreachable broker is no error; see [`Bus::link`].
    pub fn start(
        config: MqttBlock,
        subscriptions: Vec<String>,
        receiver: Arc<dyn Receiver>,
    ) -> Result<Self, ConfigError> {
        Self::start_wishing(config, subscriptions, Vec::new(), receiver)
    }

    /// The same, with filters that the broker may refuse: then it is only told in the log.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_wishing(
        config: MqttBlock,
        subscriptions: Vec<String>,
        wishes: Vec<String>,
        receiver: Arc<dyn Receiver>,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        let link = watch::Sender::new(Link {
            connected: false,
            address: config.addr.clone(),
            last_error: None,
        });
        let client = watch::Sender::new(None);
        let (later, waiting) = mpsc::channel(MAX_LATER);
        let bus = Self {
            client: client.subscribe(),
            link: link.subscribe(),
            later,
            shutdown: Shutdown::new(),
        };
        let filters = Filters {
            needed: subscriptions,
            wished: wishes,
        };
        let supervisor = Supervisor::new(config, filters, receiver, client, link);
        let stop = bus.shutdown.token();
        bus.shutdown
            .spawn("link to the external broker", supervisor.run(stop));
        let publish = publish_later(bus.client.clone(), waiting, bus.shutdown.token());
        bus.shutdown
            .spawn("answers to the external broker", publish);
        Ok(bus)
    }
}

impl Drop for ExternalBus {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

/// Publishes, in order, what was handed over while messages were handled.
async fn publish_later(
    client: watch::Receiver<Option<Client>>,
    mut waiting: mpsc::Receiver<(Publish, Lane)>,
    stop: CancellationToken,
) {
    loop {
        let (publish, lane) = tokio::select! {
            () = stop.cancelled() => return,
            next = waiting.recv() => match next {
                Some(next) => next,
                None => return,
            },
        };
        let Some(client) = client.borrow().clone() else {
            continue;
        };
        if let Err(error) = client.publish(publish, lane).await {
            tracing::warn!(error = %Chain(&error), "an answer did not reach the broker; whoever waits for it asks again");
        }
    }
}

#[async_trait]
impl Bus for ExternalBus {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        let client = self
            .client
            .borrow()
            .clone()
            .ok_or(PublishError::NotConnected)?;
        // By delivery and never by size: what has one delivery stays in order.
        let (qos, lane) = match message.delivery {
            Delivery::AtMostOnce => (QoS::AtMostOnce, Lane::Bulk),
            Delivery::AtLeastOnce => (QoS::AtLeastOnce, Lane::Control),
        };
        let publish = Publish {
            topic: message.topic,
            payload: message.payload,
            qos,
            retain: false,
        };
        if HANDLING.try_with(|()| ()).is_ok() {
            let too_many = || PublishError::Refused(format!("{MAX_LATER} messages wait already"));
            return self.later.try_send((publish, lane)).map_err(|_| too_many());
        }
        use edgeward_mqtt::PublishError as Failed;
        client
            .publish(publish, lane)
            .await
            .map_err(|error| match error {
                Failed::Lost(_) | Failed::NotAcknowledged(_) => PublishError::NotConnected,
                Failed::Refused(reason) => PublishError::Refused(reason),
                Failed::TooLarge { .. } | Failed::Topic(_) => {
                    PublishError::Refused(error.to_string())
                }
            })
    }

    async fn kick(&self, _client_id: &str) {}

    fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    async fn close(&self) {
        let late = self.shutdown.drain(CLOSE_TIMEOUT).await;
        if !late.is_empty() {
            tracing::warn!("the link to the external broker did not close in time");
        }
    }
}

#[cfg(test)]
mod tests;
