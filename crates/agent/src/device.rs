//! What the agent does on a device with snapd beside its connection: the watchdog, the change log, the NATS API.
//!
//! Nothing of it needs the control plane, and the connection needs nothing of it: what cannot be started is said in the log.

use std::path::Path;

use edgeward_runtime::{Chain, Shutdown};
use edgeward_snapd::Snapd;
use tokio::sync::watch;

use crate::Status;
use crate::changes::ChangeLog;
use crate::config::Config;
use crate::events::{self, Outbox};
use crate::nats::Nats;
use crate::watchdog::Watchdog;

/// Starts it; what is to be told to the control plane comes out of the outbox. None on a device without snapd, or if nothing
/// can be written down.
pub(crate) fn start(
    config: &Config,
    state_dir: &Path,
    status: &watch::Receiver<Status>,
    shutdown: &Shutdown,
) -> Option<Outbox> {
    let snapd = Snapd::new(config.snapd()?);
    start_change_log(config, state_dir, &snapd, shutdown);
    if let Some(nats) = Nats::new(&config.nats, snapd.clone(), status.clone()) {
        shutdown.spawn("nats api", nats.run(shutdown.token()));
    }
    let database = match events::open(state_dir) {
        Ok(database) => database,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "there is no watchdog, because nothing can be noted");
            return None;
        }
    };
    let outbox = Outbox::new(database.clone());
    if config.watchdog.enabled {
        let watchdog = Watchdog::new(
            snapd,
            config.watchdog.clone(),
            config.places.data_dir(state_dir),
            database,
            outbox.clone(),
        );
        shutdown.spawn("watchdog", watchdog.run(shutdown.token()));
    }
    Some(outbox)
}

fn start_change_log(config: &Config, state_dir: &Path, snapd: &Snapd, shutdown: &Shutdown) {
    match config
        .change_log
        .location
        .resolve(&config.places, state_dir)
    {
        Ok(file) => {
            let log = ChangeLog {
                snapd: snapd.clone(),
                file,
                config: config.change_log.clone(),
            };
            shutdown.spawn("change log", log.run(shutdown.token()));
        }
        Err(problem) => tracing::error!(
            problem,
            "there is no change log: snaplogger.database.location cannot be used"
        ),
    }
}

#[cfg(test)]
mod tests;
