//! Use cases of rollouts.

use std::sync::Arc;

use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_api::rollout as api;
use edgeward_domain::access::{Permit, Visible};
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, MAX_DEVICES, Plan, Rollout, State};
use edgeward_domain::selection::Selection;
use edgeward_ids::{AgentId, Name, RolloutId};
use edgeward_store::{
    Failure, RolloutChangeRefusal, RolloutFilter, RolloutRefusal, RolloutStore, RolloutView, Slice,
    StoreError, Work,
};
use edgeward_wire::action::ActionRequest;

use super::back::{Back, back, effect};
use super::view::{device_to_api, state_from_api, to_api};
use crate::app::App;
use crate::events::Events;
use crate::now;
use crate::selection::{self, Chosen, choose};

/// The most devices that a preview shows.
const MAX_SHOWN: usize = 500;

/// A rollout to be made, checked.
pub(super) struct Wanted {
    pub(super) name: Name,
    pub(super) selection: Selection,
    pub(super) request: ActionRequest,
    pub(super) plan: Plan,
}

/// Why a rollout is not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum BeginError {
    #[error("no device matches; change the selection, or include devices that come to match later")]
    Nobody,
    #[error("{0} devices match; a rollout has at most {MAX_DEVICES}")]
    TooMany(usize),
    #[error(transparent)]
    Refused(#[from] RolloutRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Rollouts.
pub struct Rollouts {
    pub(super) store: Arc<dyn RolloutStore>,
    pub(super) events: Events,
}

impl Rollouts {
    /// Over this store.
    pub fn new(store: Arc<dyn RolloutStore>, events: Events) -> Self {
        Self { store, events }
    }

    /// What a rollout would do.
    pub(super) async fn preview(
        &self,
        app: &App,
        wanted: &Wanted,
    ) -> Result<api::Preview, StoreError> {
        let chosen = in_order(app, choose(app, &wanted.selection).await?);
        let total = chosen.len() as u64;
        let is_online = |chosen: &Chosen| app.presence.is_online(chosen.device.agent);
        let online = chosen.iter().filter(|chosen| is_online(chosen)).count() as u64;
        let places = wanted.plan.places(total);
        let mut devices = Vec::with_capacity(chosen.len().min(MAX_SHOWN));
        let shown: Vec<AgentId> = chosen
            .iter()
            .take(MAX_SHOWN)
            .map(|chosen| chosen.device.agent)
            .collect();
        let twins = selection::reported(app, &shown).await?;
        for (chosen, wave) in chosen.into_iter().zip(places).take(MAX_SHOWN) {
            let nothing = serde_json::Map::new();
            let reported = twins.get(&chosen.device.agent).unwrap_or(&nothing);
            devices.push(api::PreviewDevice {
                device_id: chosen.device.agent,
                online: is_online(&chosen),
                device_name: chosen.device.name,
                project_id: chosen.device.project,
                wave: wave.into(),
                why: chosen.why,
                effect: effect(&wanted.request, reported),
                undo: match back(&wanted.request, reported) {
                    Back::By(request) => said(&request),
                    Back::No(why) => why.to_owned(),
                },
            });
        }
        Ok(api::Preview {
            total,
            online,
            offline: total - online,
            waves: wanted.plan.sizes(total),
            devices,
        })
    }

    /// Begins a rollout. The permit is for the place of its selection.
    pub(super) async fn begin(
        &self,
        app: &App,
        _permit: &Permit,
        by: &By,
        wanted: Wanted,
    ) -> Result<RolloutId, BeginError> {
        let chosen = in_order(app, choose(app, &wanted.selection).await?);
        if chosen.is_empty() && !wanted.plan.include_later {
            return Err(BeginError::Nobody);
        }
        if chosen.len() > MAX_DEVICES {
            return Err(BeginError::TooMany(chosen.len()));
        }
        let places = wanted.plan.places(chosen.len() as u64);
        let devices: Vec<(AgentId, u32)> = chosen
            .iter()
            .map(|chosen| chosen.device.agent)
            .zip(places)
            .collect();
        let now = now();
        let rollout = Rollout {
            id: RolloutId::generate(),
            name: wanted.name,
            organisation: wanted.selection.organisation,
            project: wanted.selection.project,
            plan: wanted.plan,
            state: State::Running,
            reason: String::new(),
            begun: 0,
            forgiven: 0,
            created_at: now,
            created_by: by.author.name.clone(),
            changed_at: now,
        };
        let selection = selection::to_api(&wanted.selection);
        let work = Work {
            selection: serde_json::to_string(&selection).unwrap_or_default(),
            action: wanted.request.name.as_str().to_owned(),
            snap: wanted.request.snap,
            data: wanted.request.data,
        };
        self.store
            .begin_rollout(&rollout, &work, &devices, by)
            .await
            .map_err(|failure| match failure {
                Failure::Store(error) => BeginError::Store(error),
                Failure::Refused(refusal) => BeginError::Refused(refusal),
            })?;
        self.changed();
        Ok(rollout.id)
    }

    /// The rollouts that match and may be seen, the newest first.
    pub(super) async fn list(
        &self,
        visible: Visible,
        filter: &api::RolloutFilter,
        slice: Slice,
    ) -> Result<List<api::Rollout>, StoreError> {
        let wanted = RolloutFilter {
            organisation: filter.organisation,
            project: filter.project,
            state: filter.state.map(state_from_api),
            visible,
        };
        let page = self.store.rollouts(&wanted, slice).await?;
        Ok(List {
            items: page.items.into_iter().map(to_api).collect(),
            total: page.total,
        })
    }

    /// One rollout.
    pub(super) async fn find(&self, id: RolloutId) -> Result<Option<RolloutView>, StoreError> {
        self.store.rollout(id).await
    }

    /// A rollout's devices, in the order of their waves.
    pub(super) async fn devices(
        &self,
        id: RolloutId,
        slice: Slice,
    ) -> Result<List<api::RolloutDevice>, StoreError> {
        let page = self.store.rollout_devices(id, slice).await?;
        Ok(List {
            items: page.items.into_iter().map(device_to_api).collect(),
            total: page.total,
        })
    }

    /// Changes a rollout. The permit is for its place.
    pub(super) async fn change(
        &self,
        _permit: &Permit,
        by: &By,
        id: RolloutId,
        change: &Change,
    ) -> Result<(), Failure<RolloutChangeRefusal>> {
        self.store.change_rollout(id, change, by, now()).await?;
        self.changed();
        Ok(())
    }

    /// A rollout is further.
    pub(super) fn changed(&self) {
        self.events.changed(Kind::Rollouts);
        self.events.changed(Kind::Actions);
        self.events.changed(Kind::Audit);
    }
}

/// Those first that are here, so that the first waves tell something; else by name.
fn in_order(app: &App, mut chosen: Vec<Chosen>) -> Vec<Chosen> {
    chosen.sort_by_cached_key(|chosen| !app.presence.is_online(chosen.device.agent));
    chosen
}

/// Such as `refresh hello latest/edge`.
fn said(request: &ActionRequest) -> String {
    let parts = [request.name.as_str(), &request.snap, &request.data];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
