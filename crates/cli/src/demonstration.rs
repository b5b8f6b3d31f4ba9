//! The demonstration fleet of `edgeward up --demo`: three real agents in front of simulated Neurons.
//!
//! Two devices are adopted once they have joined, the third waits as unmanaged for whoever tries the console. They join
//! over the control plane's own REST API and agent port, as any device does.

use std::path::Path;
use std::time::Duration;

use edgeward_api::agent::AdoptRequest;
use edgeward_api::token::JoinTokenRequest;
use edgeward_client::{Client, Options};
use edgeward_demo::fleet::{Device, Fleet, FleetOptions};
use edgeward_demo::neuron::Site;
use edgeward_pki::tls::Trust;
use edgeward_server::Running;

use crate::error::CliError;

/// How long the three may take to come online before the announcement goes out without them.
const ONLINE_TIMEOUT: Duration = Duration::from_secs(4);

/// How long a device's join token lasts, in seconds.
const TOKEN_LIFETIME_S: u64 = 600;

/// The device that is left for a person to adopt.
const WAITING: Site = Site::CoolingPlant;

/// The fleet, running.
pub(crate) struct Demonstration {
    fleet: Fleet,
    online: bool,
}

impl Demonstration {
    /// Starts the three devices; those without an identity join first.
    pub(crate) async fn start(running: &Running, folder: &Path) -> Result<Self, CliError> {
        let local = format!("http://{}", running.console_address);
        let token = Some(running.operator_token.clone());
        let client = Client::new(Options {
            server: local,
            token,
            trust: Trust::PublicRoots,
        })?;
        let join = async |_: Site| {
            let request = JoinTokenRequest {
                uses: 1,
                expires_in_s: TOKEN_LIFETIME_S,
                project_id: None,
                organisation_id: None,
            };
            client
                .create_join_token(&request)
                .await
                .map(|made| made.text)
        };
        let options = FleetOptions {
            data_dir: folder.to_owned(),
            join,
        };
        let fleet = Fleet::start(options)
            .await
            .map_err(|error| CliError::failed("cannot start the demonstration", error))?;
        let online = fleet.wait_online(ONLINE_TIMEOUT).await.is_ok();
        for device in fleet
            .devices()
            .iter()
            .filter(|device| device.joined_now() && device.site() != WAITING)
        {
            adopt(&client, device).await?;
        }
        Ok(Self { fleet, online })
    }

    /// What it is, for the announcement.
    pub(crate) fn describe(&self) -> String {
        let names: Vec<_> = self
            .fleet
            .devices()
            .iter()
            .map(|device| device.name())
            .collect();
        let state = if self.online { "online" } else { "connecting" };
        format!(
            "3 agents {state}: {} (simulated Neurons; sign in to them with admin / 0000)",
            names.join(", ")
        )
    }

    /// Stops the three devices; their state stays.
    pub(crate) async fn stop(self) {
        self.fleet.stop().await;
    }
}

/// Adopts a device that has just joined into the project that every installation begins with.
async fn adopt(client: &Client, device: &Device) -> Result<(), CliError> {
    let organisations = client.organisations().await?.items;
    let place = organisations
        .iter()
        .find_map(|organisation| Some((organisation.id, organisation.projects.first()?.id)));
    let (Some((organisation_id, project_id)), Ok(name)) = (place, device.site().name().parse())
    else {
        return Ok(());
    };
    client
        .adopt(
            device.agent(),
            &AdoptRequest {
                name,
                organisation_id,
                project_id,
            },
        )
        .await?;
    Ok(())
}
