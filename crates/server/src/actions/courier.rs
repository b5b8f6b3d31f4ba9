//! Brings actions to devices that are there, and brings them again until the device has answered.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_domain::action::{Action, State};
use edgeward_ids::AgentId;
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{ActionStore, StoreError};
use edgeward_wire::action::ActionRequest;
use edgeward_wire::command::Body;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::agents::Presence;
use crate::bus::Commander;
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
    ) -> Self {
        Self {
            store,
            presence,
            commander,
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
            if *place <= UNDER_WAY && is_due(&action, arrived.contains(&action.agent), now) {
                due.push(action);
            }
        }
        let bodies = due
            .iter()
            .filter_map(|action| Some((action.agent, body(action)?)));
        let sent = self.commander.send_all(bodies.collect()).await;
        if let Err(error) = sent {
            tracing::warn!(error = %Chain(&error), "cannot send actions now");
            return Ok(());
        }
        let ids: Vec<_> = due.iter().map(|action| action.id).collect();
        self.store.actions_sent(&ids, now).await
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
        request: ActionRequest {
            // What was written down was checked.
            name: action.name.parse().ok()?,
            snap: action.snap.clone(),
            data: action.data.clone(),
        },
        not_after_us: action.not_after.as_micros(),
    })
}
