//! Required snaps on devices with our agent: whatever a device lacks is asked of it as an ordinary action, by the system.
//!
//! Existing agents are told on their serial's topic (`iot::required`). Here an `install` is asked for only as long as the twin does
//! not show the snap, never beside one that has not ended, and after one that failed only when some time has passed. A device
//! whose twin says nothing of snaps yet is asked for nothing. Another channel than the wished one is no lack: which channel a
//! snap follows later is a matter of the wishes for the device.

use std::collections::HashMap;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::access::{Action as Right, Grants, Scope, Visible, permit};
use edgeward_domain::action::{Action, DEFAULT_LIFETIME, State};
use edgeward_domain::audit::By;
use edgeward_domain::device::RequiredSnap;
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{ActionFilter, Failure, Slice, StoreError};
use edgeward_wire::action::{ActionName, ActionRequest};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::app::App;
use crate::now;

/// How often it is seen to whose turn it is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after a device has reported it is looked at: what it reports is written many at a time.
const LOOK_AFTER: Duration = Duration::from_secs(2);

/// How long an installation that was done may take to show in the twin.
const SHOWS_WITHIN: Duration = Duration::from_secs(2 * 60);

/// How often a device is looked at again that lacks something.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// How long after an installation that failed, expired or was called off it is asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(30 * 60);

/// How many devices are looked at in one go.
const MAX_LOOKED_AT: usize = 500;

/// Which devices to look at, and when. No more than there are agents.
#[derive(Default)]
pub struct Lacking(Mutex<HashMap<AgentId, Moment>>);

impl Lacking {
    /// A device is there, or has said something new of itself.
    pub fn look_at(&self, agent: AgentId) {
        self.at(agent, now() + LOOK_AFTER);
    }

    /// Look at these as soon as may be.
    fn look_at_all(&self, agents: impl IntoIterator<Item = AgentId>, now: Moment) {
        let mut due = self.0.lock();
        for agent in agents {
            due.insert(agent, now);
        }
    }

    fn at(&self, agent: AgentId, when: Moment) {
        let mut due = self.0.lock();
        let known = due.entry(agent).or_insert(when);
        *known = (*known).min(when);
    }

    fn take_due(&self, now: Moment) -> Vec<AgentId> {
        let mut due = self.0.lock();
        let some: Vec<AgentId> = due
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(agent, _)| *agent)
            .take(MAX_LOOKED_AT)
            .collect();
        for agent in &some {
            due.remove(agent);
        }
        some
    }
}

/// Which device it is, as far as required snaps are concerned.
struct Device {
    organisation: OrganisationId,
    project: ProjectId,
    brand: String,
    model: String,
}

impl App {
    /// What is needed has changed, or who is there is not known for sure: everybody is looked at.
    pub(crate) fn look_for_lacks(&self) {
        let here = self.presence.online();
        self.lacking
            .look_at_all(here.into_iter().map(|(agent, _)| agent), now());
    }

    /// Asks devices for what they lack, until the control plane stops. Safe to repeat.
    pub(crate) async fn install_required(&self, shutdown: Shutdown) {
        let mut timer = tokio::time::interval(LOOK_EVERY);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.triggered() => return,
                _ = timer.tick() => {}
            }
            let due = self.lacking.take_due(now());
            if due.is_empty() {
                continue;
            }
            if let Err(error) = self.look_for_lacks_of(&due).await {
                tracing::warn!(error = %Chain(&error), "cannot look which required snaps devices lack");
                for agent in due {
                    self.lacking.at(agent, now() + AGAIN_AFTER);
                }
            }
        }
    }

    async fn look_for_lacks_of(&self, agents: &[AgentId]) -> Result<(), StoreError> {
        let required = self.store.devices().required_snaps(None).await?;
        if required.is_empty() {
            return Ok(());
        }
        let mut here: Vec<AgentId> = agents.to_vec();
        here.retain(|agent| {
            self.presence.is_online(*agent) && self.iot.directory.get(*agent).is_none()
        });
        for (agent, twin) in self.store.twins().twins(&here).await? {
            let Some(device) = self.device_of(agent, &twin.reported.value).await? else {
                continue;
            };
            let needed = needed(&required, &device);
            let Some(Value::Object(installed)) = twin.reported.value.get("snaps") else {
                continue;
            };
            let lacks: Vec<&RequiredSnap> = needed
                .into_iter()
                .filter(|snap| !installed.contains_key(&snap.snap))
                .collect();
            if lacks.is_empty() {
                continue;
            }
            self.lacking.at(agent, now() + AGAIN_AFTER);
            self.ask_for(agent, &device, &lacks).await?;
        }
        Ok(())
    }

    /// Its registration says who it is; one that is not registered is what it reports of itself.
    async fn device_of(
        &self,
        agent: AgentId,
        reported: &Map<String, Value>,
    ) -> Result<Option<Device>, StoreError> {
        let Some(view) = self.store.agents().agent(agent).await? else {
            return Ok(None);
        };
        let Some(membership) = view.agent.state.membership() else {
            return Ok(None);
        };
        let (brand, model) = match self.store.devices().registration(agent).await? {
            Some(registered) => {
                let identity = registered.registration.identity;
                (identity.brand, identity.model)
            }
            None => {
                let said = |key: &str| {
                    let text = reported
                        .get("device")
                        .and_then(|device| device.get(key)?.as_str());
                    text.unwrap_or_default().to_owned()
                };
                (said("brand"), said("model"))
            }
        };
        Ok(Some(Device {
            organisation: membership.organisation,
            project: membership.project,
            brand,
            model,
        }))
    }

    async fn ask_for(
        &self,
        agent: AgentId,
        device: &Device,
        lacks: &[&RequiredSnap],
    ) -> Result<(), StoreError> {
        let actions = self.store.actions();
        let open = actions.open_actions(&[agent]).await?;
        let filter = ActionFilter {
            agent: Some(agent),
            name: Some(ActionName::Install.as_str().to_owned()),
            ..ActionFilter::new(Visible::Everything)
        };
        let past = actions.actions(&filter, Slice::FIRST).await?;
        let past: Vec<Action> = past.items.into_iter().map(|view| view.action).collect();
        let scope = Scope::Project {
            organisation: device.organisation,
            project: device.project,
        };
        // The control plane itself may do whatever its operators may.
        let Ok(permit) = permit(&Grants::system_admin(), Right::OperateDevices, scope) else {
            return Ok(());
        };
        let now = now();
        for snap in lacks {
            if !may_be_asked_for(&snap.snap, &open, &past, now) {
                continue;
            }
            let request = ActionRequest {
                name: ActionName::Install,
                snap: snap.snap.clone(),
                data: snap.channel.clone().unwrap_or_default(),
            };
            let by = By::system("required snaps");
            let asked = self
                .actions
                .ask(
                    &[(agent, permit.clone())],
                    request,
                    DEFAULT_LIFETIME,
                    None,
                    &by,
                )
                .await;
            match asked {
                Ok(_) => {}
                Err(Failure::Store(error)) => return Err(error),
                Err(Failure::Refused(refusal)) => {
                    tracing::warn!(%agent, snap = snap.snap, error = %Chain(&refusal), "cannot ask a device for a required snap now");
                }
            }
        }
        Ok(())
    }
}

/// What a device needs. What is said of the brand counts before what is said of every brand.
fn needed<'a>(required: &'a [RequiredSnap], device: &Device) -> Vec<&'a RequiredSnap> {
    let mut needed: Vec<&RequiredSnap> = required
        .iter()
        .filter(|snap| snap.organisation == device.organisation)
        .filter(|snap| snap.concerns(&device.brand, &device.model))
        .collect();
    needed.sort_by(|a, b| (&a.snap, a.brand.is_none()).cmp(&(&b.snap, b.brand.is_none())));
    needed.dedup_by(|a, b| a.snap == b.snap);
    needed
}

/// Whether a snap that a device lacks may be asked for, given its actions that have not ended, and its last installations, the
/// newest first.
fn may_be_asked_for(snap: &str, open: &[Action], past: &[Action], now: Moment) -> bool {
    if open.iter().any(|action| action.snap == snap) {
        return false;
    }
    let Some(last) = past.iter().find(|action| action.snap == snap) else {
        return true;
    };
    let passed = now.since(last.changed_at);
    match last.state {
        State::Queued | State::Sent | State::Running(_) => false,
        State::Done(_) => passed >= SHOWS_WITHIN,
        State::Failed(_) | State::Expired | State::Cancelled => passed >= RETRY_AFTER,
    }
}

#[cfg(test)]
mod tests {
    use edgeward_domain::action::Progress;
    use edgeward_ids::ActionId;

    use super::*;

    fn install(snap: &str, state: State) -> Action {
        Action {
            id: ActionId::generate(),
            agent: AgentId::generate(),
            name: "install".to_owned(),
            snap: snap.to_owned(),
            data: String::new(),
            state,
            created_at: Moment::from_micros(0),
            created_by: String::new(),
            not_after: Moment::from_micros(0) + DEFAULT_LIFETIME,
            changed_at: Moment::from_micros(0),
            sent_at: None,
            rollout: None,
        }
    }

    fn after(passed: Duration) -> Moment {
        Moment::from_micros(0) + passed
    }

    #[test]
    fn nothing_is_asked_for_twice() {
        let start = after(Duration::ZERO);
        assert!(may_be_asked_for("web", &[], &[], start));
        for state in [
            State::Queued,
            State::Sent,
            State::Running(Progress::default()),
        ] {
            let open = [install("web", state)];
            let much_later = after(RETRY_AFTER * 100);
            assert!(!may_be_asked_for("web", &open, &open, much_later));
            assert!(may_be_asked_for("other", &open, &open, start));
        }
    }

    #[test]
    fn after_a_failure_there_is_a_pause() {
        let just_before = Duration::from_secs(1);
        for (state, pause) in [
            (State::Failed("no space".to_owned()), RETRY_AFTER),
            (State::Expired, RETRY_AFTER),
            (State::Cancelled, RETRY_AFTER),
            (State::Done("null".to_owned()), SHOWS_WITHIN),
        ] {
            // Only the newest counts.
            let past = [install("web", state), install("web", State::Queued)];
            assert!(!may_be_asked_for(
                "web",
                &[],
                &past,
                after(pause - just_before)
            ));
            assert!(may_be_asked_for("web", &[], &past, after(pause)));
        }
    }

    #[test]
    fn the_brand_counts_before_every_brand() {
        let organisation = OrganisationId::generate();
        let device = Device {
            organisation,
            project: ProjectId::generate(),
            brand: "acme".to_owned(),
            model: "gateway".to_owned(),
        };
        let snap = |brand: Option<&str>, model: &str, snap: &str, channel: &str| RequiredSnap {
            organisation,
            brand: brand.map(str::to_owned),
            model: model.to_owned(),
            snap: snap.to_owned(),
            channel: Some(channel.to_owned()),
        };
        let elsewhere = RequiredSnap {
            organisation: OrganisationId::generate(),
            ..snap(None, "gateway", "elsewhere", "")
        };
        let required = [
            snap(None, "gateway", "web", "latest/stable"),
            snap(Some("acme"), "gateway", "web", "latest/edge"),
            snap(Some("pumps"), "gateway", "pump", ""),
            snap(None, "press", "press", ""),
            elsewhere,
        ];
        let needed = needed(&required, &device);
        let [web] = needed.as_slice() else {
            panic!("{needed:?}");
        };
        assert_eq!(web.channel.as_deref(), Some("latest/edge"));
        assert!(
            super::needed(
                &required,
                &Device {
                    model: String::new(),
                    ..device
                }
            )
            .is_empty()
        );
    }
}
