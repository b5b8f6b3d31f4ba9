//! What runs containers: the few calls of Docker's API that hosting needs. Podman answers the same ones.

mod archive;
mod container;
mod image;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bollard::errors::Error;
use bollard::query_parameters::EventsOptions;
use bollard::{API_DEFAULT_VERSION, Docker};
use edgeward_runtime::Chain;
use edgeward_wire::hosting::Engine as About;
use futures::{Stream, StreamExt as _};

pub(in crate::hosting) use archive::MAX_NAME_BYTES;
pub(crate) use container::{Found, Health, Making};

/// How long the engine may take to answer, in seconds; stopping a container is the longest.
const ANSWER_TIMEOUT_S: u64 = 120;

/// What is said already, or not there.
const NOT_MODIFIED: u16 = 304;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;

/// What the engine says of itself where it is Podman.
const PODMAN: &str = "Podman";

/// The label with which everything that an agent has made names it.
pub(super) const AGENT_LABEL: &str = "edgeward.agent";

/// The label that names the service.
pub(super) const SERVICE_LABEL: &str = "edgeward.service";

/// The label that says from which specification a container was made.
pub(super) const SPEC_LABEL: &str = "edgeward.spec";

/// The engine at one socket.
pub(crate) struct Engine {
    socket: PathBuf,
    agent: String,
    /// With the version of the API that was agreed on.
    client: Mutex<Option<Docker>>,
}

/// The engine did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// Nobody answers.
    #[error("nothing that runs containers answers at {}: {reason}", socket.display())]
    Away {
        /// Where.
        socket: PathBuf,
        /// What was seen.
        reason: String,
    },
    /// It says no.
    #[error("cannot {attempt}: {message}")]
    Refused {
        /// What was attempted.
        attempt: String,
        /// The HTTP status; 0 if there was none.
        status: u16,
        /// Its words.
        message: String,
    },
}

impl EngineError {
    /// Whether nobody has answered, so that it may work later.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self, Self::Away { .. })
    }

    /// Whether something else went on with the same container at the moment, so that it may work soon.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == CONFLICT)
    }

    fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == NOT_FOUND)
    }

    fn is_so_already(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == NOT_MODIFIED)
    }
}

impl Engine {
    /// The engine at this socket, for the containers of this agent.
    pub(crate) fn new(socket: &Path, agent: impl Into<String>) -> Self {
        Self {
            socket: socket.to_owned(),
            agent: agent.into(),
            client: Mutex::default(),
        }
    }

    /// What it is, and that it answers.
    pub(crate) async fn about(&self) -> Result<About, EngineError> {
        let docker = self.docker().await?;
        let attempt = || "ask for its version".to_owned();
        let version = docker.version().await;
        let version = version.map_err(|error| self.failed(attempt(), error))?;
        let components = version.components.unwrap_or_default();
        let is_podman = components.iter().any(|part| part.name.contains(PODMAN));
        Ok(About {
            name: if is_podman { "podman" } else { "docker" }.to_owned(),
            version: version.version.unwrap_or_default(),
        })
    }

    /// Something for each thing that happens to a container of ours; it ends when the engine does.
    pub(crate) async fn events(&self) -> Result<impl Stream<Item = ()> + use<>, EngineError> {
        let docker = self.docker().await?;
        let label = format!("{AGENT_LABEL}={}", self.agent);
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("label".to_owned(), vec![label]),
        ]);
        let options = EventsOptions {
            filters: Some(filters),
            ..EventsOptions::default()
        };
        let events = docker.events(Some(options));
        Ok(events
            .take_while(|event| std::future::ready(event.is_ok()))
            .map(drop))
    }

    async fn docker(&self) -> Result<Docker, EngineError> {
        if let Some(docker) = self.client().clone() {
            return Ok(docker);
        }
        let socket = self.socket.to_string_lossy();
        let attempt = || "connect".to_owned();
        let docker = Docker::connect_with_unix(&socket, ANSWER_TIMEOUT_S, API_DEFAULT_VERSION)
            .map_err(|error| self.failed(attempt(), error))?;
        let docker = docker.negotiate_version().await;
        let docker = docker.map_err(|error| self.failed(attempt(), error))?;
        *self.client() = Some(docker.clone());
        Ok(docker)
    }

    fn failed(&self, attempt: String, error: Error) -> EngineError {
        match error {
            Error::DockerResponseServerError {
                status_code,
                message,
            } => EngineError::Refused {
                attempt,
                status: status_code,
                message: message.trim().to_owned(),
            },
            Error::DockerStreamError { error } => EngineError::Refused {
                attempt,
                status: 0,
                message: error.trim().to_owned(),
            },
            Error::SocketNotFoundError(_) => self.away("there is no such socket".to_owned()),
            Error::RequestTimeoutError => self.away(format!(
                "it did not {attempt} within {ANSWER_TIMEOUT_S} seconds"
            )),
            Error::HyperLegacyError { err } => self.away(Chain(&err).to_string()),
            Error::HyperResponseError { err } => self.away(Chain(&err).to_string()),
            Error::IOError { err } => self.away(err.to_string()),
            error => EngineError::Refused {
                attempt,
                status: 0,
                message: Chain(&error).to_string(),
            },
        }
    }

    fn away(&self, reason: String) -> EngineError {
        // What comes back may be another version.
        *self.client() = None;
        EngineError::Away {
            socket: self.socket.clone(),
            reason,
        }
    }

    fn client(&self) -> MutexGuard<'_, Option<Docker>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
