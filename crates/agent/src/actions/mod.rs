//! What the control plane has done on the device: each action at most once, to its end, with an answer that arrives.
//!
//! An action is in the [`journal`] before it is begun, and so is every step that cannot be repeated; after a restart the journal
//! decides (see [`State`]). Actions that change something are carried out one after the other, in the order in which they came;
//! those that only look run beside them.
//!
//! What it does not do: it decides about no rights (a command is signed), and it changes nothing itself: that is snapd's.

mod entry;
mod journal;
mod lookup;
mod operation;
mod perform;
mod results;
mod upload;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edgeward_ids::{ActionId, AgentId, OrganisationId};
use edgeward_runtime::{Chain, now_micros};
use edgeward_snapd::{Snapd, SnapdError};
use edgeward_wire::action::{ActionName, ActionReport, ActionRequest, Step};
use edgeward_wire::report::Report;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::reports::{About, Reports};
use crate::sqlite::DatabaseError;
use entry::{Entry, State};
use journal::{Accepted, Journal};

pub(crate) use results::Whose;

/// The most actions that may wait for their turn; more are refused.
const MAX_WAITING: usize = 500;

/// How long to wait when the journal cannot be written, before trying again.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);

/// How often old entries are removed.
const PRUNE_INTERVAL: Duration = Duration::from_secs(6 * 3600);

/// Carries out actions.
pub(crate) struct Actions {
    agent: AgentId,
    journal: Journal,
    /// None if this agent does not speak to snapd.
    snapd: Option<Snapd>,
    reports: Arc<Reports>,
    /// Counts entries that are new, or cancelled.
    news: watch::Sender<u64>,
    /// Counts actions that have ended.
    ended: watch::Sender<u64>,
    under_way: Mutex<BTreeMap<ActionId, UnderWay>>,
    organisation: Mutex<Option<OrganisationId>>,
    unregistered: CancellationToken,
}

/// An action in somebody's hands.
struct UnderWay {
    cancel: CancellationToken,
    /// What was reported last.
    step: Step,
}

/// An action is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAccepted {
    #[error("{MAX_WAITING} actions are waiting on this device already")]
    TooMany,
    #[error(transparent)]
    Journal(#[from] DatabaseError),
}

/// Which actions a lane takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    Changing,
    Beside,
}

impl Lane {
    fn of(name: ActionName) -> Self {
        // The log is only read.
        if name.only_reads() || name == ActionName::Logs {
            Self::Beside
        } else {
            Self::Changing
        }
    }
}

impl Actions {
    /// Opens the journal of this agent. Entries of another one, which this device was before, go.
    pub(crate) fn open(
        state_dir: &Path,
        agent: AgentId,
        snapd: Option<Snapd>,
        reports: Arc<Reports>,
    ) -> Result<Self, DatabaseError> {
        Ok(Self {
            agent,
            journal: Journal::open(state_dir, agent)?,
            snapd,
            reports,
            news: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            under_way: Mutex::default(),
            organisation: Mutex::default(),
            unregistered: CancellationToken::new(),
        })
    }

    /// Writes an action down, or answers with what is known of it. This writes to the disk: call it where waiting is allowed.
    pub(crate) fn accept(
        &self,
        action: ActionId,
        request: &ActionRequest,
        not_after_us: i64,
    ) -> Result<(), NotAccepted> {
        let wrong = request.check().err();
        let refused = wrong.map(|wrong| Step::Failed {
            message: wrong.to_string(),
        });
        let accepted = self.journal.accept(
            action,
            request,
            not_after_us,
            refused,
            now_micros(),
            MAX_WAITING,
        )?;
        match accepted {
            Accepted::Full => return Err(NotAccepted::TooMany),
            Accepted::New => {
                tracing::info!(%action, name = request.name.as_str(), snap = request.snap, "an action has come");
                self.report(action, Step::Accepted);
                self.news.send_modify(|count| *count += 1);
            }
            Accepted::Known(State::Ended { step }) => self.report(action, step),
            Accepted::Known(_) => {
                let step = self.under_way().get(&action).map(|one| one.step.clone());
                self.report(action, step.unwrap_or(Step::Accepted));
            }
        }
        Ok(())
    }

    /// Has an action undone, if that is still possible; one that has not come yet will not be begun. This writes to the disk.
    pub(crate) fn cancel(&self, action: ActionId) -> Result<(), NotAccepted> {
        match self.journal.cancel(action, now_micros())? {
            State::Ended { step } => self.report(action, step),
            _ => {
                if let Some(one) = self.under_way().get(&action) {
                    one.cancel.cancel();
                }
                self.news.send_modify(|count| *count += 1);
            }
        }
        Ok(())
    }

    /// Whom the device belongs to, for what is said of it.
    pub(crate) fn belong_to(&self, organisation: Option<OrganisationId>) {
        *lock(&self.organisation) = organisation;
    }

    /// Counts the actions that have ended, for whoever looks at the device afterwards.
    pub(crate) fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Cancelled when the control plane has had the device unregistered, and has the answer.
    pub(crate) fn unregistered(&self) -> CancellationToken {
        self.unregistered.clone()
    }

    /// Carries out what has come, and what was left when the agent was last stopped. Dropping this is as good as killing it: the
    /// journal knows where to go on.
    pub(crate) async fn run(self: Arc<Self>) {
        self.report_untold().await;
        // Two lanes for what only looks.
        tokio::join!(
            self.lane(Lane::Changing),
            self.lane(Lane::Beside),
            self.lane(Lane::Beside),
            self.note_delivered(),
            self.prune()
        );
    }

    async fn lane(&self, lane: Lane) {
        let mut news = self.news.subscribe();
        loop {
            news.borrow_and_update();
            loop {
                match self.take(lane).await {
                    Ok(Some((entry, cancel))) => self.carry_out(entry, cancel).await,
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(error = %Chain(&error), "the journal of actions cannot be read");
                        tokio::time::sleep(JOURNAL_PAUSE).await;
                    }
                }
            }
            let _never_closed = news.changed().await;
        }
    }

    /// The next action that nobody has in hand.
    async fn take(&self, lane: Lane) -> Result<Option<(Entry, CancellationToken)>, DatabaseError> {
        for entry in self.journal.unfinished().await? {
            if Lane::of(entry.request.name) != lane {
                continue;
            }
            let cancel = CancellationToken::new();
            if entry.cancelled {
                cancel.cancel();
            }
            let mut under_way = self.under_way();
            if under_way.contains_key(&entry.action) {
                continue;
            }
            let one = UnderWay {
                cancel: cancel.clone(),
                step: Step::Accepted,
            };
            under_way.insert(entry.action, one);
            return Ok(Some((entry, cancel)));
        }
        Ok(None)
    }

    async fn carry_out(&self, entry: Entry, cancel: CancellationToken) {
        let (action, name) = (entry.action, entry.request.name);
        // It may have ended between the look and the grip.
        let ended = match self.journal.has_ended(action).await {
            Ok(true) => Ok(()),
            Ok(false) => self.perform_and_end(entry, cancel).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::error!(%action, name = name.as_str(), error = %Chain(&error), "an action waits because it cannot be written down");
            tokio::time::sleep(JOURNAL_PAUSE).await;
        }
        self.under_way().remove(&action);
    }

    async fn perform_and_end(
        &self,
        entry: Entry,
        cancel: CancellationToken,
    ) -> Result<(), DatabaseError> {
        let (action, name) = (entry.action, entry.request.name);
        let step = results::fitting(self.perform(entry, &cancel).await?);
        self.journal.end(action, &step, now_micros()).await?;
        match &step {
            Step::Failed { message } => {
                tracing::warn!(%action, name = name.as_str(), message, "an action has failed");
            }
            _ => tracing::info!(%action, name = name.as_str(), "an action has ended"),
        }
        self.report(action, step);
        self.ended.send_modify(|count| *count += 1);
        Ok(())
    }

    fn report(&self, action: ActionId, step: Step) {
        if let Some(one) = self.under_way().get_mut(&action) {
            one.step = step.clone();
        }
        let report = Report::Action(ActionReport { action, step });
        self.reports.put(About::Action(action), report);
    }

    async fn report_untold(&self) {
        match self.journal.untold().await {
            Ok(untold) => {
                for (action, step) in untold {
                    self.report(action, step);
                }
            }
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the journal of actions cannot be read");
            }
        }
    }

    /// Notes what the broker has acknowledged.
    async fn note_delivered(&self) {
        if self.journal.is_unregistered().await.unwrap_or_default() {
            self.unregistered.cancel();
        }
        loop {
            for action in self.reports.delivered().await {
                match self.journal.tell(action).await {
                    Ok(Some(ActionName::Unregister)) => self.unregistered.cancel(),
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%action, error = %Chain(&error), "a delivered report was not noted; it will be sent again after a restart");
                    }
                }
            }
        }
    }

    async fn prune(&self) {
        loop {
            if let Err(error) = self.journal.prune(now_micros()).await {
                tracing::warn!(error = %Chain(&error), "old actions were not removed from the journal");
            }
            tokio::time::sleep(PRUNE_INTERVAL).await;
        }
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<ActionId, UnderWay>> {
        lock(&self.under_way)
    }

    /// What `list` answers now; none without snapd.
    pub(crate) async fn snap_list(&self) -> Option<Result<Value, SnapdError>> {
        let snapd = self.snapd.as_ref()?;
        Some(results::look(snapd, ActionName::List, "", &self.whose()).await)
    }

    fn whose(&self) -> Whose {
        Whose {
            device: self.agent,
            organisation: *lock(&self.organisation),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
