//! A control plane of its own process, and its operator.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use edgeward_api::agent::{AgentFilter, Presence};
use edgeward_api::token::JoinTokenRequest;
use edgeward_client::{Client, Options};
use edgeward_ids::AgentId;
use edgeward_pki::tls::Trust;
use edgeward_testkit::process::{Process, Program};

use crate::way::Station;

/// How long anything may take to start.
pub const START_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a join token lives, in seconds.
const TOKEN_LIFETIME_S: u64 = 3600;

/// Time between two looks at presence, which bounds the error of start-up times.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What a control plane is told beside its folder.
#[derive(Clone, Copy, Default)]
pub struct Setup<'a> {
    /// Where its database is; in its folder unless said.
    pub database_url: Option<&'a str>,
    /// A YAML file with more.
    pub config: Option<&'a Path>,
}

/// A running control plane; it ends when dropped.
pub struct ControlPlane {
    process: Process,
    /// Where its page and REST are.
    pub url: String,
    /// The operator's bearer token.
    pub token: String,
    /// The operator.
    pub client: Client,
}

impl ControlPlane {
    /// Starts one with its data in this folder, which may have some from before.
    pub async fn start(program: &Path, folder: &Path) -> Result<Self> {
        Self::start_as(program, folder, Setup::default()).await
    }

    /// Starts one that is told this.
    pub async fn start_as(program: &Path, folder: &Path, setup: Setup<'_>) -> Result<Self> {
        let data = folder.join("data");
        let log = folder.join("control-plane.log");
        // A line of an earlier start must not be taken for this one's.
        std::fs::write(&log, "")?;
        let mut program = Program::at(program)
            .args(["up", "--listen", "127.0.0.1:0"])
            .args(["--agent-listen", "127.0.0.1:0", "--log", "warn"])
            .arg("--data-dir")
            .arg(data.as_os_str());
        if let Some(url) = setup.database_url {
            program = program.env("EDGEWARD_DATABASE_URL", url);
        }
        if let Some(file) = setup.config {
            program = program.arg("--config").arg(file.as_os_str());
        }
        let process = program.start(log)?;
        process
            .wait_for_line("Stop with Ctrl-C", START_TIMEOUT)
            .await?;
        let operator: serde_json::Value =
            serde_json::from_slice(&std::fs::read(data.join("operator.json"))?)?;
        let field = |name: &str| {
            let text = operator[name].as_str().map(str::to_owned);
            text.with_context(|| format!("operator.json has no \"{name}\""))
        };
        let url = field("url")?.replace("localhost", "127.0.0.1");
        let token = field("token")?;
        let client = Client::new(Options {
            server: url.clone(),
            token: Some(token.clone()),
            trust: Trust::PublicRoots,
        })?;
        Ok(Self {
            process,
            url,
            token,
            client,
        })
    }

    /// Makes a join token for so many devices.
    pub async fn join_token(&self, uses: u32) -> Result<String> {
        let request = JoinTokenRequest {
            uses,
            expires_in_s: TOKEN_LIFETIME_S,
            project_id: None,
            organisation_id: None,
        };
        Ok(self.client.create_join_token(&request).await?.text)
    }

    /// Waits until an agent is online, and gives the first.
    pub async fn first_online(&self, limit: Duration) -> Result<AgentId> {
        let began = Instant::now();
        loop {
            if let Some(agent) = self.online().await? {
                return Ok(agent);
            }
            ensure!(began.elapsed() < limit, "no agent came online");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until no agent is online.
    pub async fn nobody_online(&self, limit: Duration) -> Result<()> {
        let began = Instant::now();
        while self.online().await?.is_some() {
            ensure!(began.elapsed() < limit, "an agent stayed online");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Its process.
    pub fn station(&self) -> Station {
        Station {
            name: "control plane",
            pid: self.process.pid(),
        }
    }

    /// Ends it in good order.
    pub async fn stop(self) -> Result<()> {
        self.process.terminate();
        self.process.wait_for_end(START_TIMEOUT).await?;
        Ok(())
    }

    async fn online(&self) -> Result<Option<AgentId>> {
        let filter = AgentFilter {
            presence: Some(Presence::Online),
            ..AgentFilter::default()
        };
        let agents = self.client.agents(&filter).await?.items;
        Ok(agents.first().map(|agent| agent.id))
    }
}
