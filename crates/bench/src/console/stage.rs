//! A control plane over a database that was filled for it.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};

use super::entries;
use super::http::Http;
use super::world::World;
use crate::database::{Database, Kind, Syncing};
use crate::options::Options;
use crate::stand::{ControlPlane, Setup};
use crate::timing::Who;

/// A control plane, its database, and what is in it.
pub struct Stage {
    /// The control plane.
    pub control_plane: ControlPlane,
    /// Its database.
    pub database: Database,
    /// Who and what is in it.
    pub world: World,
    /// The number of the newest entry of the audit log when it was filled.
    pub newest: i64,
    /// When it was filled, in microseconds since 1970.
    pub filled_at_us: i64,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Lets a control plane make its tables, stops it, fills them, and starts it again.
    pub async fn start(kind: Kind, options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = Database::new(kind, &folder.path().join("data"), Syncing::Off)?;
        let setup = Setup {
            database_url: database.url(),
            config: None,
        };
        let start = || ControlPlane::start_as(&options.edgeward, folder.path(), setup);
        start().await?.stop().await?;

        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let filled_at_us = i64::try_from(now.as_micros())?;
        let world = World::new(options.services);
        let mut connection = database.connect().await?;
        world.write(&mut connection, filled_at_us).await?;
        let began = Instant::now();
        let entries = i64::try_from(options.entries)?;
        let newest = entries::write(&world, &mut connection, entries, filled_at_us).await?;
        let filled_in = began.elapsed();
        connection.settle().await?;
        drop(connection);

        let control_plane = start().await?;
        let address = control_plane.url.strip_prefix("http://");
        let address = address.context("the control plane speaks no plain HTTP")?;
        let stage = Self {
            address: address.trim_end_matches('/').parse()?,
            control_plane,
            database,
            world,
            newest,
            filled_at_us,
            _folder: folder,
        };
        stage.say(&format!("filled in {:.0} s", filled_in.as_secs_f64()))?;
        Ok(stage)
    }

    /// A connection from one of many loopback addresses.
    pub async fn http(&self, from: u8) -> Result<Http> {
        Http::connect(
            self.address,
            Ipv4Addr::new(127, 0, 0, from.saturating_add(1)),
        )
        .await
    }

    /// Whose processor time an operation takes: the control plane's, and its database server's if there is one.
    pub fn watched(&self) -> Result<Vec<Who>> {
        let server = self.database.process()?.map(Who::Tree);
        let own = Who::Tree(self.control_plane.station().pid);
        Ok([own].into_iter().chain(server).collect())
    }

    /// Says on standard error what is being measured: it takes minutes.
    pub fn say(&self, what: &str) -> Result<()> {
        writeln!(std::io::stderr(), "{}: {what}", self.database.kind.name())?;
        Ok(())
    }
}
