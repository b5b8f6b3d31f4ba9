//! Putting one agent together, and taking it apart.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use edgeward_ids::AgentId;
use edgeward_pki::{CommandVerifier, PkiError};
use edgeward_runtime::{Chain, Shutdown, now_micros};
use edgeward_snapd::Snapd;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::actions::Actions;
use crate::commands::Executor;
use crate::config::Config;
use crate::connection::{LinkState, Status, Supervisor};
use crate::device;
use crate::enrolment::renewal;
use crate::hosting::Hosting;
use crate::iot;
use crate::key_files::KeyFiles;
use crate::params::ParamsError;
use crate::reports::Reports;
use crate::services::Services;
use crate::sqlite::DatabaseError;
use crate::state::{Claim, StateDir, StateError};
use crate::tunnel::Tunnel;
use crate::twin::Twin;

/// How long an agent may take to stop: requests under way, and the good-bye.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How to start an agent.
#[derive(Clone, Debug)]
pub struct AgentOptions {
    /// Where its identity is.
    pub state_dir: PathBuf,
    /// What it offers.
    pub config: Config,
}

/// Starts agents.
#[derive(Clone, Copy, Debug)]
pub struct Agent;

/// A running agent. Dropping it stops the agent without waiting.
pub struct Handle {
    status: watch::Receiver<Status>,
    unregistered: CancellationToken,
    shutdown: Shutdown,
}

/// Why an agent did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The device has not joined.
    #[error("this device has not joined a control plane yet ({} holds no identity); run \"edgeward-agent join <token>\" first", .0.display())]
    NotJoined(PathBuf),
    /// The state directory cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The identity cannot be used.
    #[error("this device's identity cannot be used; join again with --replace")]
    Identity(#[source] PkiError),
    /// The file that says where an iot-agent's identity service is cannot be used.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The journal of actions cannot be used; without it nothing is done twice only by luck.
    #[error(transparent)]
    Journal(#[from] DatabaseError),
}

impl Agent {
    /// Starts an agent, within a tokio runtime. It connects in the background, and again whenever the connection is lost.
    ///
    /// # Errors
    /// The device has not joined, its state cannot be used, or another agent uses it.
    pub fn start(options: AgentOptions) -> Result<Handle, StartError> {
        let AgentOptions { state_dir, config } = options;
        let dir = StateDir::new(&state_dir);
        // Looked for before the directory is claimed, which would make it.
        let identity = dir.read_identity()?;
        if let Some(params) = iot::wanted(&config, &dir, identity.is_some())? {
            return Ok(iot::start(params, config, dir.claim()?));
        }
        let identity = identity.ok_or(StartError::NotJoined(state_dir))?;
        let claim = Arc::new(dir.claim()?);
        let agent = identity.agent;
        let verifier =
            CommandVerifier::from_base64(&identity.command_key).map_err(StartError::Identity)?;
        let snapd = config.snapd().map(Snapd::new);
        let reports = Arc::new(Reports::new());
        let actions = Arc::new(Actions::open(
            dir.path(),
            agent,
            snapd.clone(),
            Arc::clone(&reports),
        )?);
        let services = Arc::new(Services::new(&config));
        let hosting = Arc::new(Hosting::new(
            agent,
            &config,
            Arc::clone(&claim),
            Arc::clone(&services),
            Arc::clone(&reports),
        ));
        let executor = Executor::new(
            agent,
            verifier,
            Arc::clone(&claim),
            Arc::clone(&actions),
            KeyFiles::new(&config),
            Arc::clone(&hosting),
        )?;
        let executor = Arc::new(executor);
        let shutdown = Shutdown::new();
        let tunnel = Arc::new(Tunnel::new(Arc::clone(&services), shutdown.clone()));
        let (renewed, identity) = watch::channel(Arc::new(identity));
        let (status, statuses) = watch::channel(Status {
            agent,
            link: LinkState::Connecting,
            since_us: now_micros(),
            membership: executor.ledger().membership,
        });

        let outbox = device::start(&config, dir.path(), &statuses, &shutdown);
        let supervisor = Supervisor {
            identity,
            host_name: config.host_name,
            description: config.description,
            services: Arc::clone(&services),
            executor,
            tunnel,
            outbox,
            reports: Arc::clone(&reports),
            status,
        };
        shutdown.spawn("connection", supervisor.run(shutdown.token()));
        let until_stop = |task| stoppable(task, shutdown.clone());
        shutdown.spawn(
            "renewal",
            until_stop(Box::pin(renewal::keep(Arc::clone(&claim), renewed))),
        );
        shutdown.spawn(
            "idle connections",
            until_stop(Box::pin(async move { services.sweep().await })),
        );
        let twin = Twin::new(snapd, reports).keep(statuses.clone(), actions.ended());
        shutdown.spawn("twin", until_stop(Box::pin(twin)));
        shutdown.spawn(
            "hosting",
            until_stop(Box::pin(hosting.run(statuses.clone()))),
        );
        let unregistered = actions.unregistered();
        shutdown.spawn("actions", until_stop(Box::pin(actions.run())));
        shutdown.spawn("status file", write_statuses(claim, statuses.clone()));
        Ok(Handle::new(statuses, unregistered, shutdown))
    }
}

impl Handle {
    pub(crate) fn new(
        status: watch::Receiver<Status>,
        unregistered: CancellationToken,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            status,
            unregistered,
            shutdown,
        }
    }

    /// Which agent it is.
    pub fn agent(&self) -> AgentId {
        self.status.borrow().agent
    }

    /// What it is doing, now and later.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Waits until the control plane has had the device unregistered, and has the answer. What is left to do then is to stop the
    /// agent and to [forget](crate::unregister::forget) the identity.
    pub async fn unregistered(&self) {
        self.unregistered.cancelled().await;
    }

    /// Lets requests end, says good-bye and stops; the names of tasks that were late and had to be ended.
    pub async fn stop(self) -> Vec<String> {
        self.shutdown.drain(STOP_TIMEOUT).await
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn stoppable(task: Task, shutdown: Shutdown) {
    tokio::select! {
        () = task => {}
        () = shutdown.triggered() => {}
    }
}

/// Writes what the agent does to a file, for `edgeward-agent status`; ends when the agent has stopped.
pub(crate) async fn write_statuses(claim: Arc<Claim>, mut statuses: watch::Receiver<Status>) {
    loop {
        let status = statuses.borrow_and_update().clone();
        if let Err(error) = claim.write_running(&status) {
            tracing::warn!(error = %Chain(&error), "the status file could not be written");
        }
        if statuses.changed().await.is_err() {
            break;
        }
    }
}
