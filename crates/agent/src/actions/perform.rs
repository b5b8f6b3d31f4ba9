//! Carrying one action through, from wherever the journal says it is.

use std::time::Duration;

use edgeward_runtime::{Backoff, Chain, now_micros};
use edgeward_snapd::{Change, ChangeId, End, SetId, Snapd, SnapdError};
use edgeward_wire::action::Step;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Actions;
use super::entry::{Before, Entry, State};
use super::lookup::{self, Found, Wanted};
use super::operation::{ChangeOperation, Operation, SNAPSHOT_KIND, UserOperation};
use super::{results, upload};
use crate::sqlite::DatabaseError;

/// How long snapd may be away before an action fails that has not been begun.
const PATIENCE: Duration = Duration::from_secs(300);

/// The same where there is not even a socket: that device may well have no snapd.
const PATIENCE_WITHOUT_SOCKET: Duration = Duration::from_secs(10);

/// How long snapd may be away while a change of it goes on: it restarts itself, and the device.
const FOLLOW_PATIENCE: Duration = Duration::from_secs(3600);

/// How long an action waits for another change on the same snap.
const CONFLICT_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// The waits between attempts meanwhile.
const MIN_CONFLICT_WAIT: Duration = Duration::from_millis(500);
const MAX_CONFLICT_WAIT: Duration = Duration::from_secs(15);

/// How often a change is looked at: more rarely as it goes on.
const MIN_FOLLOW_WAIT: Duration = Duration::from_millis(100);
const MAX_FOLLOW_WAIT: Duration = Duration::from_secs(1);

/// How often sending a snapshot is tried, and the waits between.
const UPLOAD_TRIES: u32 = 3;
const MIN_UPLOAD_WAIT: Duration = Duration::from_secs(2);
const MAX_UPLOAD_WAIT: Duration = Duration::from_secs(20);

const NO_SNAPD: &str = "this agent does not speak to snapd";

/// One action in hand.
struct Work<'a> {
    actions: &'a Actions,
    entry: &'a Entry,
    cancel: &'a CancellationToken,
}

/// Why an action cannot go on.
enum Stop {
    /// It has ended.
    Ended(State),
    /// What it is about to do cannot be written down, so it is not done.
    Journal(DatabaseError),
}

impl From<SnapdError> for Stop {
    fn from(error: SnapdError) -> Self {
        Self::Ended(State::failed(Chain(&error).to_string()))
    }
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Journal(error)
    }
}

impl Actions {
    /// Brings an action to its end, whatever it takes; how it ended. The journal knows each state before the next step.
    ///
    /// # Errors
    /// The journal cannot be written. Then nothing was done that it does not know of.
    pub(super) async fn perform(
        &self,
        mut entry: Entry,
        cancel: &CancellationToken,
    ) -> Result<Step, DatabaseError> {
        let Some(operation) = Operation::of(&entry.request) else {
            let message = "this agent does not understand what is asked".to_owned();
            return Ok(Step::Failed { message });
        };
        loop {
            let work = Work {
                actions: self,
                entry: &entry,
                cancel,
            };
            let next = match work.advance(&operation).await {
                Ok(state) | Err(Stop::Ended(state)) => state,
                Err(Stop::Journal(error)) => return Err(error),
            };
            if let State::Ended { step } = next {
                return Ok(step);
            }
            self.journal.note(entry.action, &next).await?;
            entry.state = next;
        }
    }
}

impl Work<'_> {
    async fn advance(&self, operation: &Operation) -> Result<State, Stop> {
        match &self.entry.state {
            State::Received => self.begin(operation).await,
            State::AboutTo(before) => self.look_up(operation, before).await,
            State::Change {
                change,
                set,
                before,
            } => self.follow(operation, change, *set, before).await,
            State::Uploading { set } => self.send_snapshot(operation, *set).await,
            State::Ended { step } => Ok(State::Ended { step: step.clone() }),
        }
    }

    fn snapd(&self) -> Result<Snapd, Stop> {
        let snapd = self.actions.snapd.clone();
        let snapd = snapd.ok_or_else(|| Stop::Ended(State::failed(NO_SNAPD)))?;
        let patience = if snapd.is_installed() {
            PATIENCE
        } else {
            PATIENCE_WITHOUT_SOCKET
        };
        Ok(snapd.with_patience(patience))
    }

    async fn note(&self, state: &State) -> Result<(), Stop> {
        let noted = self.actions.journal.note(self.entry.action, state).await;
        noted.map_err(Stop::Journal)
    }

    /// Something that may take long and leaves no trace: cancelling ends it at once.
    async fn unless_cancelled<T>(
        &self,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Stop::Ended(State::CANCELLED)),
            done = work => done,
        }
    }

    async fn begin(&self, operation: &Operation) -> Result<State, Stop> {
        self.in_time()?;
        match operation {
            Operation::Look(name) => {
                let snapd = self.snapd()?;
                let whose = self.actions.whose();
                let look = async {
                    let result = results::look(&snapd, *name, &self.entry.request.snap, &whose);
                    Ok(State::done(result.await?))
                };
                self.unless_cancelled(look).await
            }
            Operation::Logs { url, lines } => {
                let snapd = self.snapd()?;
                let send = async {
                    let text = results::log_text(&snapd, *lines).await?;
                    let sent = upload::put(url, upload::Content::text(text)).await;
                    Ok(match sent {
                        Ok(()) => State::done(serde_json::Value::Null),
                        Err(error) => State::failed(Chain(&error).to_string()),
                    })
                };
                self.unless_cancelled(send).await
            }
            Operation::Ack(text) => {
                self.snapd()?.ack(text).await?;
                Ok(State::done(serde_json::Value::Null))
            }
            Operation::User(user) => self.change_user(user).await,
            Operation::Unregister => {
                let whose = self.actions.whose();
                let device = results::device_or_bare(self.actions.snapd.as_ref(), &whose);
                Ok(State::done(device.await))
            }
            Operation::Change(_) | Operation::Snapshot { .. } => self.begin_change(operation).await,
        }
    }

    fn in_time(&self) -> Result<(), Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop::Ended(State::CANCELLED));
        }
        let now_us = i64::try_from(now_micros()).unwrap_or(i64::MAX);
        if now_us >= self.entry.not_after_us {
            let message = "it was too late to begin when its turn had come";
            return Err(Stop::Ended(State::failed(message)));
        }
        Ok(())
    }

    /// snapd has no change for it, and no record: if the agent is killed here, it is not known whether it was done.
    async fn change_user(&self, user: &UserOperation) -> Result<State, Stop> {
        let snapd = self.snapd()?;
        let before = Before {
            at_us: now_micros(),
            highest_change: 0,
            highest_set: None,
        };
        self.note(&State::AboutTo(before)).await?;
        let result = match user {
            UserOperation::Create(user) => snapd.create_user(user).await?,
            UserOperation::Remove { username } => snapd.remove_user(username).await?,
        };
        Ok(State::done(result))
    }

    /// Asks snapd, waiting for whatever else works on the same snap.
    async fn begin_change(&self, operation: &Operation) -> Result<State, Stop> {
        let with_sets = matches!(operation, Operation::Snapshot { .. });
        let mut backoff = Backoff::new(MIN_CONFLICT_WAIT, MAX_CONFLICT_WAIT);
        let give_up = Instant::now() + CONFLICT_PATIENCE;
        loop {
            let snapd = self.snapd()?;
            let look = async { Ok(lookup::before(&snapd, with_sets).await?) };
            let before = self.unless_cancelled(look).await?;
            self.in_time()?;
            self.note(&State::AboutTo(before)).await?;
            let error = match self.ask(&snapd, operation).await {
                Ok((change, set)) => {
                    return Ok(State::Change {
                        change,
                        set,
                        before,
                    });
                }
                Err(error) => error,
            };
            if error.is_unsure() {
                tracing::warn!(action = %self.entry.action, error = %Chain(&error), "snapd's answer was lost; looking whether it was begun");
                // It may turn up for a while from now on.
                let at_us = now_micros();
                return Ok(State::AboutTo(Before { at_us, ..before }));
            }
            if !error.is_conflict() || Instant::now() >= give_up {
                return Err(error.into());
            }
            tracing::info!(action = %self.entry.action, reason = %error, "waiting for another change");
            let wait = async {
                backoff.wait().await;
                Ok(())
            };
            self.unless_cancelled(wait).await?;
        }
    }

    async fn ask(
        &self,
        snapd: &Snapd,
        operation: &Operation,
    ) -> Result<(ChangeId, Option<SetId>), SnapdError> {
        let snap = &self.entry.request.snap;
        let change = match operation {
            Operation::Change(ChangeOperation::Snap(op)) => snapd.snap_op(snap, op).await?,
            Operation::Change(ChangeOperation::Configure(values)) => {
                snapd.set_conf(snap, values).await?
            }
            Operation::Change(ChangeOperation::Services(action, names)) => {
                snapd.apps_op(*action, names).await?
            }
            Operation::Snapshot { snaps, .. } => {
                let (change, set) = snapd.save_snapshot(snaps).await?;
                return Ok((change, Some(set)));
            }
            _ => return Err(SnapdError::Name(snap.clone())),
        };
        Ok((change, None))
    }

    /// Whether snapd was asked before the agent was killed, or before its answer was lost.
    async fn look_up(&self, operation: &Operation, before: &Before) -> Result<State, Stop> {
        let kind = match operation {
            Operation::Change(change) => change.kind(),
            Operation::Snapshot { .. } => SNAPSHOT_KIND,
            _ => {
                let message = "the agent was interrupted, so whether this was done is not known; look, and ask for it anew if need be";
                return Ok(State::failed(message));
            }
        };
        let wanted = Wanted {
            kind,
            snap: Some(self.entry.request.snap.as_str()).filter(|snap| !snap.is_empty()),
        };
        let found = lookup::begun(&self.snapd()?, &wanted, before).await?;
        Ok(match found {
            Found::Begun(change) => {
                tracing::info!(action = %self.entry.action, %change, "an action goes on");
                State::Change {
                    change,
                    set: None,
                    before: *before,
                }
            }
            Found::Nothing => State::Received,
            Found::Unknown => State::failed(
                "the agent was interrupted, and that is too long ago, or too much has happened since, for snapd to know whether this was done; look, and ask for it anew if need be",
            ),
        })
    }

    async fn follow(
        &self,
        operation: &Operation,
        id: &ChangeId,
        set: Option<SetId>,
        before: &Before,
    ) -> Result<State, Stop> {
        let snapd = self.snapd()?.with_patience(FOLLOW_PATIENCE);
        let end = self.end_of(&snapd, id).await?;
        Ok(match (end, operation) {
            (End::Done, Operation::Snapshot { snaps, .. }) => {
                let set = match set {
                    Some(set) => Some(set),
                    None => {
                        let snap = snaps.first().map(String::as_str);
                        lookup::set_after(&snapd, before.highest_set, snap).await?
                    }
                };
                match set {
                    Some(set) => State::Uploading { set },
                    None => State::failed("snapd has taken a snapshot that it does not list"),
                }
            }
            (End::Done, _) => State::done(id.as_str()),
            (End::Failed(message), _) => State::failed(message),
            (End::Undone, _) if self.cancel.is_cancelled() => State::CANCELLED,
            (End::Undone, _) => State::failed("somebody else has had snapd undo it"),
        })
    }

    /// Looks at a change until it is over, telling how far it is, and aborts it when it is cancelled.
    async fn end_of(&self, snapd: &Snapd, id: &ChangeId) -> Result<End, Stop> {
        let mut backoff = Backoff::new(MIN_FOLLOW_WAIT, MAX_FOLLOW_WAIT);
        let mut told = None;
        let mut may_abort = true;
        loop {
            let change = match snapd.change(id).await {
                Ok(change) => change,
                Err(error) if error.is_missing() => {
                    let message = format!(
                        "snapd knows no change {id} any more, so how it ended is not known"
                    );
                    return Err(Stop::Ended(State::failed(message)));
                }
                Err(error) => return Err(error.into()),
            };
            if let Some(end) = change.end() {
                return Ok(end);
            }
            let step = running(&change);
            if told.as_ref() != Some(&step) {
                self.actions.report(self.entry.action, step.clone());
                told = Some(step);
            }
            tokio::select! {
                () = sleep(backoff.next_wait()) => {}
                () = self.cancel.cancelled(), if may_abort => {
                    may_abort = false;
                    // If it is over meanwhile, the next look tells.
                    if let Err(error) = snapd.abort(id).await {
                        tracing::debug!(change = %id, error = %Chain(&error), "the change was not aborted");
                    }
                }
            }
        }
    }

    async fn send_snapshot(&self, operation: &Operation, set: SetId) -> Result<State, Stop> {
        let Operation::Snapshot { url, .. } = operation else {
            return Ok(State::failed("this is no snapshot"));
        };
        let snapd = self.snapd()?;
        let mut backoff = Backoff::new(MIN_UPLOAD_WAIT, MAX_UPLOAD_WAIT);
        for attempt in 1.. {
            let send = async { Ok(put_snapshot(&snapd, set, url).await) };
            let sent = match self.unless_cancelled(send).await {
                Ok(sent) => sent,
                Err(stop) => {
                    forget(&snapd, set).await;
                    return Err(stop);
                }
            };
            let Err(error) = sent else { break };
            if attempt >= UPLOAD_TRIES || error.is_final() {
                return Ok(State::failed(format!(
                    "{}; the snapshot stays on the device, as set {}",
                    Chain(&error),
                    set.0
                )));
            }
            tracing::warn!(action = %self.entry.action, error = %Chain(&error), "the snapshot was not sent; trying again");
            backoff.wait().await;
        }
        forget(&snapd, set).await;
        Ok(State::done(serde_json::Value::Null))
    }
}

async fn put_snapshot(snapd: &Snapd, set: SetId, url: &str) -> Result<(), upload::UploadError> {
    let export = snapd
        .export_snapshot(set)
        .await
        .map_err(upload::UploadError::Content)?;
    upload::put(url, upload::Content::snapshot(export)).await
}

/// What was sent need not fill the device's disk.
async fn forget(snapd: &Snapd, set: SetId) {
    if let Err(error) = snapd.forget_snapshot(set).await {
        tracing::warn!(set = set.0, error = %Chain(&error), "the snapshot was not removed from the device");
    }
}

fn running(change: &Change) -> Step {
    let progress = change.progress();
    Step::Running {
        change: Some(change.id.as_str().to_owned()),
        label: progress.label,
        done: progress.done,
        total: progress.total,
    }
}
