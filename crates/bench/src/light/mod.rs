//! Light agents: clients with a real identity, got by enrolment, that subscribe, say hello and send their status as the real
//! agent does. They offer nothing; what they are ordered they say they have done.

mod identities;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use edgeward_ids::{ActionId, AgentId};
use edgeward_mqtt::{Client, Lane, Options, Protocol, Publish, QoS, SubscribeOutcome, Will};
use edgeward_pki::tls::{Connector, Trust};
use edgeward_wire::action::{ActionReport, Step};
use edgeward_wire::command::{Body, Command, SignedCommand};
use edgeward_wire::enrol::ALPN_MQTT;
use edgeward_wire::frame::MAX_FRAME_BYTES;
use edgeward_wire::report::{Hello, Membership, Outcome, Report, State, Status};
use edgeward_wire::topic::{Down, Topic, Up};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

pub use identities::{Door, Enrolled, Identity, facts};

/// Seconds between two status messages, as the real agent has it.
const HEARTBEAT_S: u32 = 20;

/// Seconds after which a silent connection is asked whether it is alive, as the real agent has it.
const KEEP_ALIVE_S: u16 = 15;

/// How long the MQTT handshake may take; longer than the real agent's, because all come at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest packet that is taken, as the real agent has it.
const MAX_PACKET_BYTES: usize = MAX_FRAME_BYTES + 4096;

/// How many do something at a time.
const AT_ONCE: usize = 64;

/// How many report at a time.
const REPORTING: usize = 512;

/// Where they connect to.
pub struct Broker {
    /// Its TLS listener.
    pub address: SocketAddr,
    /// Who vouches for its certificate, PEM.
    pub authority_pem: String,
}

/// All of them; their connections end when this is dropped.
pub struct Fleet {
    agents: Vec<Arc<Light>>,
    /// One that reads and one that beats for each agent; they end only when a connection does.
    tasks: JoinSet<()>,
}

struct Light {
    number: usize,
    agent: AgentId,
    run: u64,
    client: Client,
}

impl Fleet {
    /// Connects them.
    ///
    /// # Errors
    /// One of them cannot.
    pub async fn connect(broker: &Broker, identities: &[Identity]) -> Result<Self> {
        let mut tasks = JoinSet::new();
        let mut agents = Vec::with_capacity(identities.len());
        let mut connecting = stream::iter(identities.iter().enumerate())
            .map(|(number, identity)| connect(broker, identity, number))
            .buffer_unordered(AT_ONCE);
        while let Some((light, mut incoming)) = connecting.try_next().await? {
            let light = Arc::new(light);
            agents.push(light.clone());
            tasks.spawn(async move {
                while let Ok(received) = incoming.next().await {
                    // Apart, or its acknowledgements would wait for the next command.
                    tokio::spawn(obey(light.clone(), received.payload));
                }
            });
        }
        Ok(Self { agents, tasks })
    }

    /// Each subscribes to its commands, its tunnel and the hail.
    ///
    /// # Errors
    /// One of them may not.
    pub async fn subscribe(&self) -> Result<()> {
        stream::iter(self.agents.iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |light| light.subscribe())
            .await
    }

    /// Each says hello; from now on their hearts beat, evenly spread.
    ///
    /// # Errors
    /// One of them is not connected any more.
    pub async fn say_hello(&mut self) -> Result<()> {
        stream::iter(self.agents.iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |light| light.say_hello(None, 0))
            .await?;
        let period = Duration::from_secs(u64::from(HEARTBEAT_S));
        let count = u32::try_from(self.agents.len())?;
        for (light, place) in self.agents.iter().zip(1..) {
            let (client, publish) = (light.client.clone(), light.status()?);
            let mut beats = interval_at(Instant::now() + period * place / count, period);
            self.tasks.spawn(async move {
                let beat = async || client.publish(publish.clone(), Lane::Control).await;
                loop {
                    beats.tick().await;
                    if beat().await.is_err() {
                        break;
                    }
                }
            });
        }
        Ok(())
    }

    /// Each reports this, and is done when that is acknowledged. It is written once for all, since devices' own work does not count.
    ///
    /// # Errors
    /// One of them is not connected any more.
    pub async fn report(&self, report: &Report) -> Result<()> {
        let payload: Bytes = serde_json::to_vec(report)?.into();
        stream::iter(self.agents.iter().map(Ok))
            .try_for_each_concurrent(REPORTING, |light| light.send(payload.clone()))
            .await
    }

    /// Whether every connection is still there.
    ///
    /// # Errors
    /// Some are gone.
    pub fn all_there(&mut self) -> Result<()> {
        let mut gone = 0;
        while self.tasks.try_join_next().is_some() {
            gone += 1;
        }
        ensure!(gone == 0, "some of the light agents lost their connection");
        Ok(())
    }
}

async fn connect(
    broker: &Broker,
    identity: &Identity,
    number: usize,
) -> Result<(Light, edgeward_mqtt::Incoming)> {
    let trust = Trust::Authority(broker.authority_pem.clone());
    let connector = Connector::new(trust, Some(&identity.client), &[ALPN_MQTT])?;
    let stream = TcpStream::connect(broker.address).await?;
    stream.set_nodelay(true)?;
    let host = broker.address.ip().to_string();
    let stream = connector.connect(&host, stream).await?;
    let run = u64::from_be_bytes(edgeward_pki::random_bytes());
    let will = Will {
        topic: Topic::Up(identity.agent, Up::Status).to_string(),
        payload: status(State::Offline, run)?.into(),
        qos: QoS::AtMostOnce,
        retain: false,
    };
    let options = Options {
        protocol: Protocol::V5,
        client_id: identity.agent.to_string(),
        username: None,
        password: None,
        keep_alive_s: KEEP_ALIVE_S,
        clean_session: true,
        will: Some(will),
        max_packet_bytes: u32::try_from(MAX_PACKET_BYTES)?,
        connect_timeout: CONNECT_TIMEOUT,
    };
    let (client, incoming) = edgeward_mqtt::connect(stream, options)
        .await
        .with_context(|| format!("light agent {number}"))?;
    let light = Light {
        number,
        agent: identity.agent,
        run,
        client,
    };
    Ok((light, incoming))
}

/// Says that it has done what it is ordered; whether somebody may order it is not looked at.
async fn obey(light: Arc<Light>, payload: Bytes) {
    // An agent that cannot say so any more is missed by whoever waits for it.
    let _lost = light.carry_out(&payload).await;
}

impl Light {
    async fn carry_out(&self, payload: &[u8]) -> Result<()> {
        // A hail is no command.
        let Ok(signed) = serde_json::from_slice::<SignedCommand>(payload) else {
            return Ok(());
        };
        let command: Command = serde_json::from_slice(&signed.payload)?;
        let number = command.number;
        match command.body {
            Body::Act { action, .. } => {
                self.step(action, Step::Accepted).await?;
                let running = Step::Running {
                    change: Some("7".to_owned()),
                    label: "Download snap \"hello\" (2) from channel \"latest/stable\"".to_owned(),
                    done: 1,
                    total: 3,
                };
                self.step(action, running).await?;
                let result = Value::Null;
                self.step(action, Step::Done { result }).await
            }
            Body::Adopt(membership) => {
                let outcome = Outcome::Done;
                self.report(Report::Outcome { number, outcome }).await?;
                self.say_hello(Some(membership), number).await
            }
            Body::Release
            | Body::OpenTunnel { .. }
            | Body::CancelAct { .. }
            | Body::Host(_)
            | Body::PlaceKey { .. } => Ok(()),
        }
    }

    async fn subscribe(&self) -> Result<()> {
        let command = Topic::Down(self.agent, Down::Command).to_string();
        let tunnel = Topic::Down(self.agent, Down::Tunnel).to_string();
        let hail = Topic::Hail.to_string();
        let filters = [
            (command.as_str(), QoS::AtLeastOnce),
            (&tunnel, QoS::AtMostOnce),
            (&hail, QoS::AtMostOnce),
        ];
        for outcome in self.client.subscribe(&filters).await? {
            ensure!(
                matches!(outcome, SubscribeOutcome::Granted(_)),
                "a light agent may not subscribe: {outcome:?}"
            );
        }
        Ok(())
    }

    async fn say_hello(&self, membership: Option<Membership>, last_command: u64) -> Result<()> {
        self.client.publish(self.status()?, Lane::Control).await?;
        self.report(Report::Hello(Box::new(Hello {
            run: self.run,
            facts: identities::facts(self.number),
            membership,
            last_command,
        })))
        .await
    }

    async fn report(&self, report: Report) -> Result<()> {
        self.send(serde_json::to_vec(&report)?.into()).await
    }

    async fn send(&self, payload: Bytes) -> Result<()> {
        let publish = Publish {
            topic: self.topic(Up::Report),
            payload,
            qos: QoS::AtLeastOnce,
            retain: false,
        };
        Ok(self.client.publish(publish, Lane::Control).await?)
    }

    async fn step(&self, action: ActionId, step: Step) -> Result<()> {
        self.report(Report::Action(ActionReport { action, step }))
            .await
    }

    fn status(&self) -> Result<Publish> {
        Ok(Publish {
            topic: self.topic(Up::Status),
            payload: status(State::Online, self.run)?.into(),
            qos: QoS::AtMostOnce,
            retain: false,
        })
    }

    fn topic(&self, channel: Up) -> Arc<str> {
        Topic::Up(self.agent, channel).to_string().into()
    }
}

fn status(state: State, run: u64) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec(&Status {
        state,
        run,
        heartbeat_s: HEARTBEAT_S,
    })?)
}
