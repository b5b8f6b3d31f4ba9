//! The two handles on a connection: one to send with, one to receive from.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::error::{Lost, PublishError, SubscribeError};
use crate::in_flight::{Answer, InFlight};
use crate::message::{Lane, Protocol, Publish, QoS, Received, SubscribeOutcome};
use crate::packet::{Outgoing, PacketId, publish_bytes};

/// How long the broker may take to acknowledge.
const ACKNOWLEDGE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a good-bye may take to be written.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest text in an MQTT packet.
const MAX_TEXT_BYTES: usize = 65_535;

/// What the handles and the connection's task share.
pub(crate) struct Shared {
    pub(crate) protocol: Protocol,
    /// The largest packet that the broker takes.
    pub(crate) max_outgoing_bytes: usize,
    pub(crate) control: mpsc::Sender<Outgoing>,
    pub(crate) bulk: mpsc::Sender<Outgoing>,
    pub(crate) in_flight: InFlight,
    /// Set before the queues close.
    pub(crate) lost: OnceLock<Lost>,
    /// Something was read since this was last cleared.
    pub(crate) heard: AtomicBool,
    /// Nothing is read, because nobody takes what was.
    pub(crate) stalled: AtomicBool,
}

impl Shared {
    fn lost(&self) -> Lost {
        self.lost.get().cloned().unwrap_or(Lost::Closed)
    }
}

/// Sends on a connection. Cheap to clone; the connection does not end when the last clone is dropped.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

impl Client {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Sends a message.
    ///
    /// At QoS 0 it is back when the message is queued, waiting while the lane is full. At QoS 1 it is back when the broker
    /// has acknowledged the message. Messages of one lane leave in order. Dropping the future at QoS 1 may or may not send.
    ///
    /// Do not await a QoS 1 publish in the loop that calls [`Incoming::next`]: the acknowledgement is read in order with
    /// everything else, so it does not arrive while received messages wait to be taken.
    pub async fn publish(&self, publish: Publish, lane: Lane) -> Result<(), PublishError> {
        check_topic(&publish.topic)?;
        let size = publish_bytes(self.shared.protocol, &publish);
        let max = self.shared.max_outgoing_bytes;
        if size > max {
            return Err(PublishError::TooLarge { size, max });
        }
        let queue = match lane {
            Lane::Control => &self.shared.control,
            Lane::Bulk => &self.shared.bulk,
        };
        let lost = || PublishError::Lost(self.shared.lost());
        if publish.qos == QoS::AtMostOnce {
            let outgoing = Outgoing::Publish { publish, id: None };
            return queue.send(outgoing).await.map_err(|_| lost());
        }
        let sent_and_answered = async {
            // Nothing is taken from the table of ids before the message is certain to be sent.
            let turn = self.shared.in_flight.turn().await.ok_or_else(lost)?;
            let place = queue.reserve().await.map_err(|_| lost())?;
            let (id, answer) = self.shared.in_flight.begin(turn).ok_or_else(lost)?;
            place.send(Outgoing::Publish {
                publish,
                id: Some(id),
            });
            match answer.await {
                Ok(Answer::Published(Ok(()))) => Ok(()),
                Ok(Answer::Published(Err(reason))) => Err(PublishError::Refused(reason)),
                Ok(Answer::Subscribed(_)) | Err(_) => Err(lost()),
            }
        };
        match timeout(ACKNOWLEDGE_TIMEOUT, sent_and_answered).await {
            Ok(result) => result,
            Err(_) => Err(PublishError::NotAcknowledged(ACKNOWLEDGE_TIMEOUT)),
        }
    }

    /// Subscribes to filters; there is one outcome for each, in their order.
    pub async fn subscribe(
        &self,
        filters: &[(&str, QoS)],
    ) -> Result<Vec<SubscribeOutcome>, SubscribeError> {
        let fits = |(filter, _): &(&str, QoS)| (1..=MAX_TEXT_BYTES).contains(&filter.len());
        if filters.is_empty() || !filters.iter().all(fits) {
            return Err(SubscribeError::Filter);
        }
        let lost = || SubscribeError::Lost(self.shared.lost());
        let sent_and_answered = async {
            let turn = self.shared.in_flight.turn().await.ok_or_else(lost)?;
            let place = self.shared.control.reserve().await.map_err(|_| lost())?;
            let (id, answer) = self.shared.in_flight.begin(turn).ok_or_else(lost)?;
            let filters = filters
                .iter()
                .map(|(filter, qos)| ((*filter).to_owned(), *qos))
                .collect();
            place.send(Outgoing::Subscribe { id, filters });
            match answer.await {
                Ok(Answer::Subscribed(outcomes)) => Ok(outcomes),
                Ok(Answer::Published(_)) | Err(_) => Err(lost()),
            }
        };
        match timeout(ACKNOWLEDGE_TIMEOUT, sent_and_answered).await {
            Ok(result) => result,
            Err(_) => Err(SubscribeError::NotAcknowledged(ACKNOWLEDGE_TIMEOUT)),
        }
    }

    /// Says good-bye after the control messages that wait, and before the bulk messages that do; the will is not published.
    /// It is back when the connection is closed.
    pub async fn disconnect(&self) {
        let goodbye = async {
            if self.shared.control.send(Outgoing::Disconnect).await.is_ok() {
                self.shared.control.closed().await;
            }
        };
        if timeout(DISCONNECT_TIMEOUT, goodbye).await.is_err() {
            tracing::debug!("the good-bye to the broker was not written in time");
        }
    }

    /// Room in the bulk lane.
    #[cfg(test)]
    pub(crate) fn bulk_capacity(&self) -> usize {
        self.shared.bulk.capacity()
    }

    /// Waits until the connection has ended and says why.
    pub async fn closed(&self) -> Lost {
        self.shared.control.closed().await;
        self.shared.lost()
    }
}

/// A message on its way from the connection's task to [`Incoming::next`].
pub(crate) struct Delivery {
    pub(crate) received: Received,
    /// To be acknowledged, at QoS 1.
    pub(crate) id: Option<PacketId>,
}

/// Receives on a connection. Dropping it ends the connection without a good-bye.
pub struct Incoming {
    shared: Arc<Shared>,
    deliveries: mpsc::Receiver<Delivery>,
    unacknowledged: Option<PacketId>,
}

impl Incoming {
    pub(crate) fn new(shared: Arc<Shared>, deliveries: mpsc::Receiver<Delivery>) -> Self {
        Self {
            shared,
            deliveries,
            unacknowledged: None,
        }
    }

    /// The next message, or why there will be none. A QoS 1 message is acknowledged when the next one is asked for.
    /// The future may be dropped without losing anything.
    pub async fn next(&mut self) -> Result<Received, Lost> {
        if let Some(id) = self.unacknowledged
            && let Ok(place) = self.shared.control.reserve().await
        {
            place.send(Outgoing::Acknowledge { id });
            self.unacknowledged = None;
        }
        let delivery = self.deliveries.recv().await;
        let Delivery { received, id } = delivery.ok_or_else(|| self.shared.lost())?;
        self.unacknowledged = id;
        Ok(received)
    }
}

fn check_topic(topic: &str) -> Result<(), PublishError> {
    let fits = (1..=MAX_TEXT_BYTES).contains(&topic.len());
    if fits && !topic.bytes().any(|b| matches!(b, b'+' | b'#' | 0)) {
        return Ok(());
    }
    Err(PublishError::Topic(topic.chars().take(100).collect()))
}
