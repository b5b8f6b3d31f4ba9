//! Brings orders to agents that are there, and brings them again until the agent reports them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_api::event::Kind;
use edgeward_domain::hosting as rules;
use edgeward_ids::{AgentId, OfferName};
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{HostedView, OrderEnd, StoreError};
use edgeward_wire::command::Body;
use edgeward_wire::hosting::{KeyFile, Order, Wish};
use edgeward_wire::report::Outcome;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{Id, JoinError, JoinSet};

use super::spec;
use crate::app::App;
use crate::bus::AskError;
use crate::events::Event;
use crate::now;

/// How often open orders are looked for, whatever happened; and after how long one that is not reported is sent again.
const AGAIN_AFTER: Duration = Duration::from_secs(20);

/// How long after a look the next one may come: agents arrive in crowds.
const PAUSE: Duration = Duration::from_millis(50);

/// To how many agents orders are brought at once.
const AT_ONCE: usize = 64;

/// How often an order is sent that the agent refuses: a command that a later one has overtaken is refused although nothing is wrong
/// with it.
const TRIES: u32 = 2;

/// Brings orders until the control plane stops.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut events = app.events.listen();
    let mut timer = tokio::time::interval(AGAIN_AFTER);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut crew = Crew::default();
    loop {
        let is_due = tokio::select! {
            () = shutdown.triggered() => return,
            _ = timer.tick() => true,
            () = app.hosting.bell.notified() => true,
            Some(ended) = crew.work.join_next_with_id() => {
                crew.ended(&ended);
                true
            }
            event = events.recv() => match event {
                Ok(Event::AgentArrived(agent)) => {
                    // On its old connection it may have heard nothing.
                    crew.sent.retain(|(other, _), _| *other != agent);
                    true
                }
                Ok(_) => false,
                Err(RecvError::Lagged(_)) => {
                    crew.sent.clear();
                    true
                }
                Err(RecvError::Closed) => return,
            },
        };
        if !is_due {
            continue;
        }
        if let Err(error) = crew.look(&app).await {
            tracing::warn!(error = %Chain(&error), "cannot read what agents are to host");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Who brings orders to which agents, and what was sent when.
#[derive(Default)]
struct Crew {
    work: JoinSet<()>,
    at: HashMap<Id, AgentId>,
    sent: HashMap<(AgentId, OfferName), (u64, Instant)>,
}

impl Crew {
    fn ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let agent = self.at.remove(&id);
        if let (Err(error), Some(agent)) = (ended, agent) {
            tracing::error!(%agent, %error, "bringing orders to an agent ended early");
        }
    }

    async fn look(&mut self, app: &Arc<App>) -> Result<(), StoreError> {
        self.sent.retain(|_, (_, at)| at.elapsed() < AGAIN_AFTER);
        let busy: HashSet<AgentId> = self.at.values().copied().collect();
        for agent in app.hosting.store.agents_with_orders().await? {
            if self.work.len() >= AT_ONCE {
                return Ok(());
            }
            let reachable = app.presence.is_online(agent) && !app.agents.gate.is_iot(agent);
            if !reachable || busy.contains(&agent) {
                continue;
            }
            let mut orders = app.hosting.store.open_orders(agent).await?;
            orders.retain(|order| self.is_new(order));
            if orders.is_empty() {
                continue;
            }
            let work = self.work.spawn(bring(app.clone(), agent, orders));
            self.at.insert(work.id(), agent);
        }
        Ok(())
    }

    /// Whether it was not sent just now; from now on it was.
    fn is_new(&mut self, order: &HostedView) -> bool {
        let generation = order.hosted.course.generation;
        let key = (order.agent, order.offer.clone());
        let sent = self.sent.get(&key);
        if sent.is_some_and(|(known, _)| *known == generation) {
            return false;
        }
        self.sent.insert(key, (generation, Instant::now()));
        true
    }
}

async fn bring(app: Arc<App>, agent: AgentId, orders: Vec<HostedView>) {
    for order in orders {
        match ask(&app, &order).await {
            Ok(Outcome::Done) => end(&app, &order, OrderEnd::Taken).await,
            Ok(Outcome::Refused { reason }) => {
                tracing::warn!(%agent, service = %order.offer, reason, "an agent refused to host a service");
                end(&app, &order, OrderEnd::Refused(&reason)).await;
            }
            Err(error) => {
                tracing::warn!(%agent, error = %Chain(&error), "cannot tell an agent what to host; it is told again later");
                return;
            }
        }
    }
}

async fn ask(app: &App, order: &HostedView) -> Result<Outcome, AskError> {
    let body = match order_of(app, order) {
        Ok(order) => order,
        Err(reason) => return Ok(Outcome::Refused { reason }),
    };
    let mut outcome = Outcome::Done;
    for _ in 0..TRIES {
        let asked = app
            .agents
            .commander
            .ask(order.agent, Body::Host(body.clone()));
        outcome = asked.await?;
        if outcome == Outcome::Done {
            break;
        }
    }
    Ok(outcome)
}

async fn end(app: &App, order: &HostedView, end: OrderEnd<'_>) {
    let generation = order.hosted.course.generation;
    let ended = app
        .hosting
        .store
        .end_order(order.agent, &order.offer, generation, end, now())
        .await;
    match ended {
        Ok(true) => app.events.changed(Kind::Services),
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(agent = %order.agent, error = %Chain(&error), "cannot note how an agent ended an order");
        }
    }
}

/// What the agent is sent.
fn order_of(app: &App, view: &HostedView) -> Result<Order, String> {
    let course = &view.hosted.course;
    let wish = match course.wish {
        rules::Wish::Destroyed => Wish::Destroyed,
        rules::Wish::Released => Wish::Released,
        rules::Wish::Present => {
            let service = view.service.ok_or("the service is gone")?;
            let spec = spec::open(&app.hosting.secrets, service, &view.hosted.spec);
            let mut spec = spec.map_err(|_| {
                "what the service is made of was sealed with another key; delete it, and make it anew"
            })?;
            if let Some(keys) = &mut spec.keys {
                keys.files = key_files(app);
            }
            spec.keys = spec.keys.filter(|_| view.wants_tokens);
            Wish::Present {
                spec: Box::new(spec),
                running: course.running,
                restarts: course.restarts,
            }
        }
    };
    Ok(Order {
        service: view.offer.clone(),
        generation: course.generation,
        wish,
    })
}

/// The public halves of all key pairs that there are now.
fn key_files(app: &App) -> Vec<KeyFile> {
    let pairs = app.ways.credentials().keys().all();
    let files = pairs.iter().map(|pair| KeyFile {
        name: pair.public_file(),
        pem: pair.key().public_pem(),
    });
    files.collect()
}
