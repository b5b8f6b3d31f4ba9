//! The watchdog: a change of snapd's that takes too long is written down with all others, told to the control plane, and
//! cured: by aborting it, by restarting snapd, or by restarting the device, as configured, mildest first.
//!
//! It must never do more harm than the change. So a change counts as too long only by the clock that cannot be set; every
//! cure is tried once for a change, and noted on the disk before it is; the device is restarted a set number of times a day at
//! most; and where nothing can be noted, nothing is done.

mod clock;
mod document;
mod judge;
mod records;
mod remedy;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use edgeward_runtime::Chain;
use edgeward_snapd::{Change, Select, Snapd, SnapdError};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::{Cure, GoDuration, WatchdogConfig};
use crate::events::Outbox;
use crate::sqlite::{Database, DatabaseError};
use clock::Moment;
use document::Document;
use judge::{Mark, Verdict, is_overdue, next};
use records::{Key, Known, Records, put_mark, put_restart};

pub(crate) use records::SCHEMA;

/// snapd is asked this often at least, and four times within the limit.
const MAX_PERIOD: Duration = Duration::from_secs(60);
const MIN_PERIOD: Duration = Duration::from_millis(250);

/// How long the control plane has to acknowledge what it is told before the device restarts.
const TELL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the device may take to go down when snapd restarts it; no longer than a cure has to show.
const GOING_DOWN: Duration = Duration::from_secs(60);

/// What it is called among the events.
const KIND: &str = "watchdog";

/// Watches snapd's changes.
pub(crate) struct Watchdog {
    snapd: Snapd,
    config: WatchdogConfig,
    /// Where documents go.
    folder: PathBuf,
    records: Records,
    outbox: Outbox,
    clock: Clock,
    tell_timeout: Duration,
    going_down: Duration,
}

type Clock = Box<dyn Fn() -> io::Result<Moment> + Send + Sync>;

/// A look at snapd came to nothing.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error("cannot read the device's clock")]
    Clock(#[from] io::Error),
    #[error("cannot ask snapd for its changes")]
    Snapd(#[from] SnapdError),
    #[error("cannot note what the watchdog does, so that it does nothing")]
    Records(#[from] DatabaseError),
}

/// A change that takes too long.
struct Overdue {
    change: Change,
    key: Key,
    known: Known,
    verdict: Verdict,
    /// The document about it, if it was written just now.
    document: Option<String>,
}

impl Watchdog {
    /// A watchdog that keeps its notes in `database` and its documents in `folder`.
    pub(crate) fn new(
        snapd: Snapd,
        config: WatchdogConfig,
        folder: PathBuf,
        database: Database,
        outbox: Outbox,
    ) -> Self {
        Self {
            // A look that comes to nothing is repeated anyway.
            snapd: snapd.with_patience(Duration::ZERO),
            going_down: config.patience.min(GOING_DOWN),
            config,
            folder,
            records: Records(database),
            outbox,
            clock: Box::new(Moment::now),
            tell_timeout: TELL_TIMEOUT,
        }
    }

    /// Looks again and again until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut ticks = interval((self.config.limit / 4).clamp(MIN_PERIOD, MAX_PERIOD));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return,
            }
            let round = tokio::select! {
                round = self.round() => round,
                () = stop.cancelled() => return,
            };
            match round {
                Ok(()) => {}
                Err(RoundError::Snapd(error)) if error.is_away() => {
                    tracing::debug!(error = %Chain(&error), "there is no snapd to watch");
                }
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "the watchdog has missed a look")
                }
            }
        }
    }

    /// One look, and what follows from it.
    async fn round(&self) -> Result<(), RoundError> {
        let changes = self.snapd.changes(Select::All).await?;
        let now = (self.clock)()?;
        let (over, going_on): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| change.ready);
        let keys = |changes: &[Change]| changes.iter().map(Key::of).collect();
        let (known, ended) = self
            .records
            .see(keys(&going_on), keys(&over), now.clone())
            .await?;
        self.tell_ended(&over, ended).await?;
        let restarts = self.records.restarts_today(&now).await?;
        let mut overdue: Vec<Overdue> = going_on
            .into_iter()
            .zip(known)
            .filter(|(change, (_, known))| {
                is_overdue(&known.watched, change.spawned(), &now, &self.config)
            })
            .map(|(change, (key, known))| Overdue {
                verdict: next(&known.marks, restarts, &now, &self.config),
                change,
                key,
                known,
                document: None,
            })
            .filter(|overdue| overdue.verdict != Verdict::Wait)
            .collect();
        if overdue.is_empty() {
            return Ok(());
        }
        self.write_documents(&mut overdue).await?;
        let number = self.note(&overdue, restarts, &now).await?;
        self.outbox.wake();
        self.cure(&overdue, number).await
    }

    async fn write_documents(&self, overdue: &mut [Overdue]) -> Result<(), RoundError> {
        if overdue
            .iter()
            .all(|one| one.known.marks.contains_key(&Mark::Written))
        {
            return Ok(());
        }
        let all = self.snapd.changes_verbatim(Select::All).await?;
        for one in overdue {
            if one.known.marks.contains_key(&Mark::Written) {
                continue;
            }
            let id = one.change.id.as_str();
            let seen_for = one.known.watched.observed;
            let document = Document::new(id, seen_for, self.config.limit, &all);
            match document.write(&self.folder) {
                Ok(file) => {
                    tracing::error!(
                        change = id, summary = one.change.summary, seen_for_s = seen_for.as_secs(), document = %file.display(),
                        "a change of snapd's takes too long"
                    );
                    one.document = Some(file.display().to_string());
                }
                Err(error) => tracing::error!(
                    change = id, summary = one.change.summary, seen_for_s = seen_for.as_secs(), folder = %self.folder.display(), %error,
                    "a change of snapd's takes too long, and the document about it could not be written"
                ),
            }
        }
        Ok(())
    }

    /// Writes down what will be done, and the events about it, in one go; the last event's number.
    async fn note(
        &self,
        overdue: &[Overdue],
        restarts: u32,
        now: &Moment,
    ) -> Result<i64, RoundError> {
        let notes: Vec<_> = overdue
            .iter()
            .map(|one| {
                let (mark, text) = self.plan(one);
                (one.key.clone(), mark, text, data(one, restarts))
            })
            .collect();
        let restart = overdue
            .iter()
            .any(|one| one.verdict == Verdict::Cure(Cure::RestartDevice));
        let now = now.clone();
        let number = self
            .records
            .0
            .write(move |db| {
                let mut number = 0;
                for (key, mark, text, data) in &notes {
                    put_mark(db, key, Mark::Written, &now)?;
                    put_mark(db, key, *mark, &now)?;
                    number = Outbox::put(db, KIND, text, data)?;
                }
                if restart {
                    put_restart(db, &now)?;
                }
                Ok(number)
            })
            .await?;
        Ok(number)
    }

    fn plan(&self, one: &Overdue) -> (Mark, String) {
        let Overdue {
            change, verdict, ..
        } = one;
        let (mark, what) = match verdict {
            Verdict::Cure(Cure::Abort) => (Mark::Tried(Cure::Abort), "it is aborted"),
            Verdict::Cure(Cure::RestartSnapd) => {
                (Mark::Tried(Cure::RestartSnapd), "snapd is restarted")
            }
            Verdict::Cure(Cure::RestartDevice) => {
                (Mark::Tried(Cure::RestartDevice), "the device is restarted")
            }
            Verdict::Withhold => (
                Mark::Withheld,
                "the device is not restarted, because it was too often already today",
            ),
            Verdict::GiveUp | Verdict::Wait => (Mark::GivenUp, "nothing is left to be tried"),
        };
        let limit = GoDuration(self.config.limit);
        let text = format!(
            "snapd's change {} ({}) has been going on for more than {limit}: {what}",
            change.id, change.summary
        );
        (mark, text)
    }

    /// Mildest first. A restart of the device comes last, and once for all changes.
    async fn cure(&self, overdue: &[Overdue], number: i64) -> Result<(), RoundError> {
        let wanted = |cure| overdue.iter().any(|one| one.verdict == Verdict::Cure(cure));
        for one in overdue {
            if one.verdict == Verdict::Cure(Cure::Abort)
                && let Err(error) = self.snapd.abort(&one.change.id).await
            {
                self.tell_failure("abort the change", words(&error)).await?;
            }
        }
        if wanted(Cure::RestartSnapd)
            && let Err(error) = remedy::command(&self.config.restart_snapd_command).await
        {
            self.tell_failure("restart snapd", words(&error)).await?;
        }
        if wanted(Cure::RestartDevice) {
            if !self.outbox.wait_for(number, self.tell_timeout).await {
                tracing::warn!("the control plane will hear of the watchdog after the restart");
            }
            tracing::error!("the watchdog restarts the device");
            if let Err(error) =
                remedy::restart_device(&self.snapd, &self.config, self.going_down).await
            {
                self.tell_failure("restart the device", words(&error))
                    .await?;
            }
        }
        Ok(())
    }

    async fn tell_failure(&self, attempt: &str, error: String) -> Result<(), RoundError> {
        tracing::error!(attempt, error, "the watchdog's cure has failed");
        let text = format!("the watchdog could not {attempt}: {error}");
        let data = json!({"step": "failed", "attempt": attempt, "error": error});
        self.tell(vec![(text, data)]).await
    }

    async fn tell_ended(&self, over: &[Change], ended: Vec<Key>) -> Result<(), RoundError> {
        let events: Vec<_> = over
            .iter()
            .filter(|change| ended.contains(&Key::of(change)))
            .map(|change| {
                let Change {
                    id,
                    summary,
                    status,
                    err,
                    ..
                } = change;
                let status = status.as_str();
                tracing::info!(change = %id, status, "a change of snapd's that took too long has ended");
                let text =
                    format!("snapd's change {id} ({summary}), which took too long, has ended: {status}");
                let data = json!({"step": "ended", "change": id.as_str(), "status": status, "err": err});
                (text, data)
            })
            .collect();
        if events.is_empty() {
            return Ok(());
        }
        self.tell(events).await
    }

    async fn tell(&self, events: Vec<(String, Value)>) -> Result<(), RoundError> {
        self.records
            .0
            .write(move |db| {
                events
                    .iter()
                    .try_for_each(|(text, data)| Outbox::put(db, KIND, text, data).map(drop))
            })
            .await?;
        self.outbox.wake();
        Ok(())
    }
}

fn words(error: &dyn std::error::Error) -> String {
    Chain(error).to_string()
}

fn data(one: &Overdue, restarts: u32) -> Value {
    let Overdue {
        change,
        known,
        verdict,
        document,
        ..
    } = one;
    let step = match verdict {
        Verdict::Cure(cure) => cure.as_str(),
        Verdict::Withhold => Mark::Withheld.as_str(),
        Verdict::GiveUp | Verdict::Wait => Mark::GivenUp.as_str(),
    };
    json!({
        "step": step,
        "change": change.id.as_str(),
        "kind": change.kind,
        "summary": change.summary,
        "status": change.status.as_str(),
        "spawn_time": change.spawn_time,
        "seen_for_s": known.watched.observed.as_secs(),
        "document": document,
        "restarts_before": restarts,
    })
}

#[cfg(test)]
mod tests;
