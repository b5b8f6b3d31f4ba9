//! One connection to the broker, from the first subscription to the good-bye.

use std::sync::Arc;

use bytes::Bytes;
use edgeward_ids::ActionId;
use edgeward_mqtt::{
    Client, Incoming, Lane, Lost, Options, Protocol, Publish, QoS, SubscribeOutcome,
};
use edgeward_pki::tls::{ClientIdentity, ClientStream, Connector, Trust};
use edgeward_runtime::{Chain, now_micros};
use edgeward_snapd::{Snapd, Which};
use edgeward_wire::action::{ActionName, ActionRequest};
use edgeward_wire::iot::action::{Encoding, Request, Response};
use edgeward_wire::iot::enrol::Enrollment;
use edgeward_wire::iot::health::RequiredInstall;
use edgeward_wire::iot::{SanitizedSerial, Topic};
use edgeward_wire::report::Report;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Duration, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::enrol::IotError;
use super::hashes::Hashes;
use super::requests::{Requests, Taken, owned};
use super::{id_of, pulse};
use crate::actions::Actions;
use crate::dial::Address;
use crate::reports::Reports;

/// Seconds after which a silent connection is asked whether it is alive.
const KEEP_ALIVE_S: u16 = 30;

/// How long the MQTT handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest MQTT packet that is taken, in bytes.
const MAX_PACKET_BYTES: u32 = 256 * 1024;

/// Messages that may wait to be looked at; then nothing more is read.
const WAITING: usize = 8;

/// How long an action may wait to be begun: it says nothing of that itself, in microseconds. A day.
const LIFETIME_US: u64 = 24 * 3600 * 1_000_000;

/// The broker's port if none is given.
const DEFAULT_PORT: u16 = 8883;

/// What a connection works with.
pub(super) struct Session<'a> {
    pub(super) enrollment: &'a Enrollment,
    pub(super) snapd: Option<&'a Snapd>,
    pub(super) actions: &'a Arc<Actions>,
    pub(super) requests: &'a Requests,
    pub(super) reports: &'a Reports,
    /// Whether lists and signs of life carry hashes.
    pub(super) snap_hashes: bool,
}

/// A message that was subscribed to.
struct Message {
    topic: Arc<str>,
    payload: Bytes,
}

impl Session<'_> {
    /// Connects and stays connected; back without an error only after `stop`.
    pub(super) async fn live(
        &self,
        trust: Result<Trust, IotError>,
        online: impl FnOnce(String),
        stop: &CancellationToken,
    ) -> Result<(), IotError> {
        let (address, client, incoming) = self.connect(trust?).await?;
        let (messages, waiting) = mpsc::channel(WAITING);
        let talk = async {
            self.subscribe(&client).await?;
            tracing::info!(%address, device = self.enrollment.id, "connected");
            online(address.to_string());
            tokio::try_join!(
                self.pulse(&client),
                self.deliver(&client),
                self.obey(&client, waiting)
            )?;
            Ok(())
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                client.disconnect().await;
                Ok(())
            }
            lost = receive(incoming, messages) => Err(lost.into()),
            end = talk => end,
        }
    }

    async fn connect(&self, trust: Trust) -> Result<(Address, Client, Incoming), IotError> {
        let (address, stream) = dial(self.enrollment, trust).await?;
        let options = Options {
            protocol: Protocol::V3_1_1,
            client_id: self.enrollment.id.clone(),
            username: None,
            password: None,
            keep_alive_s: KEEP_ALIVE_S,
            clean_session: true,
            will: None,
            max_packet_bytes: MAX_PACKET_BYTES,
            connect_timeout: CONNECT_TIMEOUT,
        };
        let (client, incoming) =
            edgeward_mqtt::connect(stream, options)
                .await
                .map_err(|source| IotError::Mqtt {
                    address: address.to_string(),
                    source,
                })?;
        Ok((address, client, incoming))
    }

    async fn subscribe(&self, client: &Client) -> Result<(), IotError> {
        let serial = SanitizedSerial::of(&self.enrollment.device.serial);
        let mut filters = vec![Topic::Sub(&self.enrollment.id).to_string()];
        filters.extend(serial.map(|serial| Topic::AllActions(serial.as_str()).to_string()));
        let wanted: Vec<_> = filters
            .iter()
            .map(|filter| (filter.as_str(), QoS::AtLeastOnce))
            .collect();
        let outcomes = client.subscribe(&wanted).await?;
        for (index, (filter, outcome)) in filters.iter().zip(outcomes).enumerate() {
            match outcome {
                SubscribeOutcome::Granted(_) => {}
                // Older servers know nothing of the second one.
                SubscribeOutcome::Refused(reason) if index > 0 => {
                    tracing::warn!(
                        filter,
                        reason,
                        "snaps that are required here will not be heard of"
                    );
                }
                SubscribeOutcome::Refused(reason) => {
                    return Err(IotError::Subscription {
                        filter: filter.clone(),
                        reason,
                    });
                }
            }
        }
        Ok(())
    }

    /// Says that the device is there, at once and every minute.
    async fn pulse(&self, client: &Client) -> Result<(), IotError> {
        let (device, organisation) = (&self.enrollment.id, &self.enrollment.organization.id);
        let mut ticks = interval(pulse::INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let health = pulse::health(organisation, device, self.hashes().await);
            publish(client, Topic::Health(device), health, QoS::AtMostOnce).await?;
            for line in pulse::metrics(device) {
                let topic = Topic::Metrics(organisation);
                publish(client, topic, line.into_bytes(), QoS::AtMostOnce).await?;
            }
        }
    }

    /// Of what is installed; none where they are not wished, or snapd does not say.
    async fn hashes(&self) -> Option<Hashes> {
        if !self.snap_hashes {
            return None;
        }
        match self.actions.snap_list().await? {
            Ok(list) => Some(Hashes::of(&owned(list, self.enrollment))),
            Err(error) => {
                tracing::debug!(error = %Chain(&error), "no hashes of the snaps this time");
                None
            }
        }
    }

    /// Answers what has ended, and counts it as answered only when the broker has it. The rest has no word here.
    async fn deliver(&self, client: &Client) -> Result<(), IotError> {
        loop {
            let waiting = self.reports.next().await;
            if let Report::Action(report) = &waiting.report {
                let answer = self
                    .requests
                    .answer(report.action, &report.step, self.enrollment)
                    .await?;
                if let Some(answer) = answer {
                    self.respond(client, &answer).await?;
                }
            }
            self.reports.deliver(&waiting);
        }
    }

    async fn respond(&self, client: &Client, response: &Response) -> Result<(), IotError> {
        let payload = response.to_json(Encoding::Full).to_string().into_bytes();
        let topic = Topic::Pub(&self.enrollment.id);
        publish(client, topic, payload, QoS::AtLeastOnce).await
    }

    async fn obey(
        &self,
        client: &Client,
        mut messages: mpsc::Receiver<Message>,
    ) -> Result<(), IotError> {
        while let Some(Message { topic, payload }) = messages.recv().await {
            match Topic::parse(&topic) {
                Some(Topic::Sub(_)) => match serde_json::from_slice::<Request>(&payload) {
                    Ok(request) => self.request(client, request).await?,
                    // There is nobody to answer: the id is in what cannot be read.
                    Err(error) => tracing::warn!(%error, "a request cannot be read"),
                },
                Some(Topic::RequiredInstall(_)) => {
                    match serde_json::from_slice::<RequiredInstall>(&payload) {
                        Ok(required) => self.require(required).await,
                        Err(error) => {
                            tracing::warn!(%error, "what is required here cannot be read")
                        }
                    }
                }
                _ => tracing::debug!(%topic, "a message was passed over"),
            }
        }
        Ok(())
    }

    async fn request(&self, client: &Client, request: Request) -> Result<(), IotError> {
        match self.requests.take(request, &self.enrollment.id).await? {
            Taken::Action(action, request) => {
                self.accept(action, request).await;
                Ok(())
            }
            Taken::Answer(response) => self.respond(client, &response).await,
        }
    }

    async fn accept(&self, action: ActionId, request: ActionRequest) {
        let actions = Arc::clone(self.actions);
        let not_after_us = i64::try_from(now_micros() + LIFETIME_US).unwrap_or(i64::MAX);
        // It waits for the disk.
        let accepting =
            tokio::task::spawn_blocking(move || actions.accept(action, &request, not_after_us));
        if let Ok(Err(error)) = accepting.await {
            tracing::error!(%action, error = %Chain(&error), "an action was not taken on");
        }
    }

    /// Installs what is missing. The same is said again every few minutes until it is there, so that nothing is kept of it here.
    async fn require(&self, required: RequiredInstall) {
        let Some(snapd) = self.snapd else { return };
        let installed = match snapd.snaps(Which::Current).await {
            Ok(snaps) => snaps,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "what is required here will be looked at when it is said again");
                return;
            }
        };
        for snap in required.snaps {
            if installed.iter().any(|one| one.name == snap.name) {
                continue;
            }
            let parts = ["required", &required.id, &snap.name];
            let Some(action) = id_of::<ActionId>(&parts) else {
                continue;
            };
            tracing::info!(
                snap = snap.name,
                "a snap is required here, and will be installed"
            );
            let request = ActionRequest {
                name: ActionName::Install,
                data: snap.snapd_channel().unwrap_or_default(),
                snap: snap.name,
            };
            self.accept(action, request).await;
        }
    }
}

/// A secure connection to the broker, with the device's certificate; and where that is.
pub(super) async fn dial(
    enrollment: &Enrollment,
    trust: Trust,
) -> Result<(Address, ClientStream<TcpStream>), IotError> {
    let credentials = &enrollment.credentials;
    let bad = || {
        IotError::Broker(format!(
            "{}:{}",
            credentials.mqtt_url, credentials.mqtt_port
        ))
    };
    let port = match credentials.mqtt_port.as_str() {
        "" => DEFAULT_PORT,
        text => text.parse().map_err(|_| bad())?,
    };
    let address = Address::new(credentials.mqtt_url.trim(), port);
    let pem = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let identity = ClientIdentity {
        certificate_pem: pem(&credentials.certificate),
        key_pem: pem(&credentials.private_key),
    };
    let connector = Connector::new(trust, Some(&identity), &[])?;
    let stream = address.secure(&connector).await?;
    Ok((address, stream))
}

async fn receive(mut incoming: Incoming, messages: mpsc::Sender<Message>) -> Lost {
    loop {
        match incoming.next().await {
            // What a broker has kept is not meant now.
            Ok(received) if received.retain => {}
            Ok(received) => {
                let message = Message {
                    topic: received.topic,
                    payload: received.payload,
                };
                let _only_at_the_end = messages.send(message).await;
            }
            Err(lost) => return lost,
        }
    }
}

async fn publish(
    client: &Client,
    topic: Topic<'_>,
    payload: Vec<u8>,
    qos: QoS,
) -> Result<(), IotError> {
    let publish = Publish {
        topic: topic.to_string().into(),
        payload: payload.into(),
        qos,
        retain: false,
    };
    Ok(client.publish(publish, Lane::Control).await?)
}
