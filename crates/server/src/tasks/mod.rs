//! Background work. Each takes no input, reads what is recorded, is safe to repeat, and is woken by a signal and a timer.

use std::sync::Arc;
use std::time::Duration;

use edgeward_api::event::Kind;
use edgeward_ids::AgentId;
use edgeward_runtime::{Chain, Shutdown};
use tokio::sync::broadcast::error::RecvError;

use crate::actions::LIST_EVERY;
use crate::app::{App, LinkState};
use crate::events::Event;
use crate::now;
use crate::settings::REFRESH_EVERY;

/// How often presence is looked at.
const PRESENCE_EVERY: Duration = Duration::from_secs(1);

/// How often "last heard" is written down.
const HEARD_EVERY: Duration = Duration::from_secs(30);

/// How often unconfirmed adoptions and releases are sent again.
const SETTLE_EVERY: Duration = Duration::from_secs(20);

/// How often actions are looked for whose time is over.
const OVERDUE_EVERY: Duration = Duration::from_secs(10);

/// How often what has ended is forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// How long an enrolment may stay half-made (recorded, its certificate not) before it is forgotten.
const UNFINISHED_LIFETIME: Duration = Duration::from_secs(600);

/// Starts them all.
pub fn start(app: &Arc<App>, shutdown: &Shutdown) {
    shutdown.spawn("presence", presence(app.clone(), shutdown.clone()));
    shutdown.spawn(
        "last heard",
        every(shutdown.clone(), HEARD_EVERY, app.clone(), heard),
    );
    shutdown.spawn(
        "settle",
        every(shutdown.clone(), SETTLE_EVERY, app.clone(), settle),
    );
    shutdown.spawn(
        "tidy",
        every(shutdown.clone(), TIDY_EVERY, app.clone(), tidy),
    );
    shutdown.spawn(
        "settings",
        every(shutdown.clone(), REFRESH_EVERY, app.clone(), settings),
    );
    shutdown.spawn(
        "overdue actions",
        every(shutdown.clone(), OVERDUE_EVERY, app.clone(), overdue),
    );
    shutdown.spawn(
        "old agents",
        every(shutdown.clone(), LIST_EVERY, app.clone(), old_agents),
    );
    shutdown.spawn(
        "rollouts",
        crate::rollouts::run(app.clone(), shutdown.clone()),
    );
    shutdown.spawn(
        "deliveries",
        crate::deliveries::run(app.clone(), shutdown.clone()),
    );
    shutdown.spawn(
        "hosting",
        crate::hosting::run(app.clone(), shutdown.clone()),
    );
    let (actions, twins, courier) = (app.clone(), app.clone(), app.clone());
    let stop = shutdown.clone();
    shutdown.spawn("actions", async move { actions.actions.write(stop).await });
    let stop = shutdown.clone();
    shutdown.spawn("twins", async move { twins.twins.write(stop).await });
    let stop = shutdown.clone();
    shutdown.spawn(
        "courier",
        async move { courier.actions.courier.run(stop).await },
    );
    let (lacking, stop) = (app.clone(), shutdown.clone());
    shutdown.spawn("required snaps", async move {
        lacking.install_required(stop).await;
    });
    shutdown.spawn("react", react(app.clone(), shutdown.clone()));
    shutdown.spawn("link", link(app.clone(), shutdown.clone()));
}

async fn every<F: Future<Output = ()>>(
    shutdown: Shutdown,
    period: Duration,
    app: Arc<App>,
    work: impl Fn(Arc<App>) -> F,
) {
    let mut timer = tokio::time::interval(period);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.triggered() => return,
            _ = timer.tick() => work(app.clone()).await,
        }
    }
}

async fn presence(app: Arc<App>, shutdown: Shutdown) {
    every(shutdown, PRESENCE_EVERY, app, async |app: Arc<App>| {
        for agent in app.presence.expire(now()) {
            tracing::info!(%agent, "an agent was not heard in time");
            app.events.agent_left(agent);
        }
    })
    .await;
}

async fn heard(app: Arc<App>) {
    if let Err(error) = app
        .store
        .agents()
        .record_heard(&app.presence.online())
        .await
    {
        tracing::warn!(error = %Chain(&error), "cannot write down who was heard");
    }
}

async fn settle(app: Arc<App>) {
    if let Err(error) = app.agents.settle_all().await {
        tracing::warn!(error = %Chain(&error), "cannot read what agents have not confirmed");
    }
}

async fn old_agents(app: Arc<App>) {
    if let Err(error) = app.follow_old_agents().await {
        tracing::warn!(error = %Chain(&error), "cannot follow the actions of existing agents");
    }
}

async fn overdue(app: Arc<App>) {
    if let Err(error) = app.actions.end_overdue().await {
        tracing::warn!(error = %Chain(&error), "cannot end actions whose time is over");
    }
}

async fn tidy(app: Arc<App>) {
    let now = now();
    let results = [
        app.access.tidy().await,
        app.store
            .tokens()
            .forget_expired_tokens(now, now)
            .await
            .map(|_| ()),
        app.store
            .agents()
            .forget_unfinished(now - UNFINISHED_LIFETIME, now)
            .await
            .map(|_| ()),
        app.store
            .rollouts()
            .forget_ended_rollouts()
            .await
            .map(|_| ()),
        app.store
            .deliveries()
            .forget_ended_deliveries()
            .await
            .map(|_| ()),
        app.store.actions().forget_ended_actions().await.map(|_| ()),
    ];
    for error in results.into_iter().filter_map(Result::err) {
        tracing::warn!(error = %Chain(&error), "cannot forget what has ended");
    }
}

/// Another control plane over the same database may have changed them.
async fn settings(app: Arc<App>) {
    match app.settings.refresh().await {
        Ok(true) => app.events.changed(Kind::Settings),
        Ok(false) => {}
        Err(error) => tracing::warn!(error = %Chain(&error), "cannot read the settings"),
    }
}

/// What follows from changes: tunnels of agents that went or came anew end, and routes are looked up again.
async fn react(app: Arc<App>, shutdown: Shutdown) {
    let mut events = app.events.listen();
    loop {
        let event = tokio::select! {
            () = shutdown.triggered() => return,
            event = events.recv() => event,
        };
        match event {
            Ok(Event::AgentArrived(agent)) => {
                end_tunnel(&app, agent, "the agent connected anew");
                app.actions.courier.arrived(agent);
                app.lacking.look_at(agent);
            }
            Ok(Event::AgentLeft(agent)) => end_tunnel(&app, agent, "the agent is gone"),
            Ok(Event::Changed(Kind::Services)) | Err(RecvError::Lagged(_)) => {
                app.services.forget_routes()
            }
            Ok(Event::Changed(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Ends a tunnel that does not belong to the agent's present connection.
fn end_tunnel(app: &App, agent: AgentId, reason: &str) {
    let arrival = app.presence.arrival(agent);
    app.tunnels.end_unless(agent, arrival, reason);
}

/// Keeps what the overview shows of the way to the broker; when it is lost, so are the tunnels.
async fn link(app: Arc<App>, shutdown: Shutdown) {
    let mut link = app.bus.link();
    loop {
        let state = link.borrow_and_update().clone();
        if !state.connected {
            app.tunnels.end_all("the agent service is not connected");
        }
        let since = now();
        {
            let mut shown = app.link.lock();
            let since = if shown.link.connected == state.connected {
                shown.since
            } else {
                since
            };
            *shown = LinkState { link: state, since };
        }
        app.events.changed(Kind::AgentService);
        tokio::select! {
            () = shutdown.triggered() => return,
            changed = link.changed() => if changed.is_err() { return },
        }
    }
}
