//! Changes, and how they go.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{Release, Set, SimSnap, State};

/// How many changes are remembered; the oldest that has ended is forgotten for one more. snapd does the same every ten minutes
/// (`pruneMaxChanges` of its overlord).
const REMEMBERED: usize = 500;

/// How an operation goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Behaviour {
    /// Its change is done when it is next looked at.
    Prompt,
    /// Its change is done after this time.
    Takes(Duration),
    /// Its change goes on until it is finished, failed or aborted.
    Held,
    /// The same, but aborting it helps nothing, as with a hook that hangs.
    Stuck,
    /// Its change fails with these words.
    Fails(String),
    /// snapd refuses to begin.
    Refused {
        /// The HTTP status.
        status: u16,
        /// snapd's name for it; empty for none.
        kind: String,
        /// snapd's words.
        message: String,
    },
    /// It begins, and the connection breaks before the answer.
    Unanswered,
    /// It begins, and the answer waits for [`Control::open`](super::Control::open); the change is held.
    AnswerHeld,
    /// The question waits for [`Control::open`](super::Control::open) before it begins; who goes away meanwhile has asked nothing.
    QuestionHeld,
}

pub(super) struct Rule {
    pub(super) op: String,
    /// None for every subject.
    pub(super) about: Option<String>,
    pub(super) behaviour: Behaviour,
}

/// What a change does when it is done.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Install {
        release: Release,
        channel: String,
    },
    Remove,
    Refresh {
        release: Option<Release>,
        channel: Option<String>,
    },
    Revert,
    Enable(bool),
    Conf(Map<String, Value>),
    Services {
        run: Vec<(String, String)>,
        running: bool,
    },
    Snapshot(Set),
    Forget(u64),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    At(Instant),
    Open { stuck: bool },
    Over,
}

pub(super) struct SimChange {
    pub(super) id: u64,
    pub(super) kind: String,
    summary: String,
    pub(super) op: String,
    pub(super) snaps: Vec<String>,
    /// Whether the API tells the snaps: it does not with every kind.
    tells_snaps: bool,
    effect: Effect,
    fate: Fate,
    fails: Option<String>,
    status: &'static str,
    err: String,
    pub(super) spawned: Timestamp,
    ready: Option<Timestamp>,
}

/// A change, as a test sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeView {
    /// Its number.
    pub id: u64,
    /// Such as `install-snap`.
    pub kind: String,
    /// What it is about.
    pub snaps: Vec<String>,
    /// Such as `Doing`.
    pub status: String,
}

/// What to begin.
pub(super) struct Begin {
    pub(super) op: String,
    pub(super) kind: String,
    pub(super) summary: String,
    pub(super) snaps: Vec<String>,
    pub(super) tells_snaps: bool,
    pub(super) effect: Effect,
}

impl SimChange {
    pub(super) fn is_over(&self) -> bool {
        self.fate == Fate::Over
    }

    pub(super) fn view(&self) -> ChangeView {
        ChangeView {
            id: self.id,
            kind: self.kind.clone(),
            snaps: self.snaps.clone(),
            status: self.status.to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        let over = self.is_over();
        let (first, second, third) = match self.status {
            "Doing" => ("Done", "Doing", "Do"),
            "Abort" => ("Done", "Abort", "Hold"),
            "Error" => ("Undone", "Error", "Hold"),
            "Undone" => ("Undone", "Undone", "Hold"),
            status => (status, status, status),
        };
        let task = |number: u64, kind: &str, status: &str, progress: Value| {
            let mut task = json!({
                "id": (self.id * 10 + number).to_string(),
                "kind": kind,
                "summary": format!("{kind} of \"{}\"", self.snaps.join(", ")),
                "status": status,
                "progress": progress,
                "spawn-time": self.spawned.to_string(),
            });
            if status == "Error" {
                task["log"] = json!([format!("{} ERROR {}", self.spawned, self.err)]);
            }
            task
        };
        let whole = json!({"label": "", "done": 1, "total": 1});
        let mut json = json!({
            "id": self.id.to_string(),
            "kind": self.kind,
            "summary": self.summary,
            "status": self.status,
            "ready": over,
            "spawn-time": self.spawned.to_string(),
            "tasks": [
                task(1, "prepare", first, whole.clone()),
                task(2, "download-snap", second, json!({"label": "downloading", "done": 512, "total": 1024})),
                task(3, "run-hook", third, whole),
            ],
        });
        if let Some(ready) = self.ready {
            json["ready-time"] = ready.to_string().into();
        }
        if !self.err.is_empty() {
            json["err"] = self.err.clone().into();
        }
        if self.tells_snaps {
            json["data"] = json!({"snap-names": self.snaps});
        }
        json
    }

    fn end(&mut self, status: &'static str, err: String) {
        self.fate = Fate::Over;
        self.status = status;
        self.err = err;
        self.ready = Some(Timestamp::now());
    }
}

impl State {
    /// How this operation goes now: the rule that was made last.
    pub(super) fn behaviour(&self, op: &str, about: &str) -> Behaviour {
        self.rules
            .iter()
            .rev()
            .find(|rule| {
                rule.op == op && rule.about.as_deref().is_none_or(|wanted| wanted == about)
            })
            .map_or(Behaviour::Prompt, |rule| rule.behaviour.clone())
    }

    /// The change that keeps another one from these snaps.
    pub(super) fn conflict(&mut self, snaps: &[String]) -> Option<(String, String)> {
        self.settle();
        self.changes
            .iter()
            .filter(|change| !change.is_over())
            .find_map(|change| {
                let snap = change.snaps.iter().find(|snap| snaps.contains(snap))?;
                Some((snap.clone(), change.kind.clone()))
            })
    }

    /// Makes a change that goes as decided; its number.
    pub(super) fn begin(&mut self, begin: Begin, behaviour: &Behaviour) -> u64 {
        let id = self.next_change;
        self.next_change += 1;
        let now = Instant::now();
        let (fate, fails) = match behaviour {
            Behaviour::Takes(time) => (Fate::At(now + *time), None),
            Behaviour::Held | Behaviour::AnswerHeld => (Fate::Open { stuck: false }, None),
            Behaviour::Stuck => (Fate::Open { stuck: true }, None),
            Behaviour::Fails(message) => (Fate::At(now), Some(message.clone())),
            _ => (Fate::At(now), None),
        };
        self.changes.push(SimChange {
            id,
            kind: begin.kind,
            summary: begin.summary,
            op: begin.op,
            snaps: begin.snaps,
            tells_snaps: begin.tells_snaps,
            effect: begin.effect,
            fate,
            fails,
            status: "Doing",
            err: String::new(),
            spawned: Timestamp::now(),
            ready: None,
        });
        if self.changes.len() > REMEMBERED
            && let Some(oldest) = self.changes.iter().position(SimChange::is_over)
        {
            self.changes.remove(oldest);
        }
        id
    }

    /// Ends the changes whose time has come.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        let due: Vec<u64> = self
            .changes
            .iter()
            .filter(|change| matches!(change.fate, Fate::At(at) if at <= now))
            .map(|change| change.id)
            .collect();
        for id in due {
            let fails = self.change_mut(id).and_then(|change| change.fails.take());
            match fails {
                Some(message) => self.fail(id, &message),
                None => self.finish(id),
            }
        }
    }

    pub(super) fn change_mut(&mut self, id: u64) -> Option<&mut SimChange> {
        self.changes.iter_mut().find(|change| change.id == id)
    }

    pub(super) fn finish(&mut self, id: u64) {
        let Some(change) = self.change_mut(id).filter(|change| !change.is_over()) else {
            return;
        };
        change.end("Done", String::new());
        let (op, snaps, effect) = (
            change.op.clone(),
            change.snaps.clone(),
            change.effect.clone(),
        );
        let about = snaps.first().cloned().unwrap_or_default();
        self.count(&op, &about);
        self.apply(&about, effect);
    }

    pub(super) fn fail(&mut self, id: u64, message: &str) {
        if let Some(change) = self.change_mut(id).filter(|change| !change.is_over()) {
            let summary = change.summary.clone();
            let err = format!("cannot perform the following tasks:\n- {summary} ({message})");
            change.end("Error", err);
        }
    }

    /// None if there is nothing to abort any more.
    pub(super) fn abort(&mut self, id: u64) -> Option<()> {
        let change = self.change_mut(id).filter(|change| !change.is_over())?;
        if change.fate == (Fate::Open { stuck: true }) {
            change.status = "Abort";
        } else {
            change.end("Undone", String::new());
        }
        Some(())
    }

    fn apply(&mut self, about: &str, effect: Effect) {
        match effect {
            Effect::Install { release, channel } => {
                let mut snap = SimSnap::new(about).at(release.version, release.revision);
                snap.channel = channel;
                self.snaps.insert(about.to_owned(), snap);
            }
            Effect::Remove => {
                self.snaps.remove(about);
            }
            Effect::Snapshot(set) => self.sets.push(set),
            Effect::Forget(id) => self.sets.retain(|set| set.id != id),
            Effect::Services { run, running } => {
                for (snap, service) in run {
                    let services = self.snaps.get_mut(&snap).map(|snap| &mut snap.services);
                    if let Some(active) = services.and_then(|all| all.get_mut(&service)) {
                        *active = running;
                    }
                }
            }
            Effect::Refresh { .. } | Effect::Revert | Effect::Enable(_) | Effect::Conf(_) => {
                if let Some(snap) = self.snaps.get_mut(about) {
                    alter(snap, effect);
                }
            }
        }
    }
}

fn alter(snap: &mut SimSnap, effect: Effect) {
    match effect {
        Effect::Refresh { release, channel } => {
            if let Some(release) = release {
                snap.before = Some((snap.version.clone(), snap.revision.clone()));
                snap.version = release.version;
                snap.revision = release.revision;
            }
            if let Some(channel) = channel {
                snap.channel = channel;
            }
        }
        Effect::Revert => {
            if let Some((version, revision)) = snap.before.take() {
                snap.before = Some((snap.version.clone(), snap.revision.clone()));
                snap.version = version;
                snap.revision = revision;
            }
        }
        Effect::Enable(enabled) => snap.enabled = enabled,
        Effect::Conf(values) => {
            for (key, value) in values {
                set(&mut snap.conf, &key, value);
            }
        }
        _ => {}
    }
}

/// A key may be a path with dots; a null deletes.
fn set(conf: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        Some((first, rest)) => {
            let inner = conf
                .entry(first.to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
        None if value.is_null() => {
            conf.remove(key);
        }
        None => {
            conf.insert(key.to_owned(), value);
        }
    }
}
