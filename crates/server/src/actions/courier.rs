//! Brings actions to devices that are there, and brings them again until the device has answered.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::action::{Action, State};
use edgeward_ids::{ActionId, AgentId};
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{ActionStore, StoreError};
use edgeward_wire::action::ActionRequest;
use edgeward_wire::command::Body;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::old_agents;
use crate::agents::Presence;
use crate::bus::Commander;
use crate::iot::Iot;
use crate::now;

/// After how long an action that was not answered is sent again to a device that stays connected.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// How often all actions that have not ended are looked through.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// How many devices are served in one go.
const MAX_SERVED: usize = 1000;

/// How many actions of one device are under way at once; the others wait for them. A device takes them in order.
const UNDER_WAY: usize = 8;

/// Brings actions to devices.
pub struct Courier {
    store: Arc<dyn ActionStore>,
    presence: Arc<Presence>,
    commander: Arc<Commander>,
    iot: Arc<Iot>,
    waiting: Mutex<HashSet<Call>>,
    bell: Notify,
}

/// Whose actions to look at.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Call {
    /// There is something new for this device.
    New(AgentId),
    /// This device is here on a new connection: what it has not ended is asked for again.
    Arrived(AgentId),
}

impl Call {
    const fn agent(self) -> AgentId {
        match self {
            Self::New(agent) | Self::Arrived(agent) => agent,
        }
    }
}

impl Courier {
    /// Reads from this store, and sends to those who are present.
    pub fn new(
        store: Arc<dyn ActionStore>,
        presence: Arc<Presence>,
        commander: Arc<Commander>,
        iot: Arc<Iot>,
    ) -> Self {
        Self {
            store,
            presence,
            commander,
            iot,
            waiting: Mutex::default(),
            bell: Notify::new(),
        }
    }

    /// There is something for these devices.
    pub fn call(&self, agents: impl IntoIterator<Item = AgentId>) {
        self.waiting
            .lock()
            .extend(agents.into_iter().map(Call::New));
        self.bell.notify_one();
    }

    /// A device is here on a new connection.
    pub fn arrived(&self, agent: AgentId) {
        self.waiting.lock().insert(Call::Arrived(agent));
        self.bell.notify_one();
    }

    /// Serves until the control plane stops.
    pub async fn run(&self, shutdown: Shutdown) {
        let mut timer = tokio::time::interval(LOOK_EVERY);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let all = tokio::select! {
                () = shutdown.triggered() => return,
                () = self.bell.notified() => false,
                _ = timer.tick() => true,
            };
            if let Err(error) = self.serve(all).await {
                tracing::warn!(error = %Chain(&error), "cannot bring actions to devices");
            }
        }
    }

    async fn serve(&self, all: bool) -> Result<(), StoreError> {
        if all {
            let open = self.store.agents_with_open_actions().await?;
            self.waiting.lock().extend(open.into_iter().map(Call::New));
        }
        loop {
            let calls: Vec<Call> = {
                let mut waiting = self.waiting.lock();
                let some: Vec<Call> = waiting.iter().take(MAX_SERVED).copied().collect();
                for call in &some {
                    waiting.remove(call);
                }
                some
            };
            if calls.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.bring(&calls).await {
                self.waiting.lock().extend(calls);
                return Err(error);
            }
        }
    }

    async fn bring(&self, calls: &[Call]) -> Result<(), StoreError> {
        let arrived: HashSet<AgentId> = calls
            .iter()
            .filter(|call| matches!(call, Call::Arrived(_)))
            .map(|call| call.agent())
            .collect();
        let here: HashSet<AgentId> = calls
            .iter()
            .map(|call| call.agent())
            .filter(|agent| self.presence.is_online(*agent))
            .collect();
        let here: Vec<AgentId> = here.into_iter().collect();
        if here.is_empty() {
            return Ok(());
        }
        let now = now();
        let mut under_way: std::collections::HashMap<AgentId, usize> = Default::default();
        let mut due = Vec::new();
        for action in self.store.open_actions(&here).await? {
            let place = under_way.entry(action.agent).or_default();
            *place += 1;
            // Whoever is here was looked up when it came.
            let is_old = self.iot.directory.get(action.agent).is_some();
            let arrived = arrived.contains(&action.agent);
            let is_due = if is_old {
                old_agents::is_due(&action, arrived, now)
            } else {
                is_due(&action, arrived, now)
            };
            if *place <= UNDER_WAY && is_due {
                due.push((action, is_old));
            }
        }
        let (old, ours): (Vec<_>, Vec<_>) = due.into_iter().partition(|(_, is_old)| *is_old);
        let mut sent: Vec<ActionId> = Vec::with_capacity(old.len() + ours.len());
        let bodies = ours
            .iter()
            .filter_map(|(action, _)| Some((action.agent, body(action)?)));
        match self.commander.send_all(bodies.collect()).await {
            Ok(()) => sent.extend(ours.iter().map(|(action, _)| action.id)),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "cannot send actions now");
            }
        }
        for (action, _) in &old {
            let Some(request) = request(action) else {
                continue;
            };
            match self
                .iot
                .publish_action(action.agent, action.id, &request)
                .await
            {
                Ok(()) => sent.push(action.id),
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "cannot send an action now");
                }
            }
        }
        self.store.actions_sent(&sent, now).await
    }
}

/// Whether it is time to send an action, or to ask for it again.
fn is_due(action: &Action, arrived: bool, now: Moment) -> bool {
    let long_ago = action
        .sent_at
        .is_none_or(|sent| now.since(sent) >= AGAIN_AFTER);
    match &action.state {
        State::Queued => now < action.not_after,
        State::Sent => (arrived || long_ago) && now < action.not_after,
        State::Running(progress) => arrived || (progress.cancelling && long_ago),
        State::Done(_) | State::Failed(_) | State::Expired | State::Cancelled => false,
    }
}

/// What the device is told.
fn body(action: &Action) -> Option<Body> {
    if let State::Running(progress) = &action.state
        && progress.cancelling
    {
        return Some(Body::CancelAct { action: action.id });
    }
    Some(Body::Act {
        action: action.id,
        request: request(action)?,
        not_after_us: action.not_after.as_micros(),
    })
}

fn request(action: &Action) -> Option<ActionRequest> {
    Some(ActionRequest {
        // What was written down was checked.
        name: action.name.parse().ok()?,
        snap: action.snap.clone(),
        data: action.data.clone(),
    })
}
