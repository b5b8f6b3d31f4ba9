//! A control plane with an organisation that takes a brand's devices by itself.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use edgeward_api::registration::EnrolmentRequest;
use edgeward_assertion::sign::Brand;
use edgeward_ids::ProjectId;
use edgeward_testkit::usage;
use tempfile::TempDir;

use crate::database::{Connection, Database, Kind, Syncing};
use crate::light::Broker;
use crate::options::Options;
use crate::peers::mosquitto::Mosquitto;
use crate::stand::{ControlPlane, Setup};
use crate::table::Table;

/// With what the control plane runs, and how many devices it has.
#[derive(Clone, Copy)]
pub struct Parts {
    /// Its database.
    pub kind: Kind,
    /// How many devices there are.
    pub count: usize,
    has_own_broker: bool,
}

/// A control plane, its database, its broker, and the brand that it believes.
pub struct Stage {
    /// The control plane.
    pub control_plane: ControlPlane,
    /// Its database.
    pub database: Database,
    /// With what it runs.
    pub parts: Parts,
    /// Where the devices come to.
    pub project: ProjectId,
    /// Who has made them.
    pub brand: Brand,
    program: PathBuf,
    mosquitto: Option<(Mosquitto, PathBuf)>,
    folder: TempDir,
}

impl Parts {
    /// With the embedded broker.
    pub const fn embedded(kind: Kind, options: &Options) -> Self {
        Self {
            kind,
            count: options.agents,
            has_own_broker: false,
        }
    }

    /// With a mosquitto of the operator's.
    pub const fn own_broker(kind: Kind, options: &Options) -> Self {
        Self {
            kind,
            count: options.devices,
            has_own_broker: true,
        }
    }

    const fn name(self) -> (&'static str, &'static str) {
        let broker = if self.has_own_broker {
            "own mosquitto"
        } else {
            "embedded broker"
        };
        (self.kind.name(), broker)
    }
}

impl Stage {
    /// Starts everything.
    pub async fn start(parts: Parts, options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let database = Database::new(parts.kind, &data, Syncing::On)?;
        let setup = Setup {
            database_url: database.url(),
            config: None,
        };
        let program = options.edgeward.clone();
        let first = ControlPlane::start_as(&program, folder.path(), setup).await?;
        let organisations = first.client.organisations().await?.items;
        let place = organisations.into_iter().next();
        let place = place.context("there is no organisation")?;
        let project = place.projects.first().context("there is no project")?.id;
        let brand = Brand::new("acme")?;
        let key = brand.account_key(&brand)?.encoded();
        first
            .client
            .add_enrolment_key(place.id, String::from_utf8(key)?)
            .await?;
        let automatic = EnrolmentRequest {
            allow_unverified: false,
            automatic_project_id: Some(project),
        };
        first.client.set_enrolment(place.id, &automatic).await?;
        first.stop().await?;
        let mosquitto = if parts.has_own_broker {
            let authority_pem = std::fs::read_to_string(data.join("ca.pem"))?;
            let mosquitto = Mosquitto::start(&authority_pem).await?;
            let file = folder.path().join("edgeward.yaml");
            let (plain, tls) = (mosquitto.plain_address, mosquitto.address);
            let config =
                format!("mqtt:\n  addr: {plain}\nagent_port:\n  broker_addresses: [\"{tls}\"]\n");
            std::fs::write(&file, config)?;
            Some((mosquitto, file))
        } else {
            None
        };
        let setup = Setup {
            database_url: database.url(),
            config: mosquitto.as_ref().map(|(_, file)| file.as_path()),
        };
        let control_plane = ControlPlane::start_as(&program, folder.path(), setup).await?;
        Ok(Self {
            control_plane,
            database,
            parts,
            project,
            brand,
            program,
            mosquitto,
            folder,
        })
    }

    /// Stops the control plane and starts it again.
    pub async fn anew(mut self) -> Result<Self> {
        self.control_plane.stop().await?;
        let setup = Setup {
            database_url: self.database.url(),
            config: self.mosquitto.as_ref().map(|(_, file)| file.as_path()),
        };
        self.control_plane =
            ControlPlane::start_as(&self.program, self.folder.path(), setup).await?;
        Ok(self)
    }

    /// Ends the control plane in good order.
    pub async fn stop(self) -> Result<()> {
        self.control_plane.stop().await
    }

    /// Where devices connect to.
    pub async fn broker(&self, authority_pem: &str) -> Result<Broker> {
        Ok(match &self.mosquitto {
            Some((mosquitto, _)) => Broker {
                address: mosquitto.address,
                authority_pem: mosquitto.authority_pem.clone(),
            },
            None => Broker {
                address: self
                    .control_plane
                    .client
                    .overview()
                    .await?
                    .agent_service
                    .address
                    .parse()?,
                authority_pem: authority_pem.to_owned(),
            },
        })
    }

    /// A connection to the database beside the control plane's.
    pub async fn connect(&self) -> Result<Connection> {
        self.database.connect().await
    }

    /// Processor time of the control plane, and of its database server if there is one.
    pub fn spent(&self) -> Result<Duration> {
        let own = usage::cpu_time_of_tree(self.control_plane.station().pid)?;
        Ok(match self.database.process()? {
            Some(server) => own + usage::cpu_time_of_tree(server)?,
            None => own,
        })
    }

    /// Memory of the control plane.
    pub fn pss(&self) -> Result<u64> {
        Ok(usage::pss(self.control_plane.station().pid)?)
    }

    /// An empty table about this.
    pub fn table(&self, what: &str) -> Table {
        let (database, broker) = self.parts.name();
        let title = format!(
            "### {what} of {} devices: {database}, {broker}",
            self.parts.count
        );
        Table::new(title, &["what", "figure"])
    }

    /// Says on standard error what is being measured: it takes minutes.
    pub fn say(&self, what: &str) -> Result<()> {
        let (database, broker) = self.parts.name();
        writeln!(std::io::stderr(), "{database}, {broker}: {what}")?;
        Ok(())
    }
}
