//! The agent's program killed, and its link cut, in the middle of a transfer: the transfer ends with an error, and then all is well again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edgeward_api::agent::Presence;
use edgeward_client::{ClientError, ProxyAnswer};
use edgeward_ids::{AgentId, ServiceId};
use edgeward_testkit::eventually;
use edgeward_testkit::faults::FaultProxy;
use edgeward_testkit::process::{Process, Program};
use edgeward_testkit::services::Service;
use http::StatusCode;

use crate::system::{Broker, Database, LIMIT, System, within};

/// How soon whoever reads learns that there is no more.
const END_LIMIT: Duration = Duration::from_secs(10);

/// How soon a request works once the agent is shown as online.
const AGAIN_LIMIT: Duration = Duration::from_secs(5);

/// How much of an endless body must have come before something happens.
const UNDER_WAY_BYTES: usize = 1024 * 1024;

/// The agent's program, which `cargo build -p edgeward-agent` puts two folders above this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("edgeward-agent");
    assert!(
        program.exists(),
        "{} is missing; run \"cargo build -p edgeward-agent\" first",
        program.display()
    );
    program
}

/// A device with the program on it, which has joined.
struct Device {
    folder: PathBuf,
}

impl Device {
    async fn join(system: &System, service: SocketAddr) -> Self {
        let folder = system.folder.path().join("device");
        std::fs::create_dir(&folder).unwrap();
        let config = format!("services:\n  - name: web\n    url: http://{service}\n");
        std::fs::write(folder.join("agent.yaml"), config).unwrap();
        let token = system.token(1, 600).await.to_string();
        let device = Self { folder };
        let join = device.command("join").arg(token);
        let joined = tokio::task::spawn_blocking(|| join.output());
        joined.await.unwrap().unwrap();
        device
    }

    fn command(&self, word: &str) -> Program {
        let file = |name: &str| Path::new(&self.folder).join(name).into_os_string();
        Program::at(program())
            .arg(word)
            .arg("--config")
            .arg(file("agent.yaml"))
            .arg("--state-dir")
            .arg(file("state"))
    }

    fn run(&self) -> Process {
        self.command("run").start(self.folder.join("log")).unwrap()
    }
}

/// The one agent that has joined, adopted, and its one service.
async fn adopted(system: &System) -> (AgentId, ServiceId) {
    let agents = system.client.agents(&Default::default()).await.unwrap();
    let id = agents.items[0].id;
    system.wait_presence(id, Presence::Online).await;
    system.adopt(id, "press").await;
    (id, system.online_service(id, "web").await.id)
}

/// An endless download of which some has come.
async fn under_way(system: &System, service: ServiceId) -> ProxyAnswer {
    let mut body = system.get(service, "/endless").await.unwrap();
    let mut come = 0;
    while come < UNDER_WAY_BYTES {
        let piece = within("a piece", LIMIT, body.next_piece()).await.unwrap();
        come += piece.expect("an endless body goes on").len();
    }
    body
}

/// The error with which a download that can go no further must end.
async fn broken_end(mut body: ProxyAnswer) {
    let end = async {
        loop {
            match body.next_piece().await {
                Ok(Some(_)) => {}
                other => return other,
            }
        }
    };
    let end = within("the end of the download", END_LIMIT, end).await;
    assert!(matches!(end, Err(ClientError::Broken { .. })), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_breaks_the_download_and_works_again_once_it_is_back() {
    let service = Service::start().await.unwrap();
    let system = System::start(Database::Sqlite, Broker::Embedded).await;
    let device = Device::join(&system, service.address()).await;
    let process = device.run();
    let (agent, web) = adopted(&system).await;

    let body = under_way(&system, web).await;
    process.kill();
    broken_end(body).await;
    system.wait_presence(agent, Presence::Offline).await;

    let _again = device.run();
    system.wait_presence(agent, Presence::Online).await;
    let answer = within("an answer", AGAIN_LIMIT, system.get(web, "/")).await;
    assert_eq!(answer.unwrap().status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_link_breaks_the_download_and_works_again_by_itself() {
    let service = Service::start().await.unwrap();
    // The link's far end is known once the control plane listens.
    let link = FaultProxy::start(service.address()).await.unwrap();
    let system = System::start_with(Database::Sqlite, Broker::Embedded, |config| {
        config.agent_port.addresses = vec![link.address().to_string()];
    })
    .await;
    link.retarget(system.running.agent_address);
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;

    let body = under_way(&system, ids[0]).await;
    assert!(link.cut() > 0, "the agent comes over this link");
    broken_end(body).await;

    let status = eventually("a request that works", LIMIT, async || {
        let answer = system.get(ids[0], "/").await.map_err(|e| e.to_string())?;
        Ok::<_, String>(answer.status)
    })
    .await
    .unwrap();
    assert_eq!(status, StatusCode::OK);
}
