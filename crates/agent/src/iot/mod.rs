//! The agent as an iot-agent: pointed at the identity service and the broker of Canonical's or Everactive's kind.
//!
//! The device enrols with what snapd knows of it, keeps the answer where the iot-agent keeps it, and connects with it. Actions go
//! through the same journal as Edgeward's: each at most once, to its end, answered when it has ended. What those servers do badly
//! is not repeated here: subscriptions are taken up with every connection, every action is answered, and the broker has to prove
//! who it is unless the configuration says otherwise.

mod enrol;
mod hashes;
mod http;
mod pulse;
mod requests;
mod session;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_ids::AgentId;
use edgeward_pki::sha256_hex;
use edgeward_pki::tls::Trust;
use edgeward_runtime::{Backoff, Chain, Shutdown, now_micros};
use edgeward_snapd::Snapd;
pub(crate) use edgeward_wire::iot::enrol::Enrollment;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::actions::Actions;
use crate::app::{Handle, StartError, write_statuses};
use crate::config::{Config, ControlPlaneConfig};
use crate::device;
use crate::dial::Address;
use crate::params::{Params, ParamsError};
use crate::reports::Reports;
use crate::state::{Claim, StateDir};
use crate::{LinkState, Status};
pub(crate) use enrol::IotError;
use requests::Requests;
use session::Session;

/// The waits between attempts to enrol and to connect.
const MIN_WAIT: Duration = Duration::from_secs(2);
const MAX_WAIT: Duration = Duration::from_secs(60);

/// A connection that lived this long was a good one: the next wait is short again.
const LONG_LIVED: Duration = Duration::from_secs(30);

/// Where the identity service is if nobody has said.
const DEFAULT_URL: &str = "http://localhost:8030";

/// Whose agent this is going to be, if an iot-agent's: by the configuration, or because nothing but `params` is there.
pub(crate) fn wanted(
    config: &Config,
    dir: &StateDir,
    has_identity: bool,
) -> Result<Option<Params>, StartError> {
    let params = pointed_at(config, dir, has_identity)?;
    if let Some(params) = &params
        && Params::read(&config.places, dir.path())?.is_none()
    {
        params.write(&config.places, dir.path())?;
    }
    Ok(params)
}

/// The same, and nothing is written.
pub(crate) fn pointed_at(
    config: &Config,
    dir: &StateDir,
    has_identity: bool,
) -> Result<Option<Params>, ParamsError> {
    let found = Params::read(&config.places, dir.path());
    let params = match (&config.control_plane, has_identity) {
        (ControlPlaneConfig::Edgeward, _) | (ControlPlaneConfig::Found, true) => None,
        (ControlPlaneConfig::Found, false) => found?,
        (ControlPlaneConfig::Iot, _) => match found? {
            Some(found) => Some(found),
            None => {
                let url = config.iot.url.as_deref().unwrap_or(DEFAULT_URL);
                Some(Params::new(url, &config.places, dir.path())?)
            }
        },
    };
    Ok(params.map(|params| match &config.iot.url {
        Some(url) => Params {
            url: url.clone(),
            ..params
        },
        None => params,
    }))
}

/// The credentials of a device that has enrolled.
pub(crate) fn credentials(params: &Params) -> Result<Option<Enrollment>, IotError> {
    enrol::read(params)
}

/// Whether the identity service takes connections, and is who it is to be.
pub(crate) async fn reach_identity_service(
    params: &Params,
    config: &Config,
) -> Result<(), IotError> {
    let trust = trust_of(config.iot.identity_ca_file.as_ref())?;
    let url = params.url.clone();
    http::reach(&url, trust)
        .await
        .map_err(|source| IotError::Http { url, source })
}

/// Whether the broker takes connections, and is who it is to be; where it is.
pub(crate) async fn reach_broker(
    enrollment: &Enrollment,
    config: &Config,
) -> Result<Address, IotError> {
    let (address, _) = session::dial(enrollment, broker_trust(config)?).await?;
    Ok(address)
}

fn broker_trust(config: &Config) -> Result<Trust, IotError> {
    if config.iot.verify_broker {
        trust_of(config.iot.broker_ca_file.as_ref())
    } else {
        Ok(Trust::Unverified)
    }
}

/// Starts the agent, within a tokio runtime. It enrols and connects in the background.
pub(crate) fn start(params: Params, config: Config, claim: Claim) -> Handle {
    let shutdown = Shutdown::new();
    let unregistered = CancellationToken::new();
    let (status, statuses) = watch::channel(Status {
        agent: agent_of(""),
        link: LinkState::Connecting,
        since_us: now_micros(),
        membership: None,
    });
    // There is no word for events in this dialect: they are in the log.
    let _outbox = device::start(&config, claim.dir().path(), &statuses, &shutdown);
    let claim = Arc::new(claim);
    shutdown.spawn(
        "status file",
        write_statuses(Arc::clone(&claim), statuses.clone()),
    );
    let agent = IotAgent {
        snapd: config.snapd().map(Snapd::new),
        params,
        config,
        claim,
        status,
        unregistered: unregistered.clone(),
    };
    shutdown.spawn("iot agent", agent.run(shutdown.token()));
    Handle::new(statuses, unregistered, shutdown)
}

struct IotAgent {
    params: Params,
    config: Config,
    claim: Arc<Claim>,
    snapd: Option<Snapd>,
    status: watch::Sender<Status>,
    unregistered: CancellationToken,
}

impl IotAgent {
    async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = self.live(&stop) => {}
            () = stop.cancelled() => {}
        }
        self.set(LinkState::Stopped);
    }

    /// Ends after the good-bye.
    async fn live(&self, stop: &CancellationToken) {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let (enrollment, actions, requests, reports) = loop {
            match self.prepare().await {
                Ok(ready) => break ready,
                Err(error) => self.failed(&error, &mut backoff).await,
            }
        };
        backoff.reset();
        self.status
            .send_modify(|status| status.agent = agent_of(&enrollment.id));
        let told = actions.unregistered();
        let connect = async {
            loop {
                let session = Session {
                    enrollment: &enrollment,
                    snapd: self.snapd.as_ref(),
                    actions: &actions,
                    requests: &requests,
                    reports: &reports,
                    snap_hashes: self.config.iot.snap_hashes,
                };
                let began = Instant::now();
                let online = |address| self.set(LinkState::Online { address });
                match session.live(broker_trust(&self.config), online, stop).await {
                    Ok(()) => return,
                    Err(error) => {
                        if began.elapsed() >= LONG_LIVED {
                            backoff.reset();
                        }
                        self.failed(&error, &mut backoff).await;
                    }
                }
            }
        };
        let leave = async {
            told.cancelled().await;
            self.unregistered.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = connect => {}
            () = Arc::clone(&actions).run() => {}
            () = leave => {}
        }
    }

    /// What has to be there before the first connection: credentials, and the journal that belongs to them.
    async fn prepare(
        &self,
    ) -> Result<(Enrollment, Arc<Actions>, Requests, Arc<Reports>), IotError> {
        let snapd = self.snapd.as_ref().ok_or(IotError::NoSnapd)?;
        let enrollment = match enrol::read(&self.params)? {
            Some(enrollment) => enrollment,
            None => {
                let trust = trust_of(self.config.iot.identity_ca_file.as_ref())?;
                let enrollment = enrol::enrol(&self.params, trust, snapd).await?;
                let common = self.config.places.common_dir(self.claim.dir().path());
                enrol::keep(&self.params, &enrollment, &common)?;
                tracing::info!(device = enrollment.id, url = self.params.url, "enrolled");
                enrollment
            }
        };
        let reports = Arc::new(Reports::new());
        let folder = self.claim.dir().path();
        let agent = agent_of(&enrollment.id);
        let actions = Actions::open(folder, agent, Some(snapd.clone()), Arc::clone(&reports))?;
        let requests = Requests::open(folder, self.config.iot.snap_hashes)?;
        Ok((enrollment, Arc::new(actions), requests, reports))
    }

    async fn failed(&self, error: &IotError, backoff: &mut Backoff) {
        let reason = Chain(error).to_string();
        tracing::warn!(error = reason, "not connected");
        self.set(LinkState::Offline { reason });
        backoff.wait().await;
    }

    fn set(&self, link: LinkState) {
        self.status.send_modify(|status| {
            if status.link != link {
                status.link = link;
                status.since_us = now_micros();
            }
        });
    }
}

/// An id of our form for a device whose servers have ids of any form; always the same.
fn agent_of(device: &str) -> AgentId {
    id_of(&["device", device]).unwrap_or_else(AgentId::generate)
}

/// An id that follows from the parts. None never happens: it is made of the right number of digits.
fn id_of<T: std::str::FromStr>(parts: &[&str]) -> Option<T> {
    let digest = sha256_hex(parts.join("\0").as_bytes());
    digest.get(..32)?.parse().ok()
}

fn trust_of(file: Option<&PathBuf>) -> Result<Trust, IotError> {
    match file {
        None => Ok(Trust::PublicRoots),
        Some(path) => fs::read_to_string(path)
            .map(Trust::Authority)
            .map_err(|source| IotError::File {
                attempt: "read",
                path: path.clone(),
                source,
            }),
    }
}

#[cfg(test)]
mod tests;
