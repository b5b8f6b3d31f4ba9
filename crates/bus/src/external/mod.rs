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
use edgeward_runtime::Shutdown;
use tokio::sync::watch;

pub use block::{ConfigError, MqttBlock};

use crate::{Bus, Delivery, Link, Message, PublishError, Receiver};
use session::Filters;
use supervisor::Supervisor;

/// How long saying good-bye to the broker may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(7);

/// The link to an operator's own broker. Dropping it ends the connection without a good-bye; [`Bus::close`] says it.
pub struct ExternalBus {
    client: watch::Receiver<Option<Client>>,
    link: watch::Receiver<Link>,
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
        let bus = Self {
            client: client.subscribe(),
            link: link.subscribe(),
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
        Ok(bus)
    }
}

impl Drop for ExternalBus {
    fn drop(&mut self) {
        self.shutdown.trigger();
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
