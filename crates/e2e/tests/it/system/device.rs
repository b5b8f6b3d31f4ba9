//! A device with the agent's program on it, here or in a network of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use edgeward_api::agent::Presence;
use edgeward_ids::{AgentId, ServiceId};
use edgeward_testkit::netns::Namespace;
use edgeward_testkit::process::{Process, Program};

use super::System;
use super::plane::built;

/// What the one service of such a device is called.
pub const OFFER: &str = "web";

/// The agent's program as it ships.
pub fn program() -> PathBuf {
    built("agent/edgeward-agent")
}

/// A device that has joined.
pub struct Device<'a> {
    folder: PathBuf,
    namespace: Option<&'a Namespace>,
}

impl<'a> Device<'a> {
    /// Joins with a new token, and offers this service.
    pub async fn join(
        system: &System,
        service: SocketAddr,
        namespace: Option<&'a Namespace>,
    ) -> Self {
        let config = format!("services:\n  - name: {OFFER}\n    url: http://{service}\n");
        Self::join_as(system, &config, namespace).await
    }

    /// Joins with a new token, and speaks to the snapd that listens here.
    pub async fn join_with_snapd(system: &System, socket: &Path) -> Self {
        let config = format!("snapd:\n  socket: {}\n", socket.display());
        Self::join_as(system, &config, None).await
    }

    /// Has not joined: speaks to the snapd that listens here, and knows where the control plane is and by what to believe it.
    pub async fn told_where(system: &System, socket: &Path) -> Self {
        let token = system.token(1, 600).await;
        let config = format!(
            "snapd:\n  socket: {}\ncontrol_plane:\n  address: {}\n  ca_fingerprint: {}\n",
            socket.display(),
            system.agent_port,
            token.ca_fingerprint
        );
        Self::with_config(system, &config, None)
    }

    fn with_config(system: &System, config: &str, namespace: Option<&'a Namespace>) -> Self {
        let folder = system.folder.path().join(edgeward_pki::random_text());
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("agent.yaml"), config).unwrap();
        Self { folder, namespace }
    }

    /// Joins with a new token, and has this configuration.
    pub async fn join_as(system: &System, config: &str, namespace: Option<&'a Namespace>) -> Self {
        let token = system.token(1, 600).await.to_string();
        let device = Self::with_config(system, config, namespace);
        let join = device.command("join").arg(token);
        let joined = tokio::task::spawn_blocking(|| join.output());
        joined.await.unwrap().unwrap();
        device
    }

    /// `edgeward-agent <word>` with this device's files.
    pub fn command(&self, word: &str) -> Program {
        self.with_files(Program::at(program()).arg(word))
    }

    fn with_files(&self, program: Program) -> Program {
        let file = |name: &str| self.folder.join(name).into_os_string();
        let program = program
            .arg("--config")
            .arg(file("agent.yaml"))
            .arg("--state-dir")
            .arg(file("state"));
        match self.namespace {
            Some(namespace) => program.inside(namespace),
            None => program,
        }
    }

    /// Starts the agent.
    pub fn run(&self) -> Process {
        self.command("run").start(self.folder.join("log")).unwrap()
    }

    /// Starts the agent with a clock that is off by so much, such as `+1d`.
    pub fn run_at(&self, offset: &str) -> Process {
        let program = Program::debian("faketime", "faketime")
            .args(["-f", offset])
            .arg(program())
            .arg("run")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1");
        let log = self.folder.join(format!("log{offset}"));
        self.with_files(program).start(log).unwrap()
    }

    /// Where the agent keeps its state.
    pub fn state_dir(&self) -> PathBuf {
        self.folder.join("state")
    }
}

/// The one agent that has joined, adopted, and its one service.
pub async fn adopted(system: &System) -> (AgentId, ServiceId) {
    let agents = system.client.agents(&Default::default()).await.unwrap();
    let id = agents.items[0].id;
    system.wait_presence(id, Presence::Online).await;
    system.adopt(id, "press").await;
    (id, system.online_service(id, OFFER).await.id)
}
