//! A device with a valid certificate that tries what it may not: it is refused, that is counted, and nobody else notices.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use edgeward_agent::state::{Identity, StateDir};
use edgeward_api::agent::Presence;
use edgeward_client::ClientError;
use edgeward_ids::AgentId;
use edgeward_mqtt::{
    Client, ConnectError, Incoming, Lane, Options, Protocol, Publish, QoS, SubscribeOutcome, Will,
};
use edgeward_testkit::eventually;
use edgeward_testkit::services::Service;
use edgeward_tunnel::{Limits, Outlet, OutletClosed};
use edgeward_wire::command::{Body, Command, SignedCommand};
use edgeward_wire::frame::DataBuffer;
use edgeward_wire::report::{Facts, Hello, MAX_REPORT_BYTES, Report, State};
use edgeward_wire::topic::{Down, Topic, Up};
use http::StatusCode;
use tokio::io::AsyncWriteExt as _;

use crate::raw::{self, publish};
use crate::system::{Broker, Joined, LIMIT, OPERATORS_OWN, Parts, System, with_both_parts, within};
use crate::transfers::Transfers;

with_both_parts! {
    a_foreign_client_id_or_will,
    foreign_topics,
    bad_and_oversized_messages,
    ten_thousand_stream_openings,
}

/// How many streams a hostile device opens towards the control plane, and how many sessions it makes up.
const OPENINGS: u64 = 10_000;

/// How many messages that mean nothing it sends.
const NONSENSE: usize = 200;

/// More than may be under way between the neighbour's service and whoever reads.
const MORE_THAN_BUFFERS: u64 = 32 * 1024 * 1024;

/// What counts connections, messages and topics that were refused.
const REFUSALS: &str = "edgeward_agent_refusals_total";

/// A neighbour at work, and a device whose identity is in the wrong hands.
struct Scene {
    system: System,
    neighbour: Joined,
    work: Transfers,
    _service: Service,
    hostile: Identity,
}

impl Scene {
    async fn set(parts: Parts) -> Self {
        let service = Service::start().await.unwrap();
        let system = System::start(parts).await;
        let (neighbour, ids) = system.managed("good", &[("web", service.address())]).await;
        let (bad, _) = system.managed("bad", &[("web", service.address())]).await;
        let hostile = StateDir::new(&bad.state_dir).read_identity();
        let hostile = hostile.unwrap().expect("it has joined");
        bad.handle.stop().await;
        system.wait_presence(bad.id, Presence::Offline).await;
        let work = Transfers::start(&system, ids[0]).await;
        Self {
            system,
            neighbour,
            work,
            _service: service,
            hostile,
        }
    }

    /// The neighbour was there all the time, and its transfers go on.
    async fn nobody_noticed(mut self) {
        let neighbour = self.system.client.agent(self.neighbour.id).await.unwrap();
        assert_eq!(neighbour.presence, Presence::Online);
        self.work.go_on(MORE_THAN_BUFFERS).await;
    }

    fn topic(&self, agent: AgentId, up: Up) -> Arc<str> {
        Topic::Up(agent, up).to_string().into()
    }

    fn options(&self) -> Options {
        raw::options(self.hostile.agent)
    }

    async fn connect(&self, options: Options) -> Result<(Client, Incoming), ConnectError> {
        raw::connect(&self.hostile, options).await
    }

    /// The sum of this counter over its labels.
    async fn counted(&self, name: &str) -> f64 {
        let url = format!("http://{}/metrics", self.system.console);
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let counts = text.lines().filter(|line| line.starts_with(name));
        counts
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    async fn counts_more(&self, name: &str, than: f64) {
        eventually(
            &format!("more than {than} {name}"),
            LIMIT,
            async || match self.counted(name).await {
                now if now > than => Ok(()),
                now => Err(now),
            },
        )
        .await
        .unwrap();
    }
}

async fn a_foreign_client_id_or_will(parts: Parts) {
    let scene = Scene::set(parts).await;
    let before = scene.counted(REFUSALS).await;
    let foreign_id = Options {
        client_id: scene.neighbour.id.to_string(),
        ..scene.options()
    };
    let foreign_will = Options {
        will: Some(Will {
            topic: scene.topic(scene.neighbour.id, Up::Status).to_string(),
            payload: raw::status(State::Offline).into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        }),
        ..scene.options()
    };
    for options in [foreign_id, foreign_will] {
        let connected = within("an answer", LIMIT, scene.connect(options)).await;
        match parts.broker {
            Broker::Embedded => assert!(connected.is_err(), "it was let in"),
            // mosquitto puts the certificate's name in the place of the client id, and does not publish such a will.
            Broker::Mosquitto => drop(connected),
        }
    }
    if parts.broker == Broker::Embedded {
        scene.counts_more(REFUSALS, before + 1.0).await;
    }
    scene.nobody_noticed().await;
}

async fn foreign_topics(parts: Parts) {
    let scene = Scene::set(parts).await;
    let neighbour = scene.neighbour.id;
    let foreign: [(Arc<str>, Vec<u8>); 5] = [
        (
            scene.topic(neighbour, Up::Status),
            raw::status(State::Offline),
        ),
        (scene.topic(neighbour, Up::Tunnel), vec![0; 64]),
        (scene.topic(neighbour, Up::Report), b"{}".to_vec()),
        (
            Topic::Down(neighbour, Down::Command).to_string().into(),
            b"{}".to_vec(),
        ),
        (Topic::Hail.to_string().into(), Vec::new()),
    ];
    let before = scene.counted(REFUSALS).await;
    for (topic, payload) in &foreign {
        let (client, mut incoming) = scene.connect(scene.options()).await.unwrap();
        client
            .publish(publish(topic, payload.clone()), Lane::Bulk)
            .await
            .unwrap();
        if parts.broker == Broker::Embedded {
            within("being thrown out", LIMIT, incoming.next())
                .await
                .unwrap_err();
        }
    }
    let (client, mut incoming) = scene.connect(scene.options()).await.unwrap();
    let filters = [
        "#".to_owned(),
        "edgeward/v1/agents/+/down/+".to_owned(),
        Topic::Down(neighbour, Down::Tunnel).to_string(),
        Topic::Up(neighbour, Up::Tunnel).to_string(),
    ];
    for filter in &filters {
        let outcome = client.subscribe(&[(filter, QoS::AtMostOnce)]).await;
        if parts.broker == Broker::Embedded {
            let outcome = outcome.unwrap();
            assert!(
                matches!(outcome[..], [SubscribeOutcome::Refused(_)]),
                "{filter}: {outcome:?}"
            );
        }
    }
    // The neighbour is at work: there would be much to hear.
    let heard = tokio::time::timeout(Duration::from_millis(500), incoming.next()).await;
    assert!(heard.is_err(), "it overheard {heard:?}");
    if parts.broker == Broker::Embedded {
        scene.counts_more(REFUSALS, before + 4.0).await;
    }
    scene.nobody_noticed().await;
}

async fn bad_and_oversized_messages(parts: Parts) {
    let scene = Scene::set(parts).await;
    let own = |up| scene.topic(scene.hostile.agent, up);
    let unreadable = "edgeward_unreadable_messages_total";
    let before = scene.counted(unreadable).await;
    let (client, _incoming) = scene.connect(scene.options()).await.unwrap();
    for number in 0..NONSENSE {
        let nonsense = edgeward_pki::random_bytes::<64>()[..number % 64].to_vec();
        for up in [Up::Tunnel, Up::Report, Up::Status] {
            let sent = client.publish(publish(&own(up), nonsense.clone()), Lane::Bulk);
            sent.await.unwrap();
        }
    }
    scene.counts_more(unreadable, before).await;

    let before = scene.counted(REFUSALS).await;
    for up in [Up::Tunnel, Up::Report, Up::Status] {
        // By MQTT 5 the broker would say what is too large, and our client would keep to it.
        let options = Options {
            protocol: Protocol::V3_1_1,
            ..scene.options()
        };
        let (client, mut incoming) = scene.connect(options).await.unwrap();
        let large = vec![b'x'; 2 * MAX_REPORT_BYTES];
        let sent = client.publish(publish(&own(up), large), Lane::Bulk).await;
        if parts.broker == Broker::Embedded {
            sent.unwrap();
            within("being thrown out", LIMIT, incoming.next())
                .await
                .unwrap_err();
        }
    }
    if parts.broker == Broker::Embedded {
        scene.counts_more(REFUSALS, before + 2.0).await;
    }
    scene.nobody_noticed().await;
}

/// There, nobody but the agents themselves says where connections come from.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_identity_is_noticed_at_an_operators_own_broker() {
    let scene = Scene::set(OPERATORS_OWN).await;
    let clashes = "edgeward_identity_clashes_total";
    let report = scene.topic(scene.hostile.agent, Up::Report);
    let (here, there) = ("192.0.2.1", "198.51.100.2");
    let come = async |run: u64, local_address: &str| {
        let (client, incoming) = scene.connect(scene.options()).await.unwrap();
        let hello = Report::Hello(Box::new(Hello {
            run,
            facts: Facts {
                local_address: local_address.to_owned(),
                ..Facts::default()
            },
            membership: None,
            last_command: 0,
        }));
        let hello = Publish {
            qos: QoS::AtLeastOnce,
            ..publish(&report, serde_json::to_vec(&hello).unwrap())
        };
        client.publish(hello, Lane::Control).await.unwrap();
        (client, incoming)
    };
    let before = scene.counted(clashes).await;
    // A device that moves and comes back is none, however often it says hello: the fourth is one too many.
    let _first = come(1, here).await;
    let _moved = come(2, there).await;
    let _the_same = come(2, there).await;
    let _back = come(3, here).await;
    let _copy = come(4, there).await;
    scene.counts_more(clashes, before).await;
    assert_eq!(scene.counted(clashes).await, before + 1.0);
    scene.nobody_noticed().await;
}

/// Frames as the agent sends them.
struct TopicOutlet {
    client: Client,
    topic: Arc<str>,
}

impl Outlet for TopicOutlet {
    async fn send(&mut self, frame: Bytes) -> Result<(), OutletClosed> {
        let sent = self.client.publish(publish(&self.topic, frame), Lane::Bulk);
        sent.await.map_err(|_| OutletClosed)
    }
}

async fn ten_thousand_stream_openings(parts: Parts) {
    let scene = Scene::set(parts).await;
    let (client, mut incoming) = scene.connect(scene.options()).await.unwrap();
    let up = scene.topic(scene.hostile.agent, Up::Tunnel);

    // Sessions that nobody asked for.
    let dropped = "edgeward_tunnel_frames_dropped_total";
    let before = scene.counted(dropped).await;
    for session in 1..=OPENINGS {
        let frame = DataBuffer::default().seal(session, 0, false);
        let sent = client.publish(publish(&up, frame), Lane::Bulk);
        sent.await.unwrap();
    }
    scene.counts_more(dropped, before).await;

    // A session that was asked for, and streams in it that only the control plane may open.
    let command = Topic::Down(scene.hostile.agent, Down::Command).to_string();
    let down = Topic::Down(scene.hostile.agent, Down::Tunnel).to_string();
    let filters = [(&*command, QoS::AtLeastOnce), (&*down, QoS::AtMostOnce)];
    client.subscribe(&filters).await.unwrap();
    let status = scene.topic(scene.hostile.agent, Up::Status);
    let online = publish(&status, raw::status(State::Online));
    client.publish(online, Lane::Control).await.unwrap();
    let service = scene
        .system
        .online_service(scene.hostile.agent, "web")
        .await
        .id;
    let asked = scene.system.get(service, "/");
    let attack = async {
        let mut inlet = None;
        while let Ok(received) = incoming.next().await {
            if *received.topic == *command {
                let signed: SignedCommand = serde_json::from_slice(&received.payload).unwrap();
                let command: Command = serde_json::from_slice(&signed.payload).unwrap();
                let Body::OpenTunnel { session } = command.body else {
                    continue;
                };
                let outlet = TopicOutlet {
                    client: client.clone(),
                    topic: up.clone(),
                };
                let opened = edgeward_tunnel::open(session, Limits::default(), outlet);
                let (opened, mut stream, closed) = opened;
                inlet = Some(opened);
                tokio::spawn(async move {
                    // It ends when the control plane has had enough.
                    let _cut_off = stream.write_all(&openings()).await;
                    let _ended = stream.flush().await;
                    closed.await
                });
            } else if let Some(inlet) = &inlet {
                let _ended = inlet.deliver(received.payload);
            }
        }
    };
    let answer = tokio::select! {
        answer = within("an answer", LIMIT, asked) => answer,
        () = attack => panic!("the hostile device lost its connection"),
    };
    let Err(ClientError::Refused { status, .. }) = answer.map(|answer| answer.status) else {
        panic!("the attack was taken for an answer");
    };
    assert!(status == StatusCode::BAD_GATEWAY || status == StatusCode::SERVICE_UNAVAILABLE);
    scene.nobody_noticed().await;
}

/// HTTP/2 settings, and then request heads on streams that a server must not open.
fn openings() -> Vec<u8> {
    const SETTINGS: u8 = 4;
    const HEADERS: u8 = 1;
    const END_STREAM_AND_HEADERS: u8 = 5;
    /// `:method: GET` and `:path: /` of HPACK's static table.
    const BLOCK: [u8; 2] = [0x82, 0x84];
    let mut bytes = vec![0, 0, 0, SETTINGS, 0, 0, 0, 0, 0];
    for number in 1..=OPENINGS {
        bytes.extend([0, 0, 2, HEADERS, END_STREAM_AND_HEADERS]);
        bytes.extend(u32::try_from(number * 2).unwrap().to_be_bytes());
        bytes.extend(BLOCK);
    }
    bytes
}
