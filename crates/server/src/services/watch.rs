//! Looks at services again and again, each at its own time, so that many are never asked at once.
//!
//! Direct ones all the time; those of agents while their agents are there, and as soon as they arrive. A service of an agent's that
//! wants to see nothing and is no product that could say more is left alone: its agent says when it comes and goes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use edgeward_domain::service::Authentication;
use edgeward_ids::ServiceId;
use edgeward_products::Kind as Product;
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::StoreError;
use tokio::task::{self, JoinSet};
use tokio::time::Instant;

use super::ways::Route;
use crate::app::App;

/// By which share of the time between two looks it is less or more, at most, so that services drift apart.
const JITTER: f64 = 0.2;

/// How often the list of services is read.
const LIST_EVERY: Duration = Duration::from_secs(10);

/// How often it is looked who is due.
const TICK: Duration = Duration::from_millis(500);

/// The most services that are looked at at once.
const AT_ONCE: usize = 128;

/// How few looks may be left before others that are due begin without waiting for a tick: who is due is found among all services, and not
/// anew for each look that ends.
const REFILL_BELOW: usize = AT_ONCE / 2;

/// Services read at once.
const PAGE: u64 = 1000;

/// Which services a watch looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watched {
    /// Those that the control plane dials by itself.
    Direct,
    /// Those that agents offer.
    OfAgents,
}

/// Looks at each so often, until the control plane stops.
pub async fn run(app: Arc<App>, watched: Watched, every: Duration, shutdown: Shutdown) {
    let mut watch = Watch::new(watched, every);
    let mut timer = tokio::time::interval(TICK);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.triggered() => return,
            _ = timer.tick() => {}
            () = watch.ended() => {
                if watch.others_wait && watch.looks.len() < REFILL_BELOW {
                    watch.begin(&app);
                }
                continue;
            }
        }
        if watch
            .listed
            .is_none_or(|at| at.elapsed() >= LIST_EVERY.min(every))
        {
            match watch.list(&app).await {
                Ok(()) => watch.listed = Some(Instant::now()),
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "cannot list the services to look at")
                }
            }
        }
        watch.begin(&app);
    }
}

/// Who is looked at when.
struct Watch {
    watched: Watched,
    every: Duration,
    listed: Option<Instant>,
    services: HashMap<ServiceId, Turn>,
    busy: HashMap<task::Id, ServiceId>,
    looks: JoinSet<()>,
    /// Whether more were due than could be looked at.
    others_wait: bool,
    /// The last wish to ask everybody that was fulfilled.
    asked: u64,
}

/// When it is a service's turn.
struct Turn {
    route: Route,
    due: Instant,
    /// The arrival of its agent at which it was looked at last.
    arrival: Option<u64>,
}

impl Watch {
    fn new(watched: Watched, every: Duration) -> Self {
        Self {
            watched,
            every,
            listed: None,
            services: HashMap::new(),
            busy: HashMap::new(),
            looks: JoinSet::new(),
            others_wait: false,
            asked: 0,
        }
    }

    /// Reads which services there are. Those that are there at the beginning are due within one round, new ones at once.
    async fn list(&mut self, app: &App) -> Result<(), StoreError> {
        let is_first = self.listed.is_none();
        let mut found = HashMap::new();
        let mut after = None;
        loop {
            let page = match self.watched {
                Watched::Direct => app.services.direct_routes(after, PAGE).await?,
                Watched::OfAgents => app.services.agents_routes(after, PAGE).await?,
            };
            after = page.last().map(|route| route.service);
            let is_last = (page.len() as u64) < PAGE;
            for route in page.into_iter().filter(is_worth_a_look) {
                let known = self.services.get(&route.service);
                let due = match known {
                    Some(known) => known.due,
                    None if is_first => Instant::now() + self.every.mul_f64(share(route.service)),
                    None => Instant::now(),
                };
                let arrival = known.and_then(|known| known.arrival);
                let turn = Turn {
                    route,
                    due,
                    arrival,
                };
                found.insert(turn.route.service, turn);
            }
            if is_last {
                break;
            }
        }
        self.services = found;
        Ok(())
    }

    /// Begins to look at those that are due.
    fn begin(&mut self, app: &Arc<App>) {
        let now = Instant::now();
        let wish = app.services.asked_everybody();
        if wish != self.asked {
            self.asked = wish;
            let tokens = self.services.values_mut();
            let tokens = tokens.filter(|turn| turn.route.authentication == Authentication::Token);
            tokens.for_each(|turn| turn.due = turn.due.min(now));
        }
        let busy: HashSet<ServiceId> = self.busy.values().copied().collect();
        let room = AT_ONCE.saturating_sub(self.looks.len());
        let mut due = Vec::new();
        for (id, turn) in &mut self.services {
            if let Some(agent) = turn.route.agent() {
                let arrival = app.presence.arrival(agent);
                if arrival.is_none() {
                    continue;
                }
                if arrival != turn.arrival {
                    turn.due = turn.due.min(now);
                }
            }
            if turn.due <= now && !busy.contains(id) {
                due.push((turn.due, *id));
            }
        }
        // Whoever has waited longest comes first: where more are due than can be looked at, nobody is passed over for ever.
        due.sort_unstable();
        self.others_wait = due.len() > room;
        for (_, id) in due.into_iter().take(room) {
            let Some(turn) = self.services.get_mut(&id) else {
                continue;
            };
            if let Some(agent) = turn.route.agent() {
                turn.arrival = app.presence.arrival(agent);
            }
            let jitter = JITTER * (2.0 * share(ServiceId::generate()) - 1.0);
            turn.due = now + self.every.mul_f64(1.0 + jitter);
            let (app, route) = (app.clone(), turn.route.clone());
            self.spawn(id, async move { app.services.look_and_tell(&route).await });
        }
    }

    fn spawn(&mut self, id: ServiceId, look: impl Future<Output = ()> + Send + 'static) {
        let look = self.looks.spawn(look);
        self.busy.insert(look.id(), id);
    }

    /// Waits until a look has ended, however; for ever while there is none.
    async fn ended(&mut self) {
        let ended = match self.looks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                tracing::error!(%error, "a look at a service ended early");
                error.id()
            }
            None => std::future::pending().await,
        };
        self.busy.remove(&ended);
    }
}

/// Whether a look can find out more than an agent says by itself.
fn is_worth_a_look(route: &Route) -> bool {
    let says_nothing = route.kind == Product::Http && route.authentication == Authentication::None;
    route.agent().is_none() || !says_nothing
}

/// A number from 0 to 1 out of the random part of an id.
fn share(id: ServiceId) -> f64 {
    let bytes = id.as_uuid().into_bytes();
    f64::from(u16::from_be_bytes([bytes[14], bytes[15]])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_that_panics_is_over_too() {
        let mut watch = Watch::new(Watched::Direct, Duration::from_secs(1));
        let service = ServiceId::generate();
        watch.spawn(service, async { panic!("on purpose") });
        assert_eq!(watch.busy.values().collect::<Vec<_>>(), [&service]);
        watch.ended().await;
        assert!(watch.busy.is_empty());
    }
}
