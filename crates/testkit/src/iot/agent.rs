//! An agent that enrols, connects, and answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use edgeward_mqtt::{Client, Incoming, Lane, Options, Protocol, Publish, QoS, SubscribeOutcome};
use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use http::Request;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::answers::{Device, Kind, Outcome, Snap};
use crate::ask;

/// What an agent is, beyond what it was told when it enrolled.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose agent.
    pub kind: Kind,
    /// How often it says that it is there; the real ones every minute.
    pub health_every: Duration,
    /// The address that it connects from.
    pub from: IpAddr,
    /// The snaps that it has from the beginning, by name.
    pub snaps: BTreeMap<String, Snap>,
    /// Snaps with which everything fails, and the words for it.
    pub failing: BTreeMap<String, String>,
}

impl Settings {
    /// An agent of this kind, with one snap.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            health_every: Duration::from_millis(200),
            from: Ipv4Addr::LOCALHOST.into(),
            snaps: [("core22".to_owned(), Snap::new("20240101", "latest/stable"))].into(),
            failing: BTreeMap::new(),
        }
    }
}

/// What did not work, in words.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Refused {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Enrols at this path of a server with an assertion stream: the `enrollment` of its answer.
///
/// # Errors
/// There is no answer, or its `code` is not empty; the status is not looked at.
pub async fn enrol(server: SocketAddr, path: &str, stream: &[u8]) -> Result<Value, Refused> {
    let request = Request::post(path)
        .header("content-type", "application/x.ubuntu.assertion")
        .body(stream.to_vec())
        .map_err(Refused::of)?;
    let answer = ask(server, request).await.map_err(Refused::of)?;
    let answer: Value = serde_json::from_slice(answer.body()).map_err(Refused::of)?;
    match answer["code"].as_str() {
        Some("") => Ok(answer["enrollment"].clone()),
        Some(code) => {
            let message = answer["message"].as_str().unwrap_or_default();
            Err(Refused(format!("{code}: {message}")))
        }
        None => Err(Refused(format!("no code in {answer}"))),
    }
}

/// An agent that has enrolled and is connected. Its connection ends when it is dropped.
pub struct IotAgent {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    enrollment: Value,
    device: Mutex<Device>,
    client: Mutex<Option<Client>>,
    /// Ends the present connection.
    cut: Mutex<CancellationToken>,
    connected: watch::Sender<bool>,
    requests: Mutex<Vec<Value>>,
}

impl Drop for IotAgent {
    fn drop(&mut self) {
        self.inner.cut.lock().cancel();
    }
}

impl IotAgent {
    /// Connects with what came of [`enrol`], subscribes, and answers from then on.
    ///
    /// # Errors
    /// It is not let in, or may not subscribe.
    pub async fn start(enrollment: Value, settings: Settings) -> Result<Self, Refused> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let device = Device {
            kind: settings.kind,
            organisation: text(&enrollment["organization"]["id"]),
            id: text(&enrollment["id"]),
            brand: text(&enrollment["device"]["brand"]),
            model: text(&enrollment["device"]["model"]),
            serial: text(&enrollment["device"]["serial"]),
            snaps: settings.snaps.clone(),
            failing: settings.failing.clone(),
            changes: 70,
            required: BTreeSet::new(),
        };
        let agent = Self {
            inner: Arc::new(Inner {
                settings,
                enrollment,
                device: Mutex::new(device),
                client: Mutex::new(None),
                cut: Mutex::default(),
                connected: watch::Sender::new(false),
                requests: Mutex::default(),
            }),
        };
        agent.connect_again().await?;
        agent.subscribe().await?;
        Ok(agent)
    }

    /// The device's id.
    pub fn id(&self) -> String {
        self.inner.device.lock().id.clone()
    }

    /// The organisation's id, as it was told.
    pub fn organisation(&self) -> String {
        self.inner.device.lock().organisation.clone()
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Value> {
        self.inner.requests.lock().clone()
    }

    /// The snaps on it.
    pub fn snaps(&self) -> BTreeMap<String, Snap> {
        self.inner.device.lock().snaps.clone()
    }

    /// The snaps that it was told it needs.
    pub fn required(&self) -> BTreeSet<String> {
        self.inner.device.lock().required.clone()
    }

    /// Whether it is connected.
    pub fn is_connected(&self) -> bool {
        *self.inner.connected.borrow()
    }

    /// Waits until its connection has ended.
    pub async fn disconnected(&self) {
        let _ = self.inner.connected.subscribe().wait_for(|is| !is).await;
    }

    /// Ends its connection as a lost network does: without a word.
    pub async fn lose_connection(&self) {
        self.inner.cut.lock().cancel();
        self.disconnected().await;
    }

    /// Connects (again). Like the real ones it does not subscribe again.
    ///
    /// # Errors
    /// It is not let in.
    pub async fn connect_again(&self) -> Result<(), Refused> {
        let (client, incoming) = self.inner.connect().await?;
        let cut = CancellationToken::new();
        *self.inner.client.lock() = Some(client.clone());
        *self.inner.cut.lock() = cut.clone();
        self.inner.connected.send_replace(true);
        tokio::spawn(run(self.inner.clone(), cut, client, incoming));
        Ok(())
    }

    /// Subscribes to what is its own.
    ///
    /// # Errors
    /// It may not, or is not connected.
    pub async fn subscribe(&self) -> Result<(), Refused> {
        let (id, serial) = {
            let device = self.inner.device.lock();
            let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let serial: String = device.serial.chars().filter(plain).collect();
            (device.id.clone(), serial)
        };
        let mut filters = vec![format!("devices/sub/{id}")];
        if self.inner.settings.kind == Kind::Everactive {
            filters.push(format!("devices/actions/{serial}/#"));
        }
        for filter in filters {
            self.subscribe_to(&filter).await?;
        }
        Ok(())
    }

    /// Subscribes to anything.
    ///
    /// # Errors
    /// It may not, or is not connected.
    pub async fn subscribe_to(&self, filter: &str) -> Result<(), Refused> {
        let client = self.client()?;
        let outcome = client.subscribe(&[(filter, QoS::AtLeastOnce)]).await;
        match outcome.map_err(Refused::of)?.first() {
            Some(SubscribeOutcome::Granted(_)) => Ok(()),
            other => Err(Refused(format!("{filter}: {other:?}"))),
        }
    }

    /// Publishes anything.
    ///
    /// # Errors
    /// It is not connected, or was not acknowledged.
    pub async fn publish(&self, topic: &str, payload: impl Into<Bytes>) -> Result<(), Refused> {
        let publish = publish(topic, payload.into(), QoS::AtLeastOnce);
        let sent = self.client()?.publish(publish, Lane::Control).await;
        sent.map_err(Refused::of)
    }

    fn client(&self) -> Result<Client, Refused> {
        let client = self.inner.client.lock().clone();
        client.ok_or_else(|| Refused("not connected".to_owned()))
    }
}

impl Inner {
    async fn connect(&self) -> Result<(Client, Incoming), Refused> {
        let credentials = &self.enrollment["credentials"];
        let pem = |key: &str| {
            let text = credentials[key].as_str().unwrap_or_default();
            let bytes = STANDARD.decode(text).map_err(Refused::of)?;
            String::from_utf8(bytes).map_err(Refused::of)
        };
        let identity = ClientIdentity {
            certificate_pem: pem("certificate")?,
            key_pem: pem("privateKey")?,
        };
        let host = credentials["mqttUrl"].as_str().unwrap_or_default();
        let port = credentials["mqttPort"].as_str().unwrap_or_default();
        let address: SocketAddr = format!("{host}:{port}").parse().map_err(Refused::of)?;
        let socket = TcpSocket::new_v4().map_err(Refused::of)?;
        socket
            .bind((self.settings.from, 0).into())
            .map_err(Refused::of)?;
        let stream = socket.connect(address).await.map_err(Refused::of)?;
        stream.set_nodelay(true).map_err(Refused::of)?;
        let connector =
            Connector::new(Trust::Unverified, Some(&identity), &[]).map_err(Refused::of)?;
        let stream = connector.connect(host, stream).await.map_err(Refused::of)?;
        let options = Options {
            protocol: Protocol::V3_1_1,
            client_id: self.device.lock().id.clone(),
            username: None,
            password: None,
            keep_alive_s: 30,
            clean_session: true,
            will: None,
            max_packet_bytes: 1024 * 1024,
            connect_timeout: Duration::from_secs(30),
        };
        edgeward_mqtt::connect(stream, options)
            .await
            .map_err(Refused::of)
    }

    fn health(&self) -> [Publish; 3] {
        let device = self.device.lock();
        let (id, organisation) = (&device.id, &device.organisation);
        // Its clock says what it likes.
        let health = json!({"orgId": organisation, "deviceId": id, "refresh": "1999-12-31T23:59:59.883718491Z"});
        let memory =
            format!("memory,device={id} total=25276502016,used=1506410496,usedpc=5.959727");
        let cpu = format!("cpu,device={id} user=1174.860000,system=331.560000,total=2342.890000");
        let metrics = format!("metrics/{organisation}");
        let once = |topic: &str, text: String| publish(topic, text.into(), QoS::AtMostOnce);
        [
            once(&format!("devices/health/{id}"), health.to_string()),
            once(&metrics, memory),
            once(&metrics, cpu),
        ]
    }
}

fn publish(topic: &str, payload: Bytes, qos: QoS) -> Publish {
    Publish {
        topic: topic.into(),
        payload,
        qos,
        retain: false,
    }
}

/// One connection: requests are answered one after another, and health goes out between them.
async fn run(inner: Arc<Inner>, cut: CancellationToken, client: Client, mut incoming: Incoming) {
    let (answers, queue) = mpsc::unbounded_channel();
    // Apart from what is received, or the acknowledgement of an answer would wait for the next request.
    tokio::spawn(send(client.clone(), queue));
    let mut health = tokio::time::interval(inner.settings.health_every);
    health.tick().await;
    loop {
        tokio::select! {
            () = cut.cancelled() => break,
            received = incoming.next() => {
                let Ok(received) = received else { break };
                if received.topic.ends_with("/required-install") {
                    require(&inner, &received.payload);
                    continue;
                }
                let request = serde_json::from_slice(&received.payload).unwrap_or_default();
                inner.requests.lock().push(request);
                let outcome = inner.device.lock().obey(&received.payload);
                match outcome {
                    Outcome::Answer(answer) => {
                        let topic = format!("devices/pub/{}", inner.device.lock().id);
                        let _ = answers.send(publish(&topic, answer.into(), QoS::AtLeastOnce));
                    }
                    Outcome::Ends => break,
                    Outcome::Nothing => {}
                }
            }
            _ = health.tick() => {
                for message in inner.health() {
                    let _ = answers.send(message);
                }
            }
        }
    }
    drop(incoming);
    // Unless it has connected again meanwhile.
    if cut.is_cancelled() || !inner.cut.lock().is_cancelled() {
        inner.connected.send_replace(false);
    }
}

async fn send(client: Client, mut queue: mpsc::UnboundedReceiver<Publish>) {
    while let Some(message) = queue.recv().await {
        if client.publish(message, Lane::Control).await.is_err() {
            return;
        }
    }
}

fn require(inner: &Inner, payload: &[u8]) {
    let message: Value = serde_json::from_slice(payload).unwrap_or_default();
    let mut device = inner.device.lock();
    for snap in message["snaps"].as_array().into_iter().flatten() {
        let name = snap["name"].as_str().unwrap_or_default().to_owned();
        let (track, risk) = (snap["channel"].as_str(), snap["track"].as_str());
        let channel = format!("{}/{}", track.unwrap_or("latest"), risk.unwrap_or("stable"));
        device
            .snaps
            .entry(name.clone())
            .or_insert_with(|| Snap::new("1.0", &channel));
        device.required.insert(name);
    }
}
