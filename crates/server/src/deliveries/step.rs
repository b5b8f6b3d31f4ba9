//! Brings deliveries forward, by what is recorded alone: after a crash they go on where they were.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use edgeward_api::event::Kind;
use edgeward_domain::audit::By;
use edgeward_domain::rollout::{Change, Next, Rollout, State};
use edgeward_ids::{ProjectId, RolloutId, ServiceId};
use edgeward_products::{Extent, Kind as Product, fill};
use edgeward_runtime::{Chain, Shutdown};
use edgeward_store::{DeliveryView, DeliveryWork, Failure, Side, Step, StoreError, Target};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{Id, JoinError, JoinSet};

use super::carry::{Carrier, Ending};
use super::values;
use crate::app::App;
use crate::events::Event;
use crate::now;
use crate::services::{Route, ServiceError};

/// How often deliveries are looked at, whatever happened.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long after a look the next one may come: services end in crowds.
const PAUSE: Duration = Duration::from_millis(50);

/// The most services that are written at once, all deliveries together.
const AT_ONCE: usize = 32;

/// A service's part of a delivery, or of its undoing.
type Part = (RolloutId, ServiceId);

/// Brings deliveries forward until the control plane stops.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut events = app.events.listen();
    let mut timer = tokio::time::interval(LOOK_EVERY);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut crew = Crew::default();
    loop {
        let is_due = tokio::select! {
            () = shutdown.triggered() => return,
            _ = timer.tick() => true,
            Some(ended) = crew.work.join_next_with_id() => {
                crew.ended(&app, ended).await;
                // Whoever else has just ended.
                while let Some(ended) = crew.work.try_join_next_with_id() {
                    crew.ended(&app, ended).await;
                }
                true
            }
            event = events.recv() => match event {
                Ok(Event::Changed(Kind::Deliveries)) | Err(RecvError::Lagged(_)) => true,
                Ok(_) => false,
                Err(RecvError::Closed) => return,
            },
        };
        if !is_due {
            continue;
        }
        if let Err(error) = crew.look(&app).await {
            tracing::warn!(error = %Chain(&error), "cannot bring deliveries forward");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Who is at work on which services.
#[derive(Default)]
struct Crew {
    work: JoinSet<()>,
    at: HashMap<Id, (Part, Side)>,
}

impl Crew {
    /// A part has ended, however.
    async fn ended(&mut self, app: &App, ended: Result<(Id, ()), JoinError>) {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let Some(((delivery, service), side)) = self.at.remove(&id) else {
            return;
        };
        let Err(error) = ended else { return };
        tracing::error!(%delivery, %service, %error, "a service's part of a delivery ended early");
        // Beginning again would end in the same way.
        let said = "the control plane failed at this service, which may have been half written; its log says more";
        let noted = app.deliveries.store.delivery_step(
            delivery,
            service,
            side,
            Step::Failed,
            None,
            said,
            now(),
        );
        if let Err(error) = noted.await {
            tracing::warn!(%delivery, %service, error = %Chain(&error), "cannot record how a delivery goes");
        }
    }

    /// How many services of a delivery somebody is at work on.
    fn at_work(&self, delivery: RolloutId) -> usize {
        let parts = self.at.values();
        parts.filter(|((of, _), _)| *of == delivery).count()
    }

    /// Brings each delivery as far as it can be now. Each gets its share of the hands first, so that a long one holds up nobody; what is
    /// left goes to whoever can use it.
    async fn look(&mut self, app: &Arc<App>) -> Result<(), StoreError> {
        let going_on = app.deliveries.store.deliveries_going_on().await?;
        let share = (AT_ONCE / going_on.len().max(1)).max(1);
        for hands in [share, AT_ONCE] {
            for id in &going_on {
                while self.step(app, *id, hands).await? {}
            }
            if going_on.len() < 2 {
                break;
            }
        }
        Ok(())
    }

    /// One step of a delivery with at most so many hands; whether there may be another one at once.
    async fn step(
        &mut self,
        app: &Arc<App>,
        id: RolloutId,
        hands: usize,
    ) -> Result<bool, StoreError> {
        let Some(view) = app.deliveries.store.delivery(id).await? else {
            return Ok(false);
        };
        let next = view.course.next(&view.standing, now());
        if !matches!(next, Next::Pause(_)) && self.begin(app, &view, hands).await? {
            return Ok(false);
        }
        let change = match next {
            Next::Wait => return Ok(false),
            Next::Begin => Change::BeginWave,
            Next::Pause(reason) => Change::Pause(reason),
            Next::Finish => Change::Finish,
        };
        tracing::info!(delivery = %id, change = change.as_str(), "a delivery goes on");
        let by = author(&view.course);
        let changed = app
            .deliveries
            .store
            .change_delivery(id, &change, &by, now());
        match changed.await {
            Ok(()) => {
                app.deliveries.changed();
                Ok(true)
            }
            // Somebody was faster.
            Err(Failure::Refused(_)) => Ok(false),
            Err(Failure::Store(error)) => Err(error),
        }
    }

    /// Begins with those services whose turn it is, as far as there are hands; whether any are at work or wait for a hand.
    async fn begin(
        &mut self,
        app: &Arc<App>,
        view: &DeliveryView,
        hands: usize,
    ) -> Result<bool, StoreError> {
        let id = view.course.id;
        let mut at_work = self.at_work(id);
        let mut any = at_work > 0;
        for side in [Side::Doing, Side::Undoing] {
            let most = (AT_ONCE + self.at.len()) as u64;
            for target in app.deliveries.store.delivery_due(id, side, most).await? {
                // Two deliveries never write one service at the same time.
                let mut busy = self.at.values().map(|((_, service), _)| service);
                if busy.any(|service| *service == target.service) {
                    continue;
                }
                // What was left half done is brought to its end whatever became of the delivery since.
                let may_begin = match side {
                    Side::Doing => view.course.state == State::Running,
                    Side::Undoing => view.course.state == State::Undoing,
                };
                let was_begun = match side {
                    Side::Doing => target.step == Step::UnderWay,
                    Side::Undoing => target.undo == Some(Step::UnderWay),
                };
                if !may_begin && !was_begun {
                    continue;
                }
                any = true;
                if self.work.len() >= AT_ONCE || at_work >= hands {
                    return Ok(true);
                }
                at_work += 1;
                let part = (id, target.service);
                let (app, work) = (app.clone(), view.work.clone());
                let (extent, project) = (extent(&work.extent), view.course.project);
                let job = Job {
                    app,
                    id,
                    side,
                    work,
                    extent,
                    project,
                    target,
                };
                let handle = self.work.spawn(job.carry_out());
                self.at.insert(handle.id(), (part, side));
            }
        }
        Ok(any)
    }
}

/// What is to be done with one service.
struct Job {
    app: Arc<App>,
    id: RolloutId,
    side: Side,
    work: DeliveryWork,
    extent: Extent,
    project: Option<ProjectId>,
    target: Target,
}

impl Job {
    async fn carry_out(self) {
        let ended = match self.side {
            Side::Doing => self.deliver().await,
            Side::Undoing => self.undo().await,
        };
        let ended = match ended {
            // It was called off meanwhile.
            Ok(None) => Ok(false),
            Ok(Some(ending)) => {
                let step = if ending.is_done {
                    Step::Done
                } else {
                    Step::Failed
                };
                self.note(step, None, &ending.message).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            // It is still under way by what is recorded, and so is taken up again.
            tracing::warn!(delivery = %self.id, service = %self.target.service, error = %Chain(&error), "cannot record how a delivery goes");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.app.deliveries.changed();
    }

    async fn deliver(&self) -> Result<Option<Ending>, StoreError> {
        let route = match self.route().await? {
            Ok(route) => route,
            Err(ending) => return Ok(Some(ending)),
        };
        if route.kind != Product::of(&self.work.kind) {
            return Ok(Some(failed(&format!(
                "it is of another kind by now: {}; the template is for {}",
                route.kind.as_str(),
                self.work.kind
            ))));
        }
        let carrier = match Carrier::new(&self.app.ways, &route) {
            Ok(carrier) => carrier,
            Err(error) => return Ok(Some(Ending::failed(&error))),
        };
        let wanted = match self.wanted(&carrier) {
            Ok(wanted) => wanted,
            Err(ending) => return Ok(Some(ending)),
        };
        // Where it was begun before a crash, what was there may have been overwritten.
        let known = match self.before().await? {
            Ok(known) => known,
            Err(ending) => return Ok(Some(ending)),
        };
        let present = match (carrier.read().await, &known) {
            (Ok(present), _) => present,
            (Err(error), None) => return Ok(Some(Ending::failed(&error))),
            (Err(error), Some(before)) => {
                let put_back = carrier.put_back(before).await;
                return Ok(Some(Ending::failed_midway(&error, put_back)));
            }
        };
        let before = match known {
            Some(before) => before,
            None => {
                let sealed = match self.seal(&present.whole) {
                    Ok(sealed) => sealed,
                    Err(ending) => return Ok(Some(ending)),
                };
                if !self.note(Step::UnderWay, Some(&sealed), "").await? {
                    return Ok(None);
                }
                present.whole.clone()
            }
        };
        Ok(Some(
            match carrier.make(&wanted, &present, self.extent).await {
                Ok(true) => Ending::done(""),
                Ok(false) => Ending::done("it was so already"),
                Err(error) => Ending::failed_midway(&error, carrier.put_back(&before).await),
            },
        ))
    }

    /// The way to the service, unless it has gone or was moved to where this delivery has no say.
    async fn route(&self) -> Result<Result<Route, Ending>, StoreError> {
        let Some(project) = self.project else {
            return Ok(Err(failed("the delivery is of no project")));
        };
        let found = self.app.services.in_project(self.target.service, project);
        match found.await {
            Ok((_, route)) => Ok(Ok(route)),
            Err(ServiceError::Store(error)) => Err(error),
            Err(_) => Ok(Err(failed("the service is gone from the project"))),
        }
    }

    /// The template filled in for this service.
    fn wanted(&self, carrier: &Carrier<'_>) -> Result<String, Ending> {
        let secrets = &self.app.deliveries.secrets;
        let open = |sealed: &str| {
            values::open(secrets, self.id, sealed)
                .map_err(|error| failed(&format!("its values cannot be read: {}", Chain(&error))))
        };
        let mut values = open(&self.work.defaults)?;
        values.extend(open(&self.target.values)?);
        let form = carrier.configuration().form();
        fill(form, &self.work.text, &values).map_err(|error| Ending::failed(&error.into()))
    }

    async fn undo(&self) -> Result<Option<Ending>, StoreError> {
        let before = match self.before().await? {
            Ok(Some(before)) => before,
            Ok(None) => return Ok(Some(failed("it is not known what was there before"))),
            Err(ending) => return Ok(Some(ending)),
        };
        let route = match self.route().await? {
            Ok(route) => route,
            Err(ending) => return Ok(Some(ending)),
        };
        if !self.note(Step::UnderWay, None, "").await? {
            return Ok(None);
        }
        let carrier = match Carrier::new(&self.app.ways, &route) {
            Ok(carrier) => carrier,
            Err(error) => return Ok(Some(Ending::failed(&error))),
        };
        Ok(Some(match carrier.put_back(&before).await {
            Ok(true) => Ending::done(""),
            Ok(false) => Ending::done("it was so already"),
            Err(error) => Ending::failed(&error),
        }))
    }

    /// What was there before, with its secrets, if that was written down.
    async fn before(&self) -> Result<Result<Option<String>, Ending>, StoreError> {
        if !self.target.has_before {
            return Ok(Ok(None));
        }
        let deliveries = &self.app.deliveries;
        let sealed = deliveries
            .store
            .delivery_before(self.id, self.target.service)
            .await?;
        let opened = sealed.map(|sealed| deliveries.secrets.open(&self.purpose(), &sealed));
        Ok(opened.transpose().map_err(|error| {
            failed(&format!(
                "what was there before was written down and cannot be read: {}",
                Chain(&error)
            ))
        }))
    }

    fn seal(&self, before: &str) -> Result<String, Ending> {
        let sealed = self.app.deliveries.secrets.seal(&self.purpose(), before);
        sealed.map_err(|error| {
            failed(&format!(
                "what is there cannot be written down: {}",
                Chain(&error)
            ))
        })
    }

    /// What a configuration is sealed for, so that no other service's can be put in its place.
    fn purpose(&self) -> String {
        format!(
            "configuration of {} before {}",
            self.target.service, self.id
        )
    }

    async fn note(
        &self,
        step: Step,
        before: Option<&str>,
        message: &str,
    ) -> Result<bool, StoreError> {
        self.app
            .deliveries
            .store
            .delivery_step(
                self.id,
                self.target.service,
                self.side,
                step,
                before,
                message,
                now(),
            )
            .await
    }
}

fn failed(message: &str) -> Ending {
    Ending {
        is_done: false,
        message: message.to_owned(),
    }
}

/// How much a text says, by its stable word.
pub(super) fn extent(word: &str) -> Extent {
    if word == edgeward_api::template::Extent::Whole.as_str() {
        Extent::Whole
    } else {
        Extent::Part
    }
}

fn author(course: &Rollout) -> By {
    By::system(&format!("delivery {}", course.name))
}
