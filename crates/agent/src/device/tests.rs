//! A whole agent on a device whose snapd hangs, and its leaving, over a real broker.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use edgeward_ids::AgentId;
use edgeward_mqtt::{Client, Options, Protocol, QoS};
use edgeward_pki::{Authority, CommandSigner, DeviceKey};
use edgeward_snapd::SnapOp;
use edgeward_testkit::eventually;
use edgeward_testkit::mosquitto::{Mosquitto, MosquittoOptions};
use edgeward_testkit::snapd::{Behaviour, Device, SimulatedSnapd};
use edgeward_wire::report::Report;
use edgeward_wire::topic::{Topic, Up};
use serde_json::Value;
use tokio::net::TcpStream;

use super::*;
use crate::app::{Agent, AgentOptions};
use crate::config::{Cure, WatchdogConfig};
use crate::state::{Identity, ServerTrust, StateDir};
use crate::{changes, unregister};

const LIMIT: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A control plane that only listens.
struct Plane {
    _broker: Mosquitto,
    _client: Client,
    /// All that devices have said, in order.
    said: Arc<Mutex<Vec<(Up, Value)>>>,
    identity: Identity,
}

impl Plane {
    async fn start() -> Self {
        let now = SystemTime::now();
        let authority = Authority::generate("test", now).unwrap();
        let server = authority
            .issue_server(&["127.0.0.1".to_owned()], DAY, now)
            .unwrap();
        let broker = Mosquitto::start(MosquittoOptions {
            client_ca_pem: authority.certificate_pem().to_owned(),
            certificate_pem: server.certificate_pem,
            key_pem: server.key_pem,
            control_plane_user: "plane".to_owned(),
            control_plane_password: "x".to_owned(),
            address: Ipv4Addr::LOCALHOST,
        })
        .await
        .unwrap();
        let agent = AgentId::generate();
        let key = DeviceKey::generate().unwrap();
        let request = key.signing_request(&agent.to_string()).unwrap();
        let issued = authority
            .issue_device(&request, &agent.to_string(), 30 * DAY, now)
            .unwrap();
        let address = broker.tls_address().to_string();
        let identity = Identity {
            agent,
            certificate: issued.pem,
            key: key.to_pem(),
            trust: ServerTrust::Authority(authority.certificate_pem().to_owned()),
            mqtt: vec![address.clone()],
            enrolment: vec![address],
            command_key: CommandSigner::generate().unwrap().public_key_base64(),
        };
        let said = Arc::default();
        let client = listen(&broker, Arc::clone(&said)).await;
        Self {
            _broker: broker,
            _client: client,
            said,
            identity,
        }
    }

    fn said(&self) -> Vec<(Up, Value)> {
        self.said.lock().unwrap().clone()
    }

    /// The steps that the watchdog has told of.
    fn steps(&self) -> Vec<String> {
        let events =
            self.said().into_iter().filter_map(|(_, message)| {
                match serde_json::from_value(message) {
                    Ok(Report::Event(event)) => Some(event),
                    _ => None,
                }
            });
        events
            .map(|event| event.data["step"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn listen(broker: &Mosquitto, said: Arc<Mutex<Vec<(Up, Value)>>>) -> Client {
    let stream = TcpStream::connect(broker.plain_address()).await.unwrap();
    let options = Options {
        protocol: Protocol::V5,
        client_id: "plane".to_owned(),
        username: Some("plane".to_owned()),
        password: Some("x".to_owned()),
        keep_alive_s: 30,
        clean_session: true,
        will: None,
        max_packet_bytes: 1 << 20,
        connect_timeout: LIMIT,
    };
    let (client, mut incoming) = edgeward_mqtt::connect(stream, options).await.unwrap();
    tokio::spawn(async move {
        while let Ok(received) = incoming.next().await {
            let Ok(Topic::Up(_, up)) = received.topic.parse() else {
                continue;
            };
            let message = serde_json::from_slice(&received.payload).unwrap_or_default();
            said.lock().unwrap().push((up, message));
        }
    });
    let all = [("edgeward/v1/agents/+/up/#", QoS::AtLeastOnce)];
    client.subscribe(&all).await.unwrap();
    client
}

#[tokio::test]
async fn a_change_that_hangs_is_told_before_the_device_restarts() {
    let plane = Plane::start().await;
    let snapd = SimulatedSnapd::start(Device::default()).unwrap();
    let control = snapd.control();
    control.publish("gamma", "latest/stable", "2.0", "7");
    control.on_snap("install", "gamma", Behaviour::Stuck);
    let change = Snapd::new(snapd.socket())
        .snap_op("gamma", &SnapOp::Install { channel: None })
        .await
        .unwrap();
    // Its birth lies back as far as the watchdog will have seen it.
    control.backdate(change.number().unwrap(), LIMIT);
    let dir = tempfile::tempdir().unwrap();
    let state_dir = dir.path().join("state");
    let claim = StateDir::new(&state_dir).claim().unwrap();
    claim.write_identity(&plane.identity).unwrap();
    drop(claim);
    let second = Duration::from_secs(1);
    let config = Config {
        snapd_socket: Some(snapd.socket().to_owned()),
        watchdog: WatchdogConfig {
            limit: second,
            patience: second,
            cure: vec![Cure::Abort, Cure::RestartDevice],
            // The simulated snapd restarts nothing, and this machine is not meant either.
            restart_command: vec!["true".to_owned()],
            ..WatchdogConfig::default()
        },
        ..Config::default()
    };
    let handle = Agent::start(AgentOptions {
        state_dir: state_dir.clone(),
        config,
    })
    .unwrap();
    eventually("the restart", LIMIT, async || {
        if control.reboots() == 1 {
            Ok(())
        } else {
            Err(plane.steps().join(", "))
        }
    })
    .await
    .unwrap();
    let steps = plane.steps();
    assert_eq!(steps[..2], ["abort", "restart-device"]);
    let document = state_dir.join(format!("snap_changes_{change}.json"));
    let text = std::fs::read_to_string(document).unwrap();
    assert!(text.contains("gamma"), "{text}");
    let kept = changes::read(&state_dir.join("changes.db"), None).unwrap();
    assert_eq!(kept[0].id, change.to_string());
    handle.stop().await;
    assert_eq!(control.reboots(), 1);
}

#[tokio::test]
async fn a_device_that_leaves_for_good_says_so_and_is_gone() {
    let plane = Plane::start().await;
    unregister::tell(&plane.identity).await.unwrap();
    eventually("the good-bye", LIMIT, async || {
        let said = plane.said();
        let left = serde_json::json!({"report": "unregister"});
        match said.as_slice() {
            [(Up::Report, report), (Up::Status, status), ..]
                if *report == left && status["state"] == "offline" =>
            {
                Ok(())
            }
            _ => Err(format!("{said:?}")),
        }
    })
    .await
    .unwrap();
}
