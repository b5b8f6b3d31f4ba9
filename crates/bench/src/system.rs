//! The system that is measured: nginx, a control plane and one agent, each a process of its own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use edgeward_api::agent::{AdoptRequest, AgentFilter, Presence};
use edgeward_api::service::ServiceFilter;
use edgeward_api::token::JoinTokenRequest;
use edgeward_client::{Client, Options};
use edgeward_pki::tls::Trust;
use edgeward_testkit::nginx::Nginx;
use edgeward_testkit::process::{Process, Program};
use edgeward_testkit::{eventually, usage};

use crate::load::Target;

/// How long anything may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Time between two looks at the agent's presence, which bounds the error of the start-up time.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What runs.
pub struct System {
    nginx: Nginx,
    server: Process,
    agent: Process,
    agent_program: PathBuf,
    direct: String,
    tunnelled: String,
    token: String,
    large_file: PathBuf,
    /// From starting the agent until the control plane showed it online.
    pub online_after: Duration,
    _folder: tempfile::TempDir,
}

impl System {
    /// Starts everything.
    pub async fn start(edgeward: &Path, agent_program: &Path, large_bytes: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let nginx = Nginx::start(None).await?;
        nginx.add_file("small", b"{\"version\":\"1\"}")?;
        nginx.add_sparse_file("large", large_bytes)?;
        let large_file = folder.path().join("large");
        std::fs::File::create(&large_file)?.set_len(large_bytes)?;

        let data = folder.path().join("data");
        let server = Program::at(edgeward)
            .args([
                "up",
                "--listen",
                "127.0.0.1:0",
                "--agent-listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--data-dir",
            ])
            .arg(data.as_os_str())
            .start(folder.path().join("server.log"))?;
        server
            .wait_for_line("Stop with Ctrl-C", START_TIMEOUT)
            .await?;
        let operator: serde_json::Value =
            serde_json::from_slice(&std::fs::read(data.join("operator.json"))?)?;
        let field = |name: &str| {
            operator[name]
                .as_str()
                .map(str::to_owned)
                .context("operator.json is not as expected")
        };
        let (url, token) = (
            field("url")?.replace("localhost", "127.0.0.1"),
            field("token")?,
        );
        let client = Client::new(Options {
            server: url.clone(),
            token: Some(token.clone()),
            trust: Trust::PublicRoots,
        })?;

        let made = client
            .create_join_token(&JoinTokenRequest {
                uses: 1,
                expires_in_s: 600,
                project_id: None,
            })
            .await?;
        let (state, config) = (
            folder.path().join("agent"),
            folder.path().join("agent.yaml"),
        );
        std::fs::write(
            &config,
            format!(
                "services:\n  - name: web\n    url: http://{}\n",
                nginx.address()
            ),
        )?;
        let program = |word: &str| {
            Program::at(agent_program)
                .arg(word)
                .arg("--state-dir")
                .arg(state.as_os_str())
                .arg("--config")
                .arg(config.as_os_str())
        };
        program("join").arg(made.text.as_str()).output()?;
        let began = Instant::now();
        let agent = program("run").start(folder.path().join("agent.log"))?;
        let found = loop {
            let agents = client
                .agents(&AgentFilter {
                    presence: Some(Presence::Online),
                    ..AgentFilter::default()
                })
                .await?;
            if let Some(found) = agents.items.into_iter().next() {
                break found;
            }
            anyhow::ensure!(
                began.elapsed() < START_TIMEOUT,
                "the agent did not come online:\n{}",
                agent.log()
            );
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let online_after = began.elapsed();
        let place = client
            .organisations()
            .await?
            .items
            .into_iter()
            .next()
            .context("there is no organisation")?;
        let project = place.projects.first().context("there is no project")?;
        let request = AdoptRequest {
            name: "bench".parse()?,
            organisation_id: place.id,
            project_id: project.id,
        };
        client.adopt(found.id, &request).await?;
        let service = eventually("the service is there", START_TIMEOUT, || async {
            let services = client
                .services(&ServiceFilter::default())
                .await
                .map_err(|e| e.to_string())?;
            services
                .items
                .into_iter()
                .next()
                .ok_or_else(|| "none yet".to_owned())
        })
        .await?;
        let tunnelled = format!("{url}/api/v1/services/{}/proxy", service.id);
        eventually(
            "a request through the tunnel works",
            START_TIMEOUT,
            || async {
                let answer = std::process::Command::new("curl")
                    .args([
                        "-sS",
                        "--fail",
                        "-H",
                        &format!("Authorization: Bearer {token}"),
                        &format!("{tunnelled}/small"),
                    ])
                    .output()
                    .map_err(|e| e.to_string())?;
                if answer.status.success() {
                    Ok(())
                } else {
                    Err(String::from_utf8_lossy(&answer.stderr).into_owned())
                }
            },
        )
        .await?;
        let direct = format!("http://{}", nginx.address());
        Ok(Self {
            nginx,
            server,
            agent,
            agent_program: agent_program.to_owned(),
            direct,
            tunnelled,
            token,
            large_file,
            online_after,
            _folder: folder,
        })
    }

    /// The service itself.
    pub fn direct(&self) -> Target {
        Target {
            base: self.direct.clone(),
            header: None,
        }
    }

    /// The service through control plane, tunnel and agent.
    pub fn tunnelled(&self) -> Target {
        Target {
            base: self.tunnelled.clone(),
            header: Some(format!("Authorization: Bearer {}", self.token)),
        }
    }

    /// Whose CPU time counts: our processes, or the service's beside it.
    pub fn pids(&self, ours: bool) -> Vec<u32> {
        if ours {
            vec![self.server.pid(), self.agent.pid()]
        } else {
            vec![self.nginx.process().pid()]
        }
    }

    /// The memory of our processes, in bytes.
    pub fn memory(&self) -> Result<u64> {
        Ok(self.server_pss()? + self.agent_pss()?)
    }

    /// The agent's proportional memory, in bytes.
    pub fn agent_pss(&self) -> Result<u64> {
        Ok(usage::pss(self.agent.pid())?)
    }

    /// The control plane's proportional memory, in bytes.
    pub fn server_pss(&self) -> Result<u64> {
        Ok(usage::pss(self.server.pid())?)
    }

    /// The size of the agent's program, in bytes.
    pub fn agent_size(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.agent_program)?.len())
    }

    /// What is uploaded.
    pub fn large_file(&self) -> &Path {
        &self.large_file
    }
}
