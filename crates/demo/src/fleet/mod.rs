//! Three devices of a demonstration: each a real agent with keys and a connection of its own, in front of its own simulated Neuron.
//!
//! A device joins when it has no identity and at no other time, so that a second start finds the same three. What it may be
//! joined with comes from whoever starts the fleet; nothing is known here of how a control plane makes tokens. The
//! Neurons get new ports at each start, which only their agents need to know.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use edgeward_agent::config::{Config, ServiceConfig, ServiceTarget};
use edgeward_agent::enrolment::{self, EnrolError, Target};
use edgeward_agent::state::{StateDir, StateError};
use edgeward_agent::{Agent, AgentOptions, Handle, LinkState, StartError, Status};
use edgeward_ids::{AgentId, OfferName, OfferNameError};
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site};
use edgeward_wire::token::{JoinToken, JoinTokenError};
use futures::future::join_all;
use tokio::sync::watch;

/// What each agent calls its Neuron.
const OFFER: &str = "neuron";

/// Below a device's folder: the agent's state, and the keys that its Neuron believes.
const AGENT_FOLDER: &str = "agent";
const CERTS_FOLDER: &str = "certs";

/// How to start the fleet.
#[derive(Clone, Debug)]
pub struct FleetOptions<J> {
    /// Where the devices keep what they know; made if it is not there.
    pub data_dir: PathBuf,
    /// Gives the text of a join token for a device that has no identity; called once for each such device.
    pub join: J,
}

/// A device of the fleet.
pub struct Device {
    site: Site,
    joined_now: bool,
    neuron: Neuron,
    agent: Handle,
}

/// The running fleet. Dropping it stops it without waiting; [`Fleet::stop`] waits.
pub struct Fleet {
    devices: Vec<Device>,
}

/// Why a device of the demonstration did not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the demonstration's {device}")]
pub struct FleetError {
    /// Its name.
    pub device: &'static str,
    /// Why not.
    #[source]
    pub problem: DeviceError,
}

/// What went wrong with one device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Its simulated Neuron.
    #[error(transparent)]
    Neuron(#[from] edgeward_simulated::StartError),
    /// The folder in which its Neuron looks for public keys.
    #[error("cannot make the folder {}", .0.display())]
    Certs(PathBuf, #[source] io::Error),
    /// Its folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// There was no join token to be had.
    #[error("cannot get a join token for it")]
    Invitation(#[source] Box<dyn Error + Send + Sync>),
    /// The join token that came does not read as one.
    #[error("cannot read its join token")]
    Token(#[from] JoinTokenError),
    /// The control plane did not let it join.
    #[error("it could not join")]
    Join(#[from] EnrolError),
    /// Its agent.
    #[error(transparent)]
    Agent(#[from] StartError),
    /// The offer's name, which is ours.
    #[error(transparent)]
    Offer(#[from] OfferNameError),
}

/// Some devices did not come online in time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("after {limit:?} these devices are not online: {}", .devices.join("; "))]
pub struct NotOnline {
    /// How long was waited.
    pub limit: Duration,
    /// Each with what it does instead.
    pub devices: Vec<String>,
}

impl Fleet {
    /// Starts all three. It is back when each has an identity and connects; see [`Fleet::wait_online`] for more.
    ///
    /// # Errors
    /// One of them did not start; then none runs.
    pub async fn start<J, E>(options: FleetOptions<J>) -> Result<Self, FleetError>
    where
        J: AsyncFn(Site) -> Result<String, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let starting = Site::ALL.map(|site| start_device(site, &options));
        let mut devices = Vec::new();
        let mut failed = None;
        for (site, started) in Site::ALL.into_iter().zip(join_all(starting).await) {
            match started {
                Ok(device) => devices.push(device),
                Err(problem) => {
                    failed.get_or_insert(FleetError {
                        device: device_name(site),
                        problem,
                    });
                }
            }
        }
        let fleet = Self { devices };
        match failed {
            None => Ok(fleet),
            Some(error) => {
                fleet.stop().await;
                Err(error)
            }
        }
    }

    /// The devices, in a fixed order.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// Waits until all are connected.
    ///
    /// # Errors
    /// Some are not when the limit has passed.
    pub async fn wait_online(&self, limit: Duration) -> Result<(), NotOnline> {
        let online = self.devices.iter().map(|device| async move {
            let mut status = device.status();
            let is_online = |status: &Status| matches!(status.link, LinkState::Online { .. });
            let waited = tokio::time::timeout(limit, status.wait_for(is_online)).await;
            if matches!(waited, Ok(Ok(_))) {
                return None;
            }
            let link = device.status().borrow().link.clone();
            Some(format!("{} ({})", device.name(), in_words(&link)))
        });
        let devices: Vec<_> = join_all(online).await.into_iter().flatten().collect();
        if devices.is_empty() {
            Ok(())
        } else {
            Err(NotOnline { limit, devices })
        }
    }

    /// Stops all: the agents say good-bye first, then the Neurons go.
    pub async fn stop(self) {
        join_all(self.devices.into_iter().map(Device::stop)).await;
    }
}

impl Device {
    /// Its name, as in `press-shop-gateway`.
    pub fn name(&self) -> &'static str {
        device_name(self.site)
    }

    /// What stands behind it.
    pub fn site(&self) -> Site {
        self.site
    }

    /// Its agent.
    pub fn agent(&self) -> AgentId {
        self.agent.agent()
    }

    /// Whether it joined in this start.
    pub fn joined_now(&self) -> bool {
        self.joined_now
    }

    /// Its simulated Neuron.
    pub fn neuron(&self) -> &Neuron {
        &self.neuron
    }

    /// What its agent does, now and later.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.agent.status()
    }

    async fn stop(self) {
        let name = self.name();
        let late = self.agent.stop().await;
        if !late.is_empty() {
            tracing::warn!(
                device = name,
                late = late.join(", "),
                "the agent was late in stopping"
            );
        }
        self.neuron.stop().await;
    }
}

/// The name of the device that stands there.
pub fn device_name(site: Site) -> &'static str {
    match site {
        Site::PressShop => "press-shop-gateway",
        Site::PaintLine => "paint-line-gateway",
        Site::CoolingPlant => "cooling-plant-gateway",
    }
}

async fn start_device<J, E>(site: Site, options: &FleetOptions<J>) -> Result<Device, DeviceError>
where
    J: AsyncFn(Site) -> Result<String, E>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let folder = options.data_dir.join(site.slug());
    // A real one has it from the beginning.
    let certs = folder.join(CERTS_FOLDER);
    fs::create_dir_all(&certs).map_err(|error| DeviceError::Certs(certs.clone(), error))?;
    let neuron = Neuron::start(NeuronOptions::new(site, certs)).await?;
    let agent = start_agent(site, &neuron, &folder, &options.join).await;
    match agent {
        Ok((agent, joined_now)) => Ok(Device {
            site,
            joined_now,
            neuron,
            agent,
        }),
        Err(error) => {
            neuron.stop().await;
            Err(error)
        }
    }
}

async fn start_agent<J, E>(
    site: Site,
    neuron: &Neuron,
    folder: &Path,
    join: &J,
) -> Result<(Handle, bool), DeviceError>
where
    J: AsyncFn(Site) -> Result<String, E>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let state_dir = folder.join(AGENT_FOLDER);
    let config = config(site, neuron, folder)?;
    let joins = StateDir::new(&state_dir).read_identity()?.is_none();
    if joins {
        let token = join(site).await;
        let token = token.map_err(|error| DeviceError::Invitation(error.into()))?;
        let token: JoinToken = token.parse()?;
        let target = Target {
            state_dir: state_dir.clone(),
            config: config.clone(),
            replace: false,
        };
        enrolment::join(&token, &target).await?;
    }
    let handle = Agent::start(AgentOptions { state_dir, config })?;
    Ok((handle, joins))
}

fn config(site: Site, neuron: &Neuron, folder: &Path) -> Result<Config, DeviceError> {
    let address = neuron.address();
    let target = ServiceTarget::new(address.ip().to_string(), address.port());
    let offer: OfferName = OFFER.parse()?;
    let service = ServiceConfig {
        kind: "neuron".to_owned(),
        description: format!("Simulated Neuron: {}", site.description()),
        key_folder: Some(folder.join(CERTS_FOLDER)),
        ..ServiceConfig::new(offer, target)
    };
    Ok(Config {
        host_name: Some(device_name(site).to_owned()),
        description: site.description().to_owned(),
        services: vec![service],
        ..Config::default()
    })
}

fn in_words(link: &LinkState) -> String {
    match link {
        LinkState::Connecting => "connecting".to_owned(),
        LinkState::Online { address } => format!("online at {address}"),
        LinkState::Offline { reason } => reason.clone(),
        LinkState::Stopped => "stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests;
