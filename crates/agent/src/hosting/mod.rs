//! Services that the agent makes on its device because the control plane wishes it, within what its own configuration allows.
//!
//! An order is on the disk before it is answered. A task for each service then makes the device so, by small steps that can be repeated:
//! what is there is found again by names and labels, so that the agent may die anywhere in between. What does not become healthy is
//! taken away again; if something was there before, that comes back. See `plan` for the steps of containers.

mod book;
mod containers;
mod engine;
mod healthy;
mod order;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edgeward_ids::{AgentId, OfferName};
use edgeward_runtime::{Backoff, Chain, now_micros};
use edgeward_wire::hosting::{
    Engine as EngineReport, Hosted, Hosting as Report, KeyFile, Order, Spec, Step, Wish,
};
use edgeward_wire::report::{MAX_TEXT_CHARS, Offer, Report as AnyReport};
use futures::{StreamExt as _, pin_mut};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::{Config, HostingConfig, ServiceTarget};
use crate::connection::{LinkState, Status};
use crate::key_files::{self, PlaceError};
use crate::reports::{About, Reports};
use crate::services::Services;
use crate::state::{Claim, StateError};
use book::{Book, End, Entry};
use engine::{Engine, EngineError};
pub(crate) use order::Refusal;

/// How often it is looked whether what is there still is as it is to be.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);

/// How often the engine is asked whether it is there, while nothing happens to its containers.
const ENGINE_INTERVAL: Duration = Duration::from_secs(30);

/// The waits while the engine is away.
const MIN_ENGINE_WAIT: Duration = Duration::from_millis(500);
const MAX_ENGINE_WAIT: Duration = Duration::from_secs(15);

/// The waits after a step that did not work and is tried again.
const MIN_RETRY: Duration = Duration::from_millis(500);
const MAX_RETRY: Duration = Duration::from_secs(30);

/// The least time between two reports.
const REPORT_PAUSE: Duration = Duration::from_millis(500);

/// How many images are fetched at once.
const PULLS_AT_ONCE: usize = 2;

/// How long putting a key into a service may take while the control plane waits.
const PLACE_TIMEOUT: Duration = Duration::from_secs(20);

/// Why an order is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a key was not put into a hosted service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPlaced {
    #[error(transparent)]
    Key(#[from] PlaceError),
    #[error(
        "the hosted service \"{0}\" looks for no keys; give it a folder for them in its specification"
    )]
    NoFolder(OfferName),
    #[error("the hosted service \"{0}\" is not there")]
    NotThere(OfferName),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the engine took longer than {PLACE_TIMEOUT:?}")]
    TimedOut,
}

/// Hosts services.
pub(crate) struct Hosting {
    agent: AgentId,
    config: Option<HostingConfig>,
    configured: Vec<OfferName>,
    book: Book,
    engine: Option<Engine>,
    services: Arc<Services>,
    reports: Arc<Reports>,
    sight: Mutex<Sight>,
    /// Counts changes of the sight.
    seen: watch::Sender<u64>,
    pulls: Semaphore,
}

/// What was seen last. Not on the disk.
#[derive(Default)]
struct Sight {
    engine: Option<EngineReport>,
    problem: String,
    services: BTreeMap<OfferName, View>,
}

/// What was seen last of a service.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct View {
    /// Whether it runs.
    running: bool,
    /// The image or channel that is there.
    present: String,
    /// What is being done, or what is wrong.
    message: String,
}

/// How a step went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Went {
    /// The next may follow.
    On,
    /// There is nothing to do but to look now and then.
    Rest,
}

/// A step did not work.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Something that may pass.
    #[error("{0}")]
    Passing(String),
}

impl Hosting {
    pub(crate) fn new(
        agent: AgentId,
        config: &Config,
        claim: Arc<Claim>,
        services: Arc<Services>,
        reports: Arc<Reports>,
    ) -> Self {
        let names = config.services.iter().map(|service| service.name.clone());
        let hosting = config.hosting.clone();
        let socket = hosting.as_ref().and_then(|hosting| hosting.engine.as_ref());
        Self {
            agent,
            configured: names.collect(),
            book: Book::open(agent, claim),
            engine: socket.map(|socket| Engine::new(socket, agent.to_string())),
            config: hosting,
            services,
            reports,
            sight: Mutex::default(),
            seen: watch::Sender::new(0),
            pulls: Semaphore::new(PULLS_AT_ONCE),
        }
    }

    /// Writes an order down; it is carried out by [`run`](Self::run). This writes to the disk.
    pub(crate) fn accept(&self, order: Order) -> Result<(), NotTaken> {
        let known = self.book.entry(&order.service);
        // What is passed over is not judged: it is history.
        let is_new = known
            .as_ref()
            .is_none_or(|known| known.order.generation < order.generation);
        if is_new || self.config.is_none() {
            let all = self.book.all();
            let others = all.iter().filter(|one| one.order.service != order.service);
            let around = order::Surroundings {
                config: self.config.as_ref(),
                configured: &self.configured,
                others: others.count(),
            };
            order::check(&order, &around)?;
        }
        tracing::info!(service = %order.service, generation = order.generation, "an order to host");
        Ok(self.book.accept(order, now_micros())?)
    }

    /// Puts a key file into a hosted service, now and whenever it is made again; none if the service is not hosted. It waits for the
    /// engine: call it on a thread that may wait, within a runtime.
    pub(crate) fn place(
        &self,
        service: &OfferName,
        file_name: &str,
        pem: &str,
    ) -> Option<Result<(), NotPlaced>> {
        let entry = self.book.entry(service)?;
        Some(self.place_into(&entry, file_name, pem))
    }

    fn place_into(&self, entry: &Entry, file_name: &str, pem: &str) -> Result<(), NotPlaced> {
        let service = &entry.order.service;
        key_files::check(file_name, pem)?;
        let keys = entry.wished().and_then(|spec| spec.keys.as_ref());
        let keys = keys.ok_or_else(|| NotPlaced::NoFolder(service.clone()))?;
        let file = KeyFile {
            name: file_name.to_owned(),
            pem: pem.to_owned(),
        };
        self.book.change(service, |entry| entry.add_key(&file));
        self.book.tell();
        let folder = &keys.folder;
        let Some(engine) = &self.engine else {
            return Err(NotPlaced::NotThere(service.clone()));
        };
        let put = async {
            let name = containers::name(service);
            match engine.find(&name).await? {
                Some(_) => Ok(engine.put(&name, folder, &[file]).await?),
                // It is there before what is being made is started.
                None if entry.end.is_none() => Ok(()),
                None => Err(NotPlaced::NotThere(service.clone())),
            }
        };
        let put = async { timeout(PLACE_TIMEOUT, put).await };
        let placed = tokio::runtime::Handle::current().block_on(put);
        placed.unwrap_or(Err(NotPlaced::TimedOut))
    }

    /// What is hosted belongs to nobody any more: it stays as it is, and is forgotten.
    pub(crate) fn forget_all(&self) {
        for entry in self.book.all() {
            self.services.withdraw(&entry.order.service);
        }
        self.book.forget_all();
    }

    /// Makes the device as it is wished, and reports, for as long as the agent runs.
    pub(crate) async fn run(self: Arc<Self>, status: watch::Receiver<Status>) {
        if self.config.is_none() {
            return;
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&self).watch_engine());
        tasks.spawn(Arc::clone(&self).report(status));
        tasks.spawn(self.keep_all());
        tasks.join_all().await;
    }

    /// Sees whether the engine is there, and has everybody look when something happens to a container.
    async fn watch_engine(self: Arc<Self>) {
        let Some(engine) = &self.engine else {
            return;
        };
        let mut backoff = Backoff::new(MIN_ENGINE_WAIT, MAX_ENGINE_WAIT);
        loop {
            let about = engine.about().await;
            let is_there = about.is_ok();
            self.see_engine(about);
            if !is_there {
                backoff.wait().await;
                continue;
            }
            backoff.reset();
            let Ok(events) = engine.events().await else {
                sleep(MIN_ENGINE_WAIT).await;
                continue;
            };
            pin_mut!(events);
            // Asked again from time to time: a connection may be dead without anybody saying so.
            while let Ok(Some(())) = timeout(ENGINE_INTERVAL, events.next()).await {
                self.book.tell();
            }
            // An engine that ends at once each time is not to be asked without a pause.
            sleep(MIN_ENGINE_WAIT).await;
        }
    }

    fn see_engine(&self, about: Result<EngineReport, EngineError>) {
        let (engine, problem) = match about {
            Ok(engine) => (Some(engine), String::new()),
            Err(error) => (None, Chain(&error).to_string()),
        };
        let has_changed = {
            let mut sight = self.sight();
            let has_changed = sight.engine.is_some() != engine.is_some()
                || sight.engine != engine
                || sight.problem != problem;
            (sight.engine, sight.problem) = (engine, problem);
            has_changed
        };
        if has_changed {
            self.seen.send_modify(|count| *count += 1);
            self.book.tell();
        }
    }

    /// Reports after each connect, and when something changes.
    async fn report(self: Arc<Self>, mut status: watch::Receiver<Status>) {
        let mut news = self.book.news();
        let mut seen = self.seen.subscribe();
        let (mut reader, mut said) = (None, None);
        loop {
            news.borrow_and_update();
            seen.borrow_and_update();
            let now = {
                let status = status.borrow_and_update();
                let online = matches!(status.link, LinkState::Online { .. });
                online.then(|| (status.since_us, status.membership.clone()))
            };
            if now != reader {
                said = None;
                reader = now;
            }
            if reader.is_some() {
                let report = self.state();
                if said.as_ref() != Some(&report) {
                    self.reports
                        .put(About::Hosting, AnyReport::Hosting(report.clone()));
                    said = Some(report);
                    sleep(REPORT_PAUSE).await;
                }
            }
            tokio::select! {
                changed = status.changed() => if changed.is_err() { return },
                Ok(()) = news.changed() => {}
                Ok(()) = seen.changed() => {}
            }
        }
    }

    /// All that is to be reported.
    fn state(&self) -> Report {
        let entries = self.book.all();
        let sight = self.sight();
        let services = entries.into_iter().map(|entry| {
            let view = sight.services.get(&entry.order.service);
            let view = view.cloned().unwrap_or_default();
            let (step, how) = match entry.end {
                None => (Step::UnderWay, String::new()),
                Some(End { step, message }) => (step, message),
            };
            let words = [how, view.message];
            let words: Vec<_> = words.into_iter().filter(|text| !text.is_empty()).collect();
            Hosted {
                service: entry.order.service,
                generation: entry.order.generation,
                step,
                running: view.running,
                present: view.present,
                message: words.join("; ").chars().take(MAX_TEXT_CHARS).collect(),
            }
        });
        Report {
            services: services.collect(),
            engine: sight.engine.clone(),
            // Not there yet.
            snaps: false,
            problem: sight.problem.chars().take(MAX_TEXT_CHARS).collect(),
        }
    }

    /// Keeps a task for each service that there are orders for.
    async fn keep_all(self: Arc<Self>) {
        let mut news = self.book.news();
        let mut tasks: JoinSet<OfferName> = JoinSet::new();
        let mut kept = std::collections::BTreeSet::new();
        loop {
            news.borrow_and_update();
            for entry in self.book.all() {
                let service = entry.order.service;
                if kept.insert(service.clone()) {
                    tasks.spawn(Arc::clone(&self).keep(service));
                }
            }
            tokio::select! {
                Some(ended) = tasks.join_next() => match ended {
                    Ok(service) => drop(kept.remove(&service)),
                    Err(error) => {
                        tracing::error!(%error, "a service is not looked after any more");
                    }
                },
                Ok(()) = news.changed() => {}
            }
        }
    }

    /// Makes one service as it is wished, and looks after it, until there is no order for it.
    async fn keep(self: Arc<Self>, service: OfferName) -> OfferName {
        let mut news = self.book.news();
        let mut backoff = Backoff::new(MIN_RETRY, MAX_RETRY);
        loop {
            news.borrow_and_update();
            let Some(entry) = self.book.entry(&service) else {
                self.services.withdraw(&service);
                self.sight().services.remove(&service);
                return service;
            };
            let pause = match self.step(&entry, &mut news).await {
                Ok(Went::On) => {
                    backoff.reset();
                    continue;
                }
                Ok(Went::Rest) => {
                    backoff.reset();
                    LOOK_INTERVAL
                }
                Err(trouble) => {
                    let message = Chain(&trouble).to_string();
                    tracing::warn!(%service, error = message, "what is hosted is not as it is to be; it is tried again");
                    self.trouble(&entry, message);
                    backoff.next_wait()
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                Ok(()) = news.changed() => {}
            }
        }
    }

    /// Resolves as soon as there is another order than this.
    async fn overtaken(&self, entry: &Entry, news: &mut watch::Receiver<u64>) {
        loop {
            news.borrow_and_update();
            let now = self.book.entry(&entry.order.service);
            if now.is_none_or(|now| now.order.generation != entry.order.generation) {
                return;
            }
            // The sender lives as long as this.
            let _never_closed = news.changed().await;
        }
    }

    /// Notes that a step did not work.
    fn trouble(&self, entry: &Entry, message: String) {
        self.view(&entry.order.service, |view| view.message = message);
    }

    /// Says what is being done.
    fn say(&self, service: &OfferName, message: impl Into<String>) {
        let message = message.into();
        self.view(service, |view| view.message = message);
    }

    fn view(&self, service: &OfferName, change: impl FnOnce(&mut View)) {
        {
            let mut sight = self.sight();
            let view = sight.services.entry(service.clone()).or_default();
            let old = view.clone();
            change(view);
            if *view == old {
                return;
            }
        }
        self.seen.send_modify(|count| *count += 1);
    }

    /// Writes down how an order ended, unless there is another one meanwhile.
    fn end(&self, entry: &Entry, step: Step, message: String, change: impl FnOnce(&mut Entry)) {
        let Entry { order, .. } = entry;
        tracing::info!(service = %order.service, generation = order.generation, ?step, message, "an order to host has ended");
        self.book.change(&order.service, |now| {
            change(now);
            if now.order.generation == order.generation {
                now.failing = None;
                now.end = Some(End { step, message });
            }
        });
        self.say(&order.service, "");
        // Said even where nothing else has changed.
        self.seen.send_modify(|count| *count += 1);
    }

    /// Writes down why what was made is taken away again, unless there is another order meanwhile.
    fn fail(&self, entry: &Entry, reason: String) {
        tracing::warn!(service = %entry.order.service, reason, "what is to be hosted could not be made so");
        self.book.change(&entry.order.service, |now| {
            if now.order.generation == entry.order.generation {
                now.failing = Some(reason);
            }
        });
    }

    /// Offers a service at a port of this device, or does not.
    fn offer(&self, entry: &Entry, port: Option<u16>) {
        let service = &entry.order.service;
        let spec = entry.present.as_deref().or_else(|| entry.wished());
        match (spec, port) {
            (Some(spec), Some(port)) => {
                let report = Offer {
                    name: service.clone(),
                    kind: spec.kind.clone(),
                    description: spec.description.clone(),
                };
                let target = ServiceTarget::new("127.0.0.1", port);
                self.services.offer(report, &target);
            }
            _ => self.services.withdraw(service),
        }
    }

    fn sight(&self) -> MutexGuard<'_, Sight> {
        self.sight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// What is wished to be there.
    fn wished(&self) -> Option<&Spec> {
        match &self.order.wish {
            Wish::Present { spec, .. } => Some(spec),
            Wish::Destroyed | Wish::Released => None,
        }
    }

    /// Adds a key, in place of one of the same name.
    fn add_key(&mut self, file: &KeyFile) {
        let wished = match &mut self.order.wish {
            Wish::Present { spec, .. } => Some(spec),
            Wish::Destroyed | Wish::Released => None,
        };
        for spec in wished.into_iter().chain(self.present.as_mut()) {
            if let Some(keys) = &mut spec.keys {
                keys.files.retain(|known| known.name != file.name);
                keys.files.push(file.clone());
            }
        }
    }
}

/// What the engine at this socket is; otherwise what is wrong.
pub(crate) async fn engine_at(socket: &Path) -> Result<EngineReport, String> {
    let about = Engine::new(socket, "").about().await;
    about.map_err(|error| Chain(&error).to_string())
}

#[cfg(test)]
mod tests;
