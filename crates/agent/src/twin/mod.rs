//! What the device is like, reported to the control plane: sections `device`, `os`, `snaps` and `agent`, each as a whole, after each
//! connect and when something in it has changed.
//!
//! It looks after each action that has ended, and every [`LOOK_INTERVAL`] while there is a connection. A device without snapd
//! reports `os` and `agent` only.

mod device;
mod fit;
mod sections;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use edgeward_snapd::Snapd;
use edgeward_wire::report::Report;
use serde_json::Map;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::connection::{LinkState, Status};
use crate::reports::{About, Reports};
pub(crate) use device::Device;

/// How often the device is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// Looks at the device and reports it.
pub(crate) struct Twin {
    snapd: Option<Snapd>,
    reports: Arc<Reports>,
    /// What was reported on this connection.
    known: BTreeMap<&'static str, u64>,
}

impl Twin {
    /// Of a device with this snapd; none if this agent does not speak to one.
    pub(crate) fn new(snapd: Option<Snapd>, reports: Arc<Reports>) -> Self {
        Self {
            // One look more or less does not matter; so nobody waits for a snapd that is away.
            snapd: snapd.map(|snapd| snapd.with_patience(Duration::ZERO)),
            reports,
            known: BTreeMap::new(),
        }
    }

    /// Looks and reports for as long as the agent runs. `ended` counts actions.
    pub(crate) async fn keep(
        mut self,
        mut status: watch::Receiver<Status>,
        mut ended: watch::Receiver<u64>,
    ) {
        let mut ticks = interval_at(Instant::now() + LOOK_INTERVAL, LOOK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut reader = None;
        loop {
            let now = {
                let status = status.borrow_and_update();
                let online = matches!(status.link, LinkState::Online { .. });
                online.then(|| (status.since_us, status.membership.clone()))
            };
            if now != reader {
                // Nobody knows what the other end has kept: it listens to a device that it has adopted, and to no other.
                self.known.clear();
                reader = now;
            }
            if reader.is_some() {
                self.look().await;
            }
            let ended_alone = async {
                if ended.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                changed = status.changed() => if changed.is_err() { return },
                () = ended_alone => {}
                _tick = ticks.tick() => {}
            }
        }
    }

    /// Reports the sections that are not as they were reported last.
    async fn look(&mut self) {
        for (name, section) in sections::gather(self.snapd.as_ref()).await {
            let section = fit::fitting(section);
            let mut hasher = DefaultHasher::new();
            section.to_string().hash(&mut hasher);
            let hash = hasher.finish();
            if self.known.insert(name, hash) == Some(hash) {
                continue;
            }
            let sections = Map::from_iter([(name.to_owned(), section)]);
            self.reports
                .put(About::Section(name), Report::Twin { sections });
        }
    }
}

#[cfg(test)]
mod tests;
