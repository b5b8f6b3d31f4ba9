//! Snaps that models need: published on the serial's topic, again and again, until the device shows them.

use std::time::Duration;

use edgeward_domain::device::RequiredSnap;
use edgeward_ids::{ActionId, AgentId};
use edgeward_runtime::Chain;
use edgeward_store::StoreError;
use edgeward_wire::iot::Topic;
use edgeward_wire::iot::health::{RequiredInstall, RequiredSnap as Wanted};

use super::Iot;

/// How often devices are reminded.
pub const REQUIRED_INSTALL_EVERY: Duration = Duration::from_secs(5 * 60);

impl Iot {
    /// Reminds every existing agent that is there of what it lacks. Safe to repeat.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn remind_of_required(&self) -> Result<(), StoreError> {
        let required = self.store.required_snaps(None).await?;
        if required.is_empty() {
            return Ok(());
        }
        for (agent, _) in self.presence.online() {
            if self.directory.get(agent).is_some() {
                self.remind(agent, &required).await?;
            }
        }
        Ok(())
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
