//! A control plane without a database: a real broker, a certificate authority, a key for commands, and an ear for reports.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use edgeward_agent::state::{Identity, ServerTrust, StateDir};
use edgeward_ids::{ActionId, AgentId};
use edgeward_mqtt::{Client, Lane, Options, Protocol, Publish, QoS};
use edgeward_pki::{Authority, CommandSigner, DeviceKey};
use edgeward_testkit::eventually;
use edgeward_testkit::mosquitto::{Mosquitto, MosquittoOptions};
use edgeward_testkit::process::{Process, Program};
use edgeward_testkit::snapd::{Device as SnapdDevice, SimSnap, SimulatedSnapd};
use edgeward_wire::action::{ActionRequest, Step};
use edgeward_wire::command::{Body, Command, SignedCommand};
use edgeward_wire::report::Report;
use edgeward_wire::topic::{ALL_UP, Down, Topic, Up};
use tempfile::TempDir;
use tokio::net::TcpStream;

pub const LIMIT: Duration = Duration::from_secs(60);

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long to wait for a word before a command is sent again: an agent that is just starting does not hear it.
const AGAIN: Duration = Duration::from_millis(500);

pub struct Plane {
    broker: Mosquitto,
    authority: Authority,
    signer: CommandSigner,
    client: Client,
    heard: Arc<Mutex<BTreeMap<ActionId, Vec<Step>>>>,
}

impl Plane {
    pub async fn start() -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST).await
    }

    /// With the broker at this address.
    pub async fn start_at(address: Ipv4Addr) -> Self {
        edgeward_pki::install_provider();
        let now = SystemTime::now();
        let authority = Authority::generate("test", now).unwrap();
        let server = authority
            .issue_server(&[address.to_string()], 30 * DAY, now)
            .unwrap();
        let broker = Mosquitto::start(MosquittoOptions {
            client_ca_pem: authority.certificate_pem().to_owned(),
            certificate_pem: server.certificate_pem,
            key_pem: server.key_pem,
            control_plane_user: "plane".into(),
            control_plane_password: "secret".into(),
            address,
        })
        .await
        .unwrap();
        let stream = TcpStream::connect(broker.plain_address()).await.unwrap();
        let options = Options {
            protocol: Protocol::V5,
            client_id: "plane".into(),
            username: Some("plane".into()),
            password: Some("secret".into()),
            keep_alive_s: 30,
            clean_session: true,
            will: None,
            max_packet_bytes: 1 << 20,
            connect_timeout: LIMIT,
        };
        let (client, mut incoming) = edgeward_mqtt::connect(stream, options).await.unwrap();
        let heard: Arc<Mutex<BTreeMap<ActionId, Vec<Step>>>> = Arc::default();
        let ear = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok(received) = incoming.next().await {
                let topic = received.topic.parse::<Topic>();
                if !matches!(topic, Ok(Topic::Up(_, Up::Report))) {
                    continue;
                }
                if let Ok(Report::Action(report)) = serde_json::from_slice(&received.payload) {
                    let mut heard = ear.lock().unwrap();
                    heard.entry(report.action).or_default().push(report.step);
                }
            }
        });
        client
            .subscribe(&[(ALL_UP, QoS::AtLeastOnce)])
            .await
            .unwrap();
        Self {
            broker,
            authority,
            signer: CommandSigner::generate().unwrap(),
            client,
            heard,
        }
    }

    /// What a device has that has joined as this agent.
    pub fn identity(&self, agent: AgentId) -> Identity {
        let key = DeviceKey::generate().unwrap();
        let request = key.signing_request(&agent.to_string()).unwrap();
        let issued = self
            .authority
            .issue_device(&request, &agent.to_string(), 30 * DAY, SystemTime::now())
            .unwrap();
        let address = self.broker.tls_address().to_string();
        Identity {
            agent,
            certificate: issued.pem,
            key: key.to_pem(),
            trust: ServerTrust::Authority(self.authority.certificate_pem().to_owned()),
            mqtt: vec![address.clone()],
            enrolment: vec![address],
            command_key: self.signer.public_key_base64(),
        }
    }

    pub fn steps(&self, action: ActionId) -> Vec<Step> {
        let heard = self.heard.lock().unwrap();
        heard.get(&action).cloned().unwrap_or_default()
    }

    pub fn forget(&self, action: ActionId) {
        self.heard.lock().unwrap().remove(&action);
    }

    /// Waits for a word about an action.
    pub async fn until(
        &self,
        action: ActionId,
        what: &str,
        wanted: impl Fn(&Step) -> bool,
    ) -> Step {
        eventually(what, LIMIT, async || {
            let steps = self.steps(action);
            let found = steps.iter().rev().find(|step| wanted(step)).cloned();
            found.ok_or_else(|| format!("{steps:?}"))
        })
        .await
        .unwrap()
    }

    pub async fn end(&self, action: ActionId, what: &str) -> Step {
        let over = |step: &Step| !matches!(step, Step::Accepted | Step::Running { .. });
        self.until(action, what, over).await
    }

    /// Has the device do this, saying so until there is a word about it.
    pub async fn act(&self, agent: AgentId, action: ActionId, request: &ActionRequest) {
        let body = Body::Act {
            action,
            request: request.clone(),
            not_after_us: i64::MAX,
        };
        let deadline = tokio::time::Instant::now() + LIMIT;
        while self.steps(action).is_empty() {
            assert!(tokio::time::Instant::now() < deadline, "nobody answers");
            self.command(agent, body.clone()).await;
            let word = eventually("a word", AGAIN, async || {
                let steps = self.steps(action);
                if steps.is_empty() {
                    Err("none")
                } else {
                    Ok(())
                }
            });
            let _not_yet = word.await;
        }
    }

    pub async fn command(&self, agent: AgentId, body: Body) {
        let now_us = i64::try_from(edgeward_runtime::now_micros()).unwrap();
        let payload = serde_json::to_vec(&Command {
            agent,
            // Later commands have higher numbers.
            number: edgeward_runtime::now_micros(),
            expires_at_us: now_us + 300_000_000,
            body,
        })
        .unwrap();
        let signature = self.signer.sign(&SignedCommand::signed_bytes(&payload));
        let signed = SignedCommand { payload, signature };
        let publish = Publish {
            topic: Topic::Down(agent, Down::Command).to_string().into(),
            payload: serde_json::to_vec(&signed).unwrap().into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        };
        self.client.publish(publish, Lane::Control).await.unwrap();
    }
}

/// A device with a simulated snapd and the agent's program.
pub struct Device<'a> {
    plane: &'a Plane,
    folder: TempDir,
    pub snapd: SimulatedSnapd,
    agent: AgentId,
}

impl<'a> Device<'a> {
    /// One that has joined, with snaps `alpha` (1.0, and 1.1 is out) and `beta`; `gamma` can be had.
    pub fn new(plane: &'a Plane) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let snapd = SimulatedSnapd::start(SnapdDevice {
            snaps: vec![SimSnap::new("alpha"), SimSnap::new("beta")],
            ..SnapdDevice::default()
        })
        .unwrap();
        let control = snapd.control();
        control.publish("alpha", "latest/stable", "1.1", "2");
        control.publish("gamma", "latest/stable", "2.0", "7");
        let config = format!("snapd: {{socket: {}}}\n", snapd.socket().display());
        std::fs::write(folder.path().join("agent.yaml"), config).unwrap();
        let agent = AgentId::generate();
        let identity = plane.identity(agent);
        let state = StateDir::new(folder.path().join("state"));
        state.claim().unwrap().write_identity(&identity).unwrap();
        Self {
            plane,
            folder,
            snapd,
            agent,
        }
    }

    /// Has the device do this, saying so until there is a word about it.
    pub async fn act(&self, action: ActionId, request: &ActionRequest) {
        self.plane.act(self.agent, action, request).await;
    }

    pub fn state_dir(&self) -> StateDir {
        StateDir::new(self.folder.path().join("state"))
    }

    pub fn run(&self) -> Process {
        Program::at(env!("CARGO_BIN_EXE_edgeward-agent"))
            .arg("run")
            .arg("--config")
            .arg(self.folder.path().join("agent.yaml"))
            .arg("--state-dir")
            .arg(self.folder.path().join("state"))
            .start(self.folder.path().join("log"))
            .unwrap()
    }
}
