//! The steps of a service that is a container.

use std::time::Duration;

use edgeward_ids::OfferName;
use edgeward_wire::hosting::{Container, Keys, Software, Spec, Step, Wish};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::book::{Attempt, Entry, mark, mark_of_keys};
use super::engine::{Engine, EngineError, Found, Health, Making};
use super::healthy::answers;
use super::plan::{self, Move, Situation};
use super::{Hosting, Trouble, Went};

/// How often it is looked whether a container has become healthy.
const POLL: Duration = Duration::from_millis(500);

/// What came of waiting for a container.
enum Proof {
    /// It is healthy.
    Good,
    /// It is not, and why.
    Bad(String),
    /// There is another order.
    Overtaken,
}

/// What a service's container is called.
pub(super) fn name(service: &OfferName) -> String {
    format!("edgeward-{service}")
}

/// What the container from before an upgrade is called.
fn name_before(service: &OfferName) -> String {
    format!("edgeward-{service}-before")
}

impl Hosting {
    /// One step towards what is wished.
    pub(super) async fn step(
        &self,
        entry: &Entry,
        news: &mut watch::Receiver<u64>,
    ) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        if matches!(entry.order.wish, Wish::Released) {
            self.services.withdraw(service);
            self.book.forget(service, entry.order.generation);
            return Ok(Went::On);
        }
        let Some(engine) = &self.engine else {
            let message = "the agent's configuration names nothing that runs containers any more";
            return Err(Trouble::Passing(message.to_owned()));
        };
        let Wish::Present { spec, running, .. } = &entry.order.wish else {
            return self.destroy(engine, entry).await;
        };
        let Software::Container(container) = &spec.software else {
            return Err(Trouble::Passing("it is no container".to_owned()));
        };
        let (current, before) = (
            engine.find(&name(service)).await,
            engine.find(&name_before(service)).await,
        );
        let (current, before) = match (current, before) {
            (Ok(current), Ok(before)) => (current, before),
            (Err(error), _) | (_, Err(error)) => {
                self.unseen(entry).await;
                return Err(error.into());
            }
        };
        let present = current.as_ref().map(|current| current.image.clone());
        self.view(service, |view| {
            view.present = present.unwrap_or_default();
            view.running = current.as_ref().is_some_and(|current| current.running);
        });
        if let Some(foreign) = self.foreign(entry, [&current, &before]) {
            if entry.end.is_none() {
                self.end(entry, Step::Failed, foreign, |_| ());
            }
            return Ok(Went::Rest);
        }
        let wanted = mark(spec);
        let next = plan::next(Situation {
            wanted: &wanted,
            making: entry.making.as_ref().map(|making| making.spec.as_str()),
            failing: entry.failing.is_some(),
            ended: entry.end.is_some(),
            current: current.as_ref().map(|found| found.labels.spec.as_str()),
            before: before.as_ref().map(|found| found.labels.spec.as_str()),
        });
        tracing::debug!(%service, ?next, "the next step of a hosted service");
        match (next, current) {
            (Move::Create, _) => {
                self.create(
                    engine,
                    entry,
                    (spec, container),
                    &wanted,
                    before.is_some(),
                    news,
                )
                .await
            }
            (Move::Prove, Some(_)) => self.prove(engine, entry, spec, *running, news).await,
            (Move::StepAside, Some(_)) => self.step_aside(engine, entry, container, news).await,
            (Move::Discard, _) => {
                self.services.withdraw(service);
                Ok(engine.remove(&name(service)).await.map(|()| Went::On)?)
            }
            (Move::Restore, _) => {
                let renamed = engine.rename(&name_before(service), &name(service)).await;
                Ok(renamed.map(|()| Went::On)?)
            }
            (Move::RemoveBefore, _) => {
                let removed = engine.remove(&name_before(service)).await;
                Ok(removed.map(|()| Went::On)?)
            }
            (Move::Keep, Some(current)) if entry.end.is_some() => {
                self.look(engine, entry, &current).await
            }
            (Move::Keep, Some(current)) => self.settle(engine, entry, &current, news).await,
            (Move::Nothing | Move::Keep | Move::Prove | Move::StepAside, _) => {
                self.nothing(engine, entry).await
            }
        }
    }

    /// A container under one of the service's names that this agent has not made for it; what to do about it.
    fn foreign(&self, entry: &Entry, found: [&Option<Found>; 2]) -> Option<String> {
        let service = &entry.order.service;
        let names = [name(service), name_before(service)];
        let mut found = names.iter().zip(found);
        let foreign = found.find(|(_, found)| {
            found.as_ref().is_some_and(|found| {
                found.labels.agent != self.agent.to_string()
                    || found.labels.service != service.as_str()
            })
        });
        foreign.map(|(name, _)| {
            format!("there is a container called \"{name}\" on the device that this agent has not made; remove it, or give the service another name")
        })
    }

    async fn create(
        &self,
        engine: &Engine,
        entry: &Entry,
        (spec, container): (&Spec, &Container),
        wanted: &str,
        has_before: bool,
        news: &mut watch::Receiver<u64>,
    ) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        if !self.fetch(engine, entry, container, news).await? {
            return Ok(Went::On);
        }
        let first = match &entry.making {
            Some(making) => making.first,
            None => {
                let nothing = entry.present.is_none() && !has_before;
                nothing && engine.volumes(service.as_str()).await?.is_empty()
            }
        };
        let attempt = Attempt {
            spec: wanted.to_owned(),
            first,
        };
        self.book.change(service, |now| {
            now.making = Some(attempt);
            now.keys = None;
        });
        self.say(service, "making the container");
        let name = name(service);
        let making = Making {
            name: &name,
            service: service.as_str(),
            spec: wanted,
            port: spec.port,
            container,
        };
        match engine.create(&making).await {
            Err(error) if error.is_away() || error.is_conflict() => Err(error.into()),
            Err(error) => {
                self.fail(entry, error.to_string());
                Ok(Went::On)
            }
            Ok(()) => Ok(Went::On),
        }
    }

    /// Sees that the image is there; false if it cannot be, or if there is another order.
    async fn fetch(
        &self,
        engine: &Engine,
        entry: &Entry,
        container: &Container,
        news: &mut watch::Receiver<u64>,
    ) -> Result<bool, Trouble> {
        let service = &entry.order.service;
        let image = &container.image;
        if engine.has_image(image).await? {
            return Ok(true);
        }
        self.say(service, format!("fetching the image {image}"));
        let pull = async {
            // The semaphore is never closed.
            let _permit = self.pulls.acquire().await;
            let tell = |progress: String| {
                self.say(service, format!("fetching the image {image}: {progress}"));
            };
            engine.pull(image, container.login.as_ref(), tell).await
        };
        let pulled = tokio::select! {
            pulled = pull => pulled,
            () = self.overtaken(entry, news) => return Ok(false),
        };
        match pulled {
            Err(error) if error.is_away() => Err(error.into()),
            Err(error) => {
                self.fail(entry, error.to_string());
                Ok(false)
            }
            Ok(()) => Ok(true),
        }
    }

    /// Starts what was made, with its keys, and finds out whether it is any good.
    async fn prove(
        &self,
        engine: &Engine,
        entry: &Entry,
        spec: &Spec,
        running: bool,
        news: &mut watch::Receiver<u64>,
    ) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        let name = name(service);
        let begun = async {
            if let Some(keys) = &spec.keys {
                engine.put(&name, &keys.folder, &keys.files).await?;
            }
            if running {
                engine.start(&name).await?;
            }
            Ok(())
        };
        let begun: Result<(), EngineError> = begun.await;
        let proof = match begun {
            Err(error) if error.is_away() || error.is_conflict() => return Err(error.into()),
            Err(error) => Proof::Bad(error.to_string()),
            Ok(()) if !running => Proof::Good,
            Ok(()) => self.until_healthy(engine, entry, spec, 0, news).await?,
        };
        match proof {
            Proof::Overtaken => {}
            Proof::Bad(reason) => self.fail(entry, reason),
            // Written down before what was there before is removed.
            Proof::Good => self.book.change(service, |now| {
                now.present = Some(Box::new(spec.clone()));
                now.making = None;
                now.keys = spec.keys.as_ref().map(mark_of_keys);
                now.restarts = now.restarts.max(entry.restarts_wished());
            }),
        }
        Ok(Went::On)
    }

    async fn step_aside(
        &self,
        engine: &Engine,
        entry: &Entry,
        container: &Container,
        news: &mut watch::Receiver<u64>,
    ) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        // What is there goes on until all is there that takes its place.
        if !self.fetch(engine, entry, container, news).await? {
            return Ok(Went::On);
        }
        self.say(service, "stopping what is there, to make the new one");
        self.services.withdraw(service);
        let (name, before) = (name(service), name_before(service));
        engine.stop(&name).await?;
        Ok(engine.rename(&name, &before).await.map(|()| Went::On)?)
    }

    /// Sees that a proven container is as wished, and ends the order.
    async fn settle(
        &self,
        engine: &Engine,
        entry: &Entry,
        current: &Found,
        news: &mut watch::Receiver<u64>,
    ) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        let name = name(service);
        let Wish::Present { spec, running, .. } = &entry.order.wish else {
            return Ok(Went::Rest);
        };
        let failing = entry.failing.clone();
        // What has come back is what it was, and not what is wished.
        let there = match &failing {
            Some(_) => entry.present.as_deref().unwrap_or(spec),
            None => spec,
        };
        let keys = there.keys.as_ref();
        self.sync_keys(engine, entry, keys).await?;
        let restarts = entry.restarts_wished();
        if !running {
            self.services.withdraw(service);
            self.say(service, "stopping");
            engine.stop(&name).await?;
        }
        let again = *running
            && failing.is_none()
            && restarts > entry.restarts
            && current.running
            && current.started_at_us <= entry.accepted_at_us;
        if again {
            self.services.withdraw(service);
            self.say(service, "starting it again");
            engine.stop(&name).await?;
        }
        let mut trouble = String::new();
        if *running {
            let is_new_start = again || !current.running;
            let started = match is_new_start {
                true => engine.start(&name).await,
                false => Ok(()),
            };
            let restarted = if is_new_start { 0 } else { current.restarts };
            let proof = match started {
                Err(error) if error.is_away() || error.is_conflict() => return Err(error.into()),
                Err(error) => Proof::Bad(error.to_string()),
                Ok(()) => {
                    self.until_healthy(engine, entry, there, restarted, news)
                        .await?
                }
            };
            match proof {
                Proof::Good => {}
                Proof::Overtaken => return Ok(Went::On),
                Proof::Bad(reason) => trouble = reason,
            }
        }
        let is_up = *running && trouble.is_empty();
        let (step, message) = match failing {
            None => (Step::Settled, trouble),
            Some(reason) if trouble.is_empty() => (Step::Returned, reason),
            Some(reason) => (
                Step::Returned,
                format!("{reason}; and what was there before: {trouble}"),
            ),
        };
        let returned = step == Step::Returned;
        self.view(service, |view| view.running = is_up);
        self.end(entry, step, message, |now| {
            now.restarts = now.restarts.max(restarts);
            now.making = None;
            if !returned {
                now.present = Some(spec.clone());
            }
        });
        Ok(Went::On)
    }

    /// Looks at a service whose order has ended.
    async fn look(&self, engine: &Engine, entry: &Entry, current: &Found) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        let present = entry.present.as_deref().or_else(|| entry.wished());
        self.sync_keys(engine, entry, present.and_then(|spec| spec.keys.as_ref()))
            .await?;
        let wished = matches!(entry.order.wish, Wish::Present { running: true, .. });
        let port = current.port.filter(|_| current.running);
        self.offer(entry, port);
        let message = match (wished, current.running) {
            (true, false) => ended(engine, &name(service), current).await,
            (true, true) if current.health == Health::Unhealthy => {
                "its own check says that it is not healthy".to_owned()
            }
            (false, true) => "somebody has started it on the device".to_owned(),
            _ => String::new(),
        };
        self.say(service, message);
        Ok(Went::Rest)
    }

    /// Nothing is there: because nothing could be made, or because somebody has removed it.
    async fn nothing(&self, engine: &Engine, entry: &Entry) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        self.services.withdraw(service);
        if let Some(reason) = entry.failing.clone().filter(|_| entry.end.is_none()) {
            if entry.making.as_ref().is_some_and(|making| making.first) {
                for volume in engine.volumes(service.as_str()).await? {
                    engine.remove_volume(&volume).await?;
                }
            }
            self.end(entry, Step::Failed, reason, |now| {
                now.making = None;
                now.present = None;
            });
        } else if entry.present.is_some() {
            self.say(service, "somebody has removed its container on the device");
        }
        Ok(Went::Rest)
    }

    async fn destroy(&self, engine: &Engine, entry: &Entry) -> Result<Went, Trouble> {
        let service = &entry.order.service;
        self.services.withdraw(service);
        self.say(service, "removing it with its data");
        for name in [name(service), name_before(service)] {
            // What somebody else calls so is not ours to remove.
            let found = engine.find(&name).await?;
            if self.foreign(entry, [&found, &None]).is_none() {
                engine.remove(&name).await?;
            }
        }
        for volume in engine.volumes(service.as_str()).await? {
            engine.remove_volume(&volume).await?;
        }
        self.book.forget(service, entry.order.generation);
        Ok(Went::On)
    }

    /// Puts keys into what is there, if they are not those that were put.
    async fn sync_keys(
        &self,
        engine: &Engine,
        entry: &Entry,
        keys: Option<&Keys>,
    ) -> Result<(), Trouble> {
        let service = &entry.order.service;
        let Some(keys) = keys else {
            return Ok(());
        };
        let mark = mark_of_keys(keys);
        if entry.keys.as_ref() == Some(&mark) {
            return Ok(());
        }
        engine
            .put(&name(service), &keys.folder, &keys.files)
            .await?;
        self.book.change(service, |now| now.keys = Some(mark));
        Ok(())
    }

    /// Waits until the container is healthy: it runs, its own check says so if it has one, and something answers HTTP at its port.
    async fn until_healthy(
        &self,
        engine: &Engine,
        entry: &Entry,
        spec: &Spec,
        restarts: i64,
        news: &mut watch::Receiver<u64>,
    ) -> Result<Proof, Trouble> {
        let service = &entry.order.service;
        let (name, what) = (name(service), image(spec));
        let limit = Duration::from_secs(u64::from(spec.healthy_within_s));
        let deadline = Instant::now() + limit;
        loop {
            let Some(found) = engine.find(&name).await? else {
                let message = "somebody has removed its container on the device".to_owned();
                return Ok(Proof::Bad(message));
            };
            if !found.running || found.restarts > restarts {
                return Ok(Proof::Bad(ended(engine, &name, &found).await));
            }
            let waits_for = match (found.health, found.port) {
                (Health::Starting, _) => "its own check has not passed yet".to_owned(),
                (Health::Unhealthy, _) => "its own check says that it is not healthy".to_owned(),
                (_, None) => "the engine has not opened its port".to_owned(),
                (_, Some(port)) => match answers(port).await {
                    Ok(()) => return Ok(Proof::Good),
                    Err(waits_for) => waits_for,
                },
            };
            if Instant::now() >= deadline {
                let lines = lines(engine, &name).await;
                let seconds = limit.as_secs();
                return Ok(Proof::Bad(format!(
                    "{what} has not become healthy within {seconds} seconds: {waits_for}{lines}"
                )));
            }
            self.say(service, format!("waiting for {what}: {waits_for}"));
            tokio::select! {
                () = sleep(POLL) => {}
                () = self.overtaken(entry, news) => return Ok(Proof::Overtaken),
            }
        }
    }

    /// The engine is away: what can be seen without it.
    async fn unseen(&self, entry: &Entry) {
        let service = &entry.order.service;
        let port = self.services.port_of(service);
        let running = match port {
            Some(port) => answers(port).await.is_ok(),
            None => false,
        };
        self.view(service, |view| view.running = running);
    }
}

impl Entry {
    /// How often it is to have been started again.
    pub(super) fn restarts_wished(&self) -> u64 {
        match self.order.wish {
            Wish::Present { restarts, .. } => restarts,
            Wish::Destroyed | Wish::Released => self.restarts,
        }
    }
}

/// What a container is made from, in a word.
fn image(spec: &Spec) -> &str {
    match &spec.software {
        Software::Container(container) => &container.image,
        Software::Snap(snap) => &snap.name,
    }
}

/// How a container has ended.
async fn ended(engine: &Engine, name: &str, found: &Found) -> String {
    let how = if found.error.is_empty() {
        format!("with exit code {}", found.exit_code)
    } else {
        format!("with exit code {} ({})", found.exit_code, found.error)
    };
    let lines = lines(engine, name).await;
    match (found.running, found.restarting) {
        (true, _) => format!("the container has ended and was started again by the engine{lines}"),
        (false, true) => {
            format!(
                "the container has ended {how}, and the engine starts it again and again{lines}"
            )
        }
        (false, false) => format!("the container has ended {how}{lines}"),
    }
}

/// The last that a container has said, to be added to a sentence.
async fn lines(engine: &Engine, name: &str) -> String {
    let lines = engine.last_lines(name).await;
    if lines.is_empty() {
        "; it has written nothing".to_owned()
    } else {
        format!("; it has written: {lines}")
    }
}
