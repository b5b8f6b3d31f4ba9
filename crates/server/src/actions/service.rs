//! Use cases of actions.

use std::sync::Arc;
use std::time::Duration;

use edgeward_api::action as api;
use edgeward_api::event::Kind;
use edgeward_api::list::List;
use edgeward_domain::access::{Permit, Visible};
use edgeward_domain::action::{DEFAULT_LIFETIME, Heard, MAX_LIFETIME};
use edgeward_domain::audit::By;
use edgeward_ids::{ActionId, AgentId, RolloutId};
use edgeward_runtime::Shutdown;
use edgeward_store::{
    ActionFilter, ActionStore, ActionView, AskRefusal, Asked, CallOffRefusal, Failure, HeardOf,
    HeardOutcome, Slice, StoreError,
};
use edgeward_wire::action::{ActionReport, ActionRequest};

use super::Courier;
use super::view::{heard, to_api};
use crate::api::ApiError;
use crate::batches::Batches;
use crate::events::Events;
use crate::now;

/// Actions.
pub struct Actions {
    store: Arc<dyn ActionStore>,
    /// Who brings them.
    pub courier: Courier,
    events: Events,
    heard: Batches<HeardOf>,
}

/// For how long an action may wait, as it was asked for.
pub(crate) fn lifetime(expires_in_s: Option<u64>) -> Result<Duration, ApiError> {
    let lifetime = expires_in_s.map_or(DEFAULT_LIFETIME, Duration::from_secs);
    if (Duration::from_secs(1)..=MAX_LIFETIME).contains(&lifetime) {
        Ok(lifetime)
    } else {
        let most = MAX_LIFETIME.as_secs();
        Err(ApiError::invalid(format!(
            "expires_in_s must be 1 to {most}"
        )))
    }
}

impl Actions {
    /// Over this store, brought by this courier.
    pub fn new(store: Arc<dyn ActionStore>, courier: Courier, events: Events) -> Self {
        Self {
            store,
            courier,
            events,
            heard: Batches::default(),
        }
    }

    /// Asks devices; each permit is for the project of the device in the same place.
    pub async fn ask(
        &self,
        devices: &[(AgentId, Permit)],
        request: ActionRequest,
        lifetime: Duration,
        rollout: Option<RolloutId>,
        by: &By,
    ) -> Result<Vec<api::AskedAction>, Failure<AskRefusal>> {
        let agents: Vec<AgentId> = devices.iter().map(|(agent, _)| *agent).collect();
        let now = now();
        let asked = Asked {
            name: request.name.as_str().to_owned(),
            snap: request.snap,
            data: request.data,
            not_after: now + lifetime,
            rollout,
        };
        let actions = self.store.ask(&agents, &asked, by, now).await?;
        self.courier.call(agents);
        self.changed();
        Ok(actions
            .into_iter()
            .map(|action| api::AskedAction {
                id: action.id,
                device_id: action.agent,
            })
            .collect())
    }

    /// The actions that match and may be seen, the newest first.
    pub async fn list(
        &self,
        visible: Visible,
        filter: &api::ActionFilter,
        slice: Slice,
    ) -> Result<List<api::Action>, StoreError> {
        let states = match (filter.state, filter.open) {
            (Some(state), _) => vec![word(state)],
            (None, Some(true)) => vec!["queued", "sent", "running"],
            (None, Some(false)) => vec!["done", "failed", "expired", "cancelled"],
            (None, None) => Vec::new(),
        };
        let wanted = ActionFilter {
            agent: filter.device,
            organisation: filter.organisation,
            project: filter.project,
            rollout: filter.rollout,
            states,
            name: filter.name.clone(),
            visible,
        };
        let page = self.store.actions(&wanted, slice).await?;
        Ok(List {
            items: page.items.into_iter().map(to_api).collect(),
            total: page.total,
        })
    }

    /// One action, with where its device is.
    pub async fn find(&self, id: ActionId) -> Result<Option<ActionView>, StoreError> {
        self.store.action(id).await
    }

    /// Calls an action off. The permit is for the project of its device.
    pub async fn call_off(
        &self,
        _permit: &Permit,
        by: &By,
        id: ActionId,
    ) -> Result<(), Failure<CallOffRefusal>> {
        let action = self.store.call_off(id, by, now()).await?;
        self.courier.arrived(action.agent);
        self.changed();
        Ok(())
    }

    /// A device of ours says how far an action is; it is written down soon.
    pub async fn reported(&self, agent: AgentId, report: ActionReport) {
        self.said(agent, report.action, heard(report.step)).await;
    }

    /// A device says how far an action is; it is written down soon.
    pub async fn said(&self, agent: AgentId, action: ActionId, heard: Heard) {
        let at = now();
        let said = HeardOf {
            agent,
            action,
            heard,
            at,
        };
        self.heard.add(said).await;
    }

    /// Writes down what devices say, until the control plane stops.
    pub async fn write(&self, shutdown: Shutdown) {
        self.heard
            .write("actions", shutdown, |said| self.record(said))
            .await;
    }

    async fn record(&self, said: Arc<[HeardOf]>) -> Result<(), StoreError> {
        let from: Vec<AgentId> = said.iter().map(|said| said.agent).collect();
        let outcomes = self.store.heard_of_actions(said.to_vec()).await?;
        let mut changed = false;
        for (agent, outcome) in from.into_iter().zip(outcomes) {
            match outcome {
                HeardOutcome::Changed(action) => {
                    changed = true;
                    if action.state.has_ended() {
                        let state = action.state.as_str();
                        metrics::counter!("edgeward_actions_ended_total", "state" => state)
                            .increment(1);
                        // What waited behind it may go now.
                        self.courier.call([agent]);
                    }
                }
                HeardOutcome::Same => {}
                HeardOutcome::Unknown => {
                    metrics::counter!("edgeward_action_reports_refused_total").increment(1);
                    tracing::warn!(%agent, "a device spoke of an action that it does not have");
                }
            }
        }
        if changed {
            self.changed();
        }
        Ok(())
    }

    /// Ends what nobody heard of for too long. Safe to repeat.
    pub async fn end_overdue(&self) -> Result<(), StoreError> {
        let ended = self.store.end_overdue(now()).await?;
        for action in &ended {
            let state = action.state.as_str();
            metrics::counter!("edgeward_actions_ended_total", "state" => state).increment(1);
            tracing::info!(action = %action.id, agent = %action.agent, state, "an action's time is over");
        }
        if !ended.is_empty() {
            self.changed();
        }
        Ok(())
    }

    /// Something was asked for, or is further.
    pub(crate) fn changed(&self) {
        self.events.changed(Kind::Actions);
    }
}

const fn word(state: api::State) -> &'static str {
    match state {
        api::State::Queued => "queued",
        api::State::Sent => "sent",
        api::State::Running => "running",
        api::State::Done => "done",
        api::State::Failed => "failed",
        api::State::Expired => "expired",
        api::State::Cancelled => "cancelled",
    }
}
