//! Snaps that models need: published on the serial's topic, again and again, until the device shows them.

use std::collections::HashMap;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::device::RequiredSnap;
use edgeward_ids::{ActionId, AgentId};
use edgeward_runtime::Chain;
use edgeward_store::StoreError;
use edgeward_wire::iot::Topic;
use edgeward_wire::iot::health::{RequiredInstall, RequiredSnap as Wanted};

use parking_lot::Mutex;

use super::Iot;
use crate::now;

/// How often a device is reminded, as long as it lacks something.
pub const REQUIRED_INSTALL_EVERY: Duration = Duration::from_secs(5 * 60);

/// When devices were reminded last.
#[derive(Default)]
pub struct Reminded(Mutex<HashMap<AgentId, Moment>>);

impl Reminded {
    /// Whether it is time to remind a device; then it counts as done.
    fn is_due(&self, agent: AgentId, now: Moment) -> bool {
        let mut all = self.0.lock();
        let due = all
            .get(&agent)
            .is_none_or(|last| now.since(*last) >= REQUIRED_INSTALL_EVERY);
        if due {
            all.insert(agent, now);
        }
        due
    }

    /// What is needed has changed: everybody is reminded anew.
    pub fn forget_all(&self) {
        self.0.lock().clear();
    }
}

impl Iot {
    /// Reminds a device that has just said that it is there, and so hears it, of what it lacks. Safe to repeat.
    pub(super) async fn remind_if_due(&self, agent: AgentId) -> Result<(), StoreError> {
        if !self.reminded.is_due(agent, now()) {
            return Ok(());
        }
        let required = self.store.required_snaps(None).await?;
        if required.is_empty() {
            return Ok(());
        }
        self.remind(agent, &required).await
    }

    async fn remind(&self, agent: AgentId, required: &[RequiredSnap]) -> Result<(), StoreError> {
        let Some(view) = self.store.registration(agent).await? else {
            return Ok(());
        };
        let registration = &view.registration;
        let identity = &registration.identity;
        let mut wanted: Vec<&RequiredSnap> = required
            .iter()
            .filter(|snap| snap.organisation == registration.organisation)
            .filter(|snap| snap.concerns(&identity.brand, &identity.model))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let installed = match self.replies() {
            Some(replies) => replies.installed_snaps(agent).await.unwrap_or_default(),
            None => Default::default(),
        };
        wanted.retain(|snap| !installed.contains(&snap.snap));
        // What is said of the brand counts before what is said of every brand.
        wanted.sort_by(|a, b| (&a.snap, a.brand.is_none()).cmp(&(&b.snap, b.brand.is_none())));
        wanted.dedup_by(|a, b| a.snap == b.snap);
        let Some(known) = self.directory.get(agent) else {
            return Ok(());
        };
        let (Some(serial), false) = (&known.serial, wanted.is_empty()) else {
            return Ok(());
        };
        let message = RequiredInstall {
            id: ActionId::generate().to_string(),
            snaps: wanted
                .iter()
                .map(|snap| Wanted::new(&snap.snap, snap.channel.as_deref()))
                .collect(),
        };
        let topic = Topic::RequiredInstall(serial.as_str()).to_string();
        if let Err(error) = self.publish(topic, &message).await {
            tracing::warn!(%agent, error = %Chain(&error), "cannot remind a device of required snaps; it is reminded again later");
        }
        Ok(())
    }
}
