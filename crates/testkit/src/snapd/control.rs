//! What a test decides, and what it sees.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::changes::Rule;
use super::routes::Shared;
use super::state::Release;
use super::{Behaviour, ChangeView, LogEntry, SimSnap};

/// Decides how the simulated snapd goes on, and tells what it did. Cheap to clone.
///
/// Operations are called `install`, `remove`, `refresh`, `revert`, `enable`, `disable`, `switch`, `setconf`, `start`, `stop`,
/// `restart`, `snapshot`, `forget`, `ack`, `create-user`, `remove-user` and `reboot`; what they are about is the (first) snap, or
/// nothing.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// From now on the operation goes like this, whatever it is about.
    pub fn on(&self, op: &str, behaviour: Behaviour) {
        self.rule(op, None, behaviour);
    }

    /// From now on the operation goes like this with this snap.
    pub fn on_snap(&self, op: &str, snap: &str, behaviour: Behaviour) {
        self.rule(op, Some(snap.to_owned()), behaviour);
    }

    fn rule(&self, op: &str, about: Option<String>, behaviour: Behaviour) {
        let rule = Rule {
            op: op.to_owned(),
            about,
            behaviour,
        };
        self.shared.state.lock().rules.push(rule);
    }

    /// The store has this version and revision of a snap in this channel.
    pub fn publish(&self, snap: &str, channel: &str, version: &str, revision: &str) {
        let release = Release {
            version: version.to_owned(),
            revision: revision.to_owned(),
        };
        let key = (snap.to_owned(), channel.to_owned());
        self.shared.state.lock().store.insert(key, release);
    }

    /// Puts a snap on the device, without a change.
    pub fn put(&self, snap: SimSnap) {
        let mut state = self.shared.state.lock();
        state.snaps.insert(snap.name.clone(), snap);
    }

    /// The snap, if it is on the device.
    pub fn snap(&self, name: &str) -> Option<SimSnap> {
        let mut state = self.shared.state.lock();
        state.settle();
        state.snaps.get(name).cloned()
    }

    /// Everything that snapd still knows of.
    pub fn changes(&self) -> Vec<ChangeView> {
        let mut state = self.shared.state.lock();
        state.settle();
        state
            .changes
            .iter()
            .map(super::changes::SimChange::view)
            .collect()
    }

    /// Forgets the changes that are over, as snapd does after a day.
    pub fn prune(&self) {
        let mut state = self.shared.state.lock();
        state.settle();
        state.changes.retain(|change| !change.is_over());
    }

    /// Completes a change now.
    pub fn finish(&self, id: u64) {
        self.shared.state.lock().finish(id);
    }

    /// Completes every change that goes on.
    pub fn finish_all(&self) {
        let mut state = self.shared.state.lock();
        let ids: Vec<u64> = state.changes.iter().map(|change| change.id).collect();
        for id in ids {
            state.finish(id);
        }
    }

    /// Has a change fail now, with these words among snapd's.
    pub fn fail(&self, id: u64, message: &str) {
        self.shared.state.lock().fail(id, message);
    }

    /// Has a change look as if it had been begun that much earlier.
    pub fn backdate(&self, id: u64, by: Duration) {
        let mut state = self.shared.state.lock();
        if let Some(change) = state.change_mut(id) {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
            change.spawned = Timestamp::now()
                .checked_sub(by)
                .unwrap_or(Timestamp::UNIX_EPOCH);
        }
    }

    /// Lets go on what [`Behaviour::AnswerHeld`] and [`Behaviour::QuestionHeld`] hold at the moment.
    pub fn open(&self) {
        self.shared.gate.notify_waiters();
    }

    /// How often an operation was really carried out, to its end.
    pub fn carried_out(&self, op: &str, about: &str) -> usize {
        let mut state = self.shared.state.lock();
        state.settle();
        let key = (op.to_owned(), about.to_owned());
        state.carried_out.get(&key).copied().unwrap_or_default()
    }

    /// Every question that came in, as `GET /v2/snaps`, or with its operation as `POST /v2/snaps/x install`.
    pub fn asked(&self) -> Vec<String> {
        self.shared.state.lock().asked.clone()
    }

    /// Adds lines to the log of services.
    pub fn log(&self, lines: impl IntoIterator<Item = LogEntry>) {
        self.shared.state.lock().logs.extend(lines);
    }

    /// How long exported snapshots are, in bytes.
    pub fn export_bytes(&self, bytes: usize) {
        self.shared.state.lock().export_bytes = bytes;
    }

    /// The numbers of the snapshot sets that there are.
    pub fn sets(&self) -> Vec<u64> {
        let mut state = self.shared.state.lock();
        state.settle();
        state.sets.iter().map(|set| set.id).collect()
    }

    /// The bytes that the export of a set has.
    pub fn export_of(&self, set: u64) -> Vec<u8> {
        super::routes::archive(set, self.shared.state.lock().export_bytes)
    }

    /// The assertions that were handed over.
    pub fn acked(&self) -> Vec<String> {
        self.shared.state.lock().acked.clone()
    }

    /// The users that were made and not removed.
    pub fn users(&self) -> Vec<String> {
        self.shared.state.lock().users.clone()
    }

    /// How often the device was restarted.
    pub fn reboots(&self) -> usize {
        self.shared.state.lock().reboots
    }

    /// Gives the device another serial assertion, or takes it away.
    pub fn set_serial(&self, serial: Option<String>) {
        self.shared.state.lock().device.serial = serial;
    }
}
