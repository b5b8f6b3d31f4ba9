//! Brings rollouts forward, by what is recorded alone.

use std::sync::Arc;
use std::time::Duration;

use edgeward_api::action::ToDo;
use edgeward_api::event::Kind;
use edgeward_api::selection::Selection as ApiSelection;
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, MAX_DEVICES, Next, Rollout, State};
use edgeward_ids::{AgentId, RolloutId};
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{Asked, Due, Failure, RolloutAsk, RolloutView, Side, StoreError, Work};
use edgeward_wire::action::ActionRequest;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::back::{Back, back};
use super::view::todo;
use crate::actions::to_request;
use crate::app::App;
use crate::events::Event;
use crate::now;
use crate::selection::{self, TWINS_AT_ONCE, choose};

/// How often rollouts are looked at, whatever happened.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long after a look the next one may come: devices end in crowds.
const PAUSE: Duration = Duration::from_millis(300);

/// How often devices are looked for that have come to match, at most and at least.
const JOIN_EVERY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Brings rollouts forward until the control plane stops.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut events = app.events.listen();
    let mut timer = tokio::time::interval(LOOK_EVERY);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last_join: Option<Instant> = None;
    let mut may_join = true;
    loop {
        let is_due = tokio::select! {
            () = shutdown.triggered() => return,
            _ = timer.tick() => true,
            event = events.recv() => match event {
                Ok(Event::Changed(Kind::Rollouts | Kind::Actions)) => true,
                Ok(Event::Changed(Kind::Agents | Kind::Registrations | Kind::Twins)) => {
                    may_join = true;
                    false
                }
                Ok(_) => false,
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
        };
        if !is_due {
            continue;
        }
        let since = last_join.map(|last| last.elapsed());
        let (soon, late) = JOIN_EVERY;
        let joins = since.is_none_or(|since| since >= late || (may_join && since >= soon));
        if joins {
            last_join = Some(Instant::now());
            may_join = false;
        }
        if let Err(error) = app.step_rollouts(joins).await {
            tracing::warn!(error = %Chain(&error), "cannot bring rollouts forward");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl App {
    /// Brings each rollout as far as it can be now. Safe to repeat. With `joins` devices are looked for that have come to match.
    pub(crate) async fn step_rollouts(&self, joins: bool) -> Result<(), StoreError> {
        for id in self.rollouts.store.rollouts_going_on().await? {
            if joins {
                self.join(id).await?;
            }
            while self.step(id).await? {}
        }
        Ok(())
    }

    /// One step of a rollout; whether there may be another one at once.
    async fn step(&self, id: RolloutId) -> Result<bool, StoreError> {
        let Some(view) = self.rollouts.store.rollout(id).await? else {
            return Ok(false);
        };
        let side = match view.rollout.state {
            State::Running => Side::Doing,
            State::Undoing => Side::Undoing,
            State::Paused | State::Aborted | State::Done | State::Undone => return Ok(false),
        };
        let next = view.rollout.next(&view.standing, now());
        if !matches!(next, Next::Pause(_)) && self.ask_due(&view, side).await? {
            return Ok(true);
        }
        let change = match next {
            Next::Wait => return Ok(false),
            Next::Begin => Change::BeginWave,
            Next::Pause(reason) => Change::Pause(reason),
            Next::Finish => Change::Finish,
        };
        tracing::info!(rollout = %id, change = change.as_str(), "a rollout goes on");
        let by = author(&view.rollout);
        let changed = self.rollouts.store.change_rollout(id, &change, &by, now());
        match changed.await {
            Ok(()) => {
                self.rollouts.changed();
                Ok(true)
            }
            // Somebody was faster.
            Err(Failure::Refused(_)) => Ok(false),
            Err(Failure::Store(error)) => Err(error),
        }
    }

    /// Asks some of those who have to be asked; whether there were any.
    async fn ask_due(&self, view: &RolloutView, side: Side) -> Result<bool, StoreError> {
        let rollout = &view.rollout;
        let limit = TWINS_AT_ONCE as u64;
        let due = self.rollouts.store.rollout_due(rollout.id, side, limit);
        let due = due.await?;
        if due.is_empty() {
            return Ok(false);
        }
        let asks = match side {
            Side::Doing => self.to_do(rollout, &view.work, &due).await?,
            Side::Undoing => due
                .iter()
                .filter_map(|due| {
                    let todo: ToDo = serde_json::from_str(due.undo.as_deref()?).ok()?;
                    let asked = asked(rollout, to_request(&todo).ok()?);
                    Some(RolloutAsk {
                        agent: due.agent,
                        asked,
                        undo: None,
                    })
                })
                .collect(),
        };
        let by = author(rollout);
        let asked = self
            .rollouts
            .store
            .ask_for_rollout(rollout.id, side, asks, &by, now())
            .await?;
        let any = !asked.is_empty();
        if any {
            self.actions.courier.call(asked);
            self.rollouts.changed();
        }
        Ok(any)
    }

    /// What devices are asked, each with its own way back.
    async fn to_do(
        &self,
        rollout: &Rollout,
        work: &Work,
        due: &[Due],
    ) -> Result<Vec<RolloutAsk>, StoreError> {
        let todo_text = ToDo {
            name: work.action.clone(),
            snap: work.snap.clone(),
            data: work.data.clone(),
        };
        // What was written down was checked.
        let Ok(request) = to_request(&todo_text) else {
            return Ok(Vec::new());
        };
        let agents: Vec<AgentId> = due.iter().map(|due| due.agent).collect();
        let twins = selection::reported(self, &agents).await?;
        let nothing = serde_json::Map::new();
        let asks = agents.into_iter().map(|agent| {
            let reported = twins.get(&agent).unwrap_or(&nothing);
            let undo = match back(&request, reported) {
                Back::By(undo) => serde_json::to_string(&todo(&undo)).ok(),
                Back::No(_) => None,
            };
            RolloutAsk {
                agent,
                asked: asked(rollout, request.clone()),
                undo,
            }
        });
        Ok(asks.collect())
    }

    /// Adds devices that have come to match.
    async fn join(&self, id: RolloutId) -> Result<(), StoreError> {
        let Some(view) = self.rollouts.store.rollout(id).await? else {
            return Ok(());
        };
        if view.rollout.state != State::Running || !view.rollout.plan.include_later {
            return Ok(());
        }
        // It was written by this program.
        let Ok(selection) = serde_json::from_str::<ApiSelection>(&view.work.selection) else {
            return Ok(());
        };
        let rollout = &view.rollout;
        let selection = selection::in_place(rollout.organisation, rollout.project, &selection);
        let Ok(selection) = selection else {
            return Ok(());
        };
        let chosen = choose(self, &selection).await?;
        if chosen.len() > MAX_DEVICES {
            tracing::warn!(rollout = %id, matching = chosen.len(), "more devices match a rollout than it may have; those that come are not included");
            return Ok(());
        }
        let agents: Vec<AgentId> = chosen
            .into_iter()
            .map(|chosen| chosen.device.agent)
            .collect();
        let joined = self.rollouts.store.join_rollout(id, &agents).await?;
        if joined > 0 {
            tracing::info!(rollout = %id, joined, "devices have come to match a rollout");
            self.rollouts.changed();
        }
        Ok(())
    }
}

fn asked(rollout: &Rollout, request: ActionRequest) -> Asked {
    Asked {
        name: request.name.as_str().to_owned(),
        snap: request.snap,
        data: request.data,
        not_after: now() + rollout.plan.lifetime,
        rollout: Some(rollout.id),
    }
}

fn author(rollout: &Rollout) -> By {
    By::system(&format!("rollout {}", rollout.name))
}
