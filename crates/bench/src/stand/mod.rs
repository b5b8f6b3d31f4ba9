//! What is measured: one nginx, and the ways to it, each with processes of its own.

mod control_plane;
mod device;

use anyhow::{Context as _, Result};
use edgeward_api::agent::AdoptRequest;
use edgeward_api::service::ServiceFilter;
use edgeward_testkit::eventually;
use edgeward_testkit::nginx::Nginx;
use edgeward_testkit::process::Program;

use crate::large;
use crate::options::{Options, Peer};
use crate::peers::{Tunnel, rathole, ssh};
use crate::way::{Station, Target, Way};

pub use control_plane::{ControlPlane, START_TIMEOUT, Setup};
pub use device::Device;

/// What the small requests ask for.
const SMALL: &[u8] = b"{\"version\":\"1\"}";

/// Everything that runs; it ends when dropped.
pub struct Stand {
    nginx: Nginx,
    control_plane: ControlPlane,
    device: Device,
    target: Target,
    tunnels: Vec<Tunnel>,
    _folder: tempfile::TempDir,
}

impl Stand {
    /// Starts everything, and asks for the small file once each way.
    pub async fn start(options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let nginx = Nginx::start(None).await?;
        nginx.add_file("small", SMALL)?;
        nginx.add_sparse_file("large", large::BYTES)?;
        let control_plane = ControlPlane::start(&options.edgeward, folder.path()).await?;
        let mut device = Device::new(&options.agent, folder.path().join("agent"), Some(&nginx))?;
        device.join(&control_plane.join_token(1).await?)?;
        device.run()?;
        let target = open(&control_plane).await?;
        let mut tunnels = Vec::new();
        if options.has(Peer::Rathole) {
            for transport in [rathole::Transport::Tcp, rathole::Transport::Noise] {
                tunnels.push(rathole::start(&options.rathole, transport, nginx.address()).await?);
            }
        }
        if options.has(Peer::Ssh) {
            tunnels.push(ssh::start(nginx.address()).await?);
        }
        let stand = Self {
            nginx,
            control_plane,
            device,
            target,
            tunnels,
            _folder: folder,
        };
        for way in stand.ways() {
            way.wait_until_open().await?;
        }
        Ok(stand)
    }

    /// All ways to the service: asking it directly, ours, the peers'.
    pub fn ways(&self) -> Vec<Way> {
        let service = Station {
            name: "nginx",
            pid: self.nginx.process().pid(),
        };
        let direct = Way {
            name: "direct",
            target: Target {
                base: format!("http://{}", self.nginx.address()),
                header: None,
            },
            stations: Vec::new(),
            service,
        };
        let ours = Way {
            name: "Edgeward",
            target: self.target.clone(),
            stations: vec![self.control_plane.station(), self.device.station()],
            service,
        };
        let peers = self.tunnels.iter().map(|tunnel| tunnel.way(service));
        [direct, ours].into_iter().chain(peers).collect()
    }
}

/// Adopts the one agent there is, and says where its one service is.
async fn open(control_plane: &ControlPlane) -> Result<Target> {
    let agent = control_plane.first_online(START_TIMEOUT).await?;
    let client = &control_plane.client;
    let organisations = client.organisations().await?.items;
    let place = organisations
        .into_iter()
        .next()
        .context("there is no organisation")?;
    let project = place.projects.first().context("there is no project")?;
    let request = AdoptRequest {
        name: "bench".parse()?,
        organisation_id: place.id,
        project_id: project.id,
    };
    client.adopt(agent, &request).await?;
    let service = eventually("the service is there", START_TIMEOUT, || async {
        let services = client.services(&ServiceFilter::default()).await;
        let services = services.map_err(|error| error.to_string())?.items;
        services.into_iter().next().ok_or("none yet".to_owned())
    })
    .await?;
    Ok(Target {
        base: format!("{}/api/v1/services/{}/proxy", control_plane.url, service.id),
        header: Some(format!("Authorization: Bearer {}", control_plane.token)),
    })
}

impl Way {
    /// Waits until the service answers this way.
    async fn wait_until_open(&self) -> Result<()> {
        let what = format!("an answer through {}", self.name);
        let ask = async || {
            let mut curl = Program::debian("curl", "curl").args(["-sS", "--fail"]);
            if let Some(header) = &self.target.header {
                curl = curl.args(["-H", header]);
            }
            let answer = curl.arg(format!("{}/small", self.target.base)).output();
            match answer.map_err(|error| error.to_string())? {
                answer if answer.as_bytes() == SMALL => Ok(()),
                other => Err(other),
            }
        };
        Ok(eventually(&what, START_TIMEOUT, ask).await?)
    }
}
