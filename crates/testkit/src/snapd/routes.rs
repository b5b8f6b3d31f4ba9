//! Which question is answered how.

use std::sync::Arc;

use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::Behaviour;
use super::answers::{Answer, Refusal, assertions, started, sync, with};
use super::changes::{Begin, Effect, SimChange};
use super::state::{Set, State};

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) gate: Notify,
}

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
pub(super) struct Closed;

struct Question {
    method: Method,
    path: Vec<String>,
    query: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Question {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub(super) async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Answer, Closed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let split = |text: &str, at: char| -> Vec<String> {
        text.split(at)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let question = Question {
        path: split(head.uri.path(), '/'),
        query: split(head.uri.query().unwrap_or_default(), '&')
            .iter()
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_vec(),
        method: head.method.clone(),
    };
    let op = operation(&question);
    {
        let mut state = shared.state.lock();
        let with_op = op.as_ref().map(|(op, _)| format!(" {op}"));
        let asked = format!(
            "{} {}{}",
            head.method,
            head.uri,
            with_op.unwrap_or_default()
        );
        state.asked.push(asked);
    }
    let Some((op, about)) = op else {
        let mut state = shared.state.lock();
        state.settle();
        return Ok(look(&mut state, &question).unwrap_or_else(|refusal| refusal.answer()));
    };
    let behaviour = shared.state.lock().behaviour(&op, &about);
    if behaviour == Behaviour::QuestionHeld {
        shared.gate.notified().await;
    }
    if let Behaviour::Refused {
        status,
        kind,
        message,
    } = &behaviour
    {
        return Ok(Refusal::new(*status, kind, message).answer());
    }
    let answer = {
        let mut state = shared.state.lock();
        carry_out(&mut state, &question, &op, &about, &behaviour)
    };
    match behaviour {
        Behaviour::Unanswered => return Err(Closed),
        Behaviour::AnswerHeld => shared.gate.notified().await,
        _ => {}
    }
    Ok(answer.unwrap_or_else(|refusal| refusal.answer()))
}

/// What the question wants done and with what; none if it only looks.
fn operation(question: &Question) -> Option<(String, String)> {
    if question.method == Method::GET {
        return None;
    }
    let path: Vec<&str> = question.path.iter().map(String::as_str).collect();
    let body = question.json();
    let action = body["action"].as_str().unwrap_or_default();
    let first = |list: &Value| {
        let first = list.get(0).and_then(Value::as_str).unwrap_or_default();
        first.split('.').next().unwrap_or_default().to_owned()
    };
    let (op, about) = match path[..] {
        ["v2", "snaps"] => (action, first(&body["snaps"])),
        ["v2", "snaps", snap] => (action, snap.to_owned()),
        ["v2", "snaps", snap, "conf"] => ("setconf", snap.to_owned()),
        ["v2", "apps"] => (action, first(&body["names"])),
        ["v2", "snapshots"] => (action, body["set"].to_string()),
        ["v2", "changes", id] => ("abort", id.to_owned()),
        ["v2", "assertions"] => ("ack", String::new()),
        ["v2", "users"] if action == "create" => ("create-user", String::new()),
        ["v2", "users"] => ("remove-user", String::new()),
        ["v2", "systems"] => ("reboot", String::new()),
        _ => (action, String::new()),
    };
    Some((op.to_owned(), about))
}

fn look(state: &mut State, question: &Question) -> Result<Answer, Refusal> {
    let path: Vec<&str> = question.path.iter().map(String::as_str).collect();
    Ok(match path[..] {
        ["v2", "system-info"] => sync(&state.system),
        ["v2", "snaps"] => {
            let snaps = state.snaps.values().map(super::SimSnap::json).collect();
            sync(&Value::Array(snaps))
        }
        ["v2", "snaps", name] => match state.snaps.get(name) {
            Some(snap) => sync(&snap.json()),
            None => return Err(Refusal::new(404, "snap-not-found", "snap not installed")),
        },
        ["v2", "snaps", name, "conf"] => {
            let conf = state.snaps.get(name).map(|snap| snap.conf.clone());
            sync(&Value::Object(conf.unwrap_or_default()))
        }
        ["v2", "changes"] => {
            let wanted = |change: &&SimChange| {
                let all = question.query("select") == Some("all");
                let about = question
                    .query("for")
                    .is_none_or(|snap| change.snaps.iter().any(|own| own == snap));
                about && (all || !change.is_over())
            };
            let changes = state.changes.iter().filter(wanted).map(SimChange::json);
            sync(&Value::Array(changes.collect()))
        }
        ["v2", "changes", id] => sync(&change(state, id)?.json()),
        ["v2", "model"] => one_assertion(state.device.model.as_deref(), "model")?,
        ["v2", "model", "serial"] => one_assertion(state.device.serial.as_deref(), "serial")?,
        ["v2", "assertions", "model"] => known(state.device.model.as_deref()),
        ["v2", "assertions", "serial"] => known(state.device.serial.as_deref()),
        ["v2", "assertions", "account" | "account-key"] => known(None),
        ["v2", "assertions", kind] => {
            let message = format!("invalid assert type: \"{kind}\"");
            return Err(Refusal::new(400, "", message));
        }
        ["v2", "snapshots"] => {
            let set = |set: &Set| {
                let snapshots: Vec<Value> = set
                    .snaps
                    .iter()
                    .map(|snap| json!({"set": set.id, "snap": snap, "revision": "1"}))
                    .collect();
                json!({"id": set.id, "snapshots": snapshots})
            };
            sync(&Value::Array(state.sets.iter().map(set).collect()))
        }
        ["v2", "snapshots", id, "export"] => export(state, id)?,
        ["v2", "logs"] => logs(state, question)?,
        _ => return Err(Refusal::new(404, "", "not found")),
    })
}

fn known(text: Option<&str>) -> Answer {
    assertions(&text.into_iter().collect::<Vec<_>>())
}

fn one_assertion(text: Option<&str>, kind: &str) -> Result<Answer, Refusal> {
    match text {
        Some(text) => Ok(assertions(&[text])),
        None => {
            let message = format!("no {kind} assertion yet");
            Err(Refusal::new(404, "assertion-not-found", message))
        }
    }
}

fn change<'a>(state: &'a State, id: &str) -> Result<&'a SimChange, Refusal> {
    let found = state
        .changes
        .iter()
        .find(|change| change.id.to_string() == id);
    found.ok_or_else(|| Refusal::new(404, "", format!("cannot find change with id \"{id}\"")))
}

/// Bytes that differ from set to set.
pub(super) fn archive(set: u64, bytes: usize) -> Vec<u8> {
    let seed = set.to_le_bytes()[0];
    (0..bytes)
        .map(|index| (index % 251).to_le_bytes()[0].wrapping_add(seed))
        .collect()
}

fn export(state: &State, id: &str) -> Result<Answer, Refusal> {
    let set = state.sets.iter().find(|set| set.id.to_string() == id);
    let set = set.ok_or_else(|| {
        Refusal::new(
            400,
            "",
            format!("cannot export {id}: no snapshot data found"),
        )
    })?;
    let archive = archive(set.id, state.export_bytes);
    Ok(with(
        StatusCode::OK,
        "application/x.snapd.snapshot",
        archive,
    ))
}

fn logs(state: &State, question: &Question) -> Result<Answer, Refusal> {
    let text = question.query("n").unwrap_or("10");
    let lines: usize = text
        .parse()
        .ok()
        .filter(|lines| *lines > 0)
        .ok_or_else(|| Refusal::new(400, "", format!("invalid value for n: {text}")))?;
    if state.snaps.values().all(|snap| snap.services.is_empty()) {
        return Err(Refusal::new(404, "app-not-found", "no matching services"));
    }
    let skipped = state.logs.len().saturating_sub(lines);
    let records = state.logs.iter().skip(skipped).map(|line| {
        let line = json!({
            "timestamp": line.timestamp, "message": line.message, "sid": line.sid, "pid": line.pid,
        });
        format!("\u{1e}{line}\n")
    });
    Ok(with(
        StatusCode::OK,
        "application/json-seq",
        records.collect::<String>(),
    ))
}

fn carry_out(
    state: &mut State,
    question: &Question,
    op: &str,
    about: &str,
    behaviour: &Behaviour,
) -> Result<Answer, Refusal> {
    let body = question.json();
    match op {
        "abort" => {
            let id = change(state, about)?.id;
            state.settle();
            let nothing = || {
                let message = format!("cannot abort change {id} with nothing pending");
                Refusal::new(400, "", message)
            };
            state.abort(id).ok_or_else(nothing)?;
            return Ok(sync(&change(state, about)?.json()));
        }
        "ack" => {
            let text = String::from_utf8_lossy(&question.body).into_owned();
            if !text.starts_with("type: ") {
                let message =
                    "cannot decode request body into assertions: parsing assertion headers";
                return Err(Refusal::new(400, "", message));
            }
            state.acked.push(text);
            state.count(op, about);
            return Ok(sync(&Value::Null));
        }
        "create-user" => {
            let email = body["email"].as_str().unwrap_or_default();
            let name = email.split('@').next().unwrap_or_default().to_owned();
            if state.users.contains(&name) {
                let message = format!("cannot create user {name:?}: it already exists");
                return Err(Refusal::new(400, "", message));
            }
            state.users.push(name.clone());
            state.count(op, about);
            return Ok(sync(&json!([{"username": name, "ssh-keys": []}])));
        }
        "remove-user" => {
            let name = body["username"].as_str().unwrap_or_default().to_owned();
            if !state.users.contains(&name) {
                let message = format!("user {name:?} is not known");
                return Err(Refusal::new(400, "", message));
            }
            state.users.retain(|user| *user != name);
            state.count(op, about);
            return Ok(sync(&json!({"removed": [{"username": name}]})));
        }
        "reboot" => {
            state.reboots += 1;
            state.count(op, about);
            return Ok(sync(&Value::Null));
        }
        _ => {}
    }
    let begin = begin(state, question, &body, op, about)?;
    if let Some((snap, kind)) = state.conflict(&begin.snaps) {
        let message = format!("snap \"{snap}\" has \"{kind}\" change in progress");
        return Err(Refusal::new(409, "snap-change-conflict", message));
    }
    let result = match &begin.effect {
        Effect::Snapshot(set) => json!({"set-id": set.id}),
        _ => Value::Null,
    };
    let change = state.begin(begin, behaviour);
    Ok(started(change, &result))
}

fn begin(
    state: &mut State,
    question: &Question,
    body: &Value,
    op: &str,
    about: &str,
) -> Result<Begin, Refusal> {
    state.settle();
    let channel = body["channel"].as_str().map(str::to_owned);
    let installed = state.snaps.get(about).cloned();
    let not_installed = || {
        let message = format!("snap \"{about}\" is not installed");
        Refusal::new(400, "snap-not-installed", message)
    };
    let mut snaps = vec![about.to_owned()];
    let mut kind = format!("{op}-snap");
    let mut summary = format!("{op} \"{about}\" snap");
    let mut tells_snaps = true;
    let effect = match op {
        "install" => {
            if installed.is_some() {
                let message =
                    format!("snap \"{about}\" is already installed, see 'snap help refresh'");
                return Err(Refusal::new(400, "snap-already-installed", message));
            }
            let channel = channel.unwrap_or_else(|| "latest/stable".to_owned());
            let key = (about.to_owned(), channel.clone());
            let release = state.store.get(&key).cloned();
            let release =
                release.ok_or_else(|| Refusal::new(404, "snap-not-found", "snap not found"))?;
            Effect::Install { release, channel }
        }
        "remove" => {
            installed.ok_or_else(not_installed)?;
            Effect::Remove
        }
        "refresh" | "switch" => {
            let snap = installed.ok_or_else(not_installed)?;
            let key = (
                about.to_owned(),
                channel.clone().unwrap_or_else(|| snap.channel.clone()),
            );
            let release = state.store.get(&key).cloned();
            let newer = release.filter(|release| release.revision != snap.revision);
            if op == "switch" {
                Effect::Refresh {
                    release: None,
                    channel,
                }
            } else if newer.is_none()
                && channel
                    .as_ref()
                    .is_none_or(|wanted| *wanted == snap.channel)
            {
                let message = "snap has no updates available";
                return Err(Refusal::new(400, "snap-no-update-available", message));
            } else {
                Effect::Refresh {
                    release: newer,
                    channel,
                }
            }
        }
        "revert" => {
            let snap = installed.ok_or_else(not_installed)?;
            if snap.before.is_none() {
                return Err(Refusal::new(400, "", "no revision to revert to"));
            }
            Effect::Revert
        }
        "enable" | "disable" => {
            let snap = installed.ok_or_else(not_installed)?;
            let enabled = op == "enable";
            if snap.enabled == enabled {
                let message = format!("snap \"{about}\" already {op}d");
                return Err(Refusal::new(400, "", message));
            }
            Effect::Enable(enabled)
        }
        "setconf" => {
            if installed.is_none() {
                let message = format!("snap \"{about}\" is not installed");
                return Err(Refusal::new(404, "snap-not-found", message));
            }
            let Value::Object(values) = body else {
                let message = "cannot decode request body into patch values: EOF";
                return Err(Refusal::new(400, "", message));
            };
            kind = "configure-snap".to_owned();
            summary = format!("Change configuration of \"{about}\" snap");
            tells_snaps = false;
            Effect::Conf(values.clone())
        }
        "start" | "stop" | "restart" => {
            kind = "service-control".to_owned();
            summary = "Running service command".to_owned();
            tells_snaps = false;
            Effect::Services {
                run: services(state, &body["names"])?,
                running: op != "stop",
            }
        }
        "snapshot" => {
            snaps = match body["snaps"].as_array() {
                Some(named) => texts(named),
                None => state.snaps.keys().cloned().collect(),
            };
            if let Some(unknown) = snaps.iter().find(|snap| !state.snaps.contains_key(*snap)) {
                let message = format!("snap \"{unknown}\" is not installed");
                return Err(Refusal::new(400, "snap-not-installed", message));
            }
            let id = state.next_set;
            state.next_set += 1;
            summary = format!("Snapshot snaps {}", snaps.join(", "));
            let snaps = snaps.clone();
            Effect::Snapshot(Set { id, snaps })
        }
        "forget" => {
            let id = body["set"].as_u64().unwrap_or_default();
            let set = state.sets.iter().find(|set| set.id == id);
            let set =
                set.ok_or_else(|| Refusal::new(404, "", "no snapshot set with the given ID"))?;
            kind = "forget-snapshot".to_owned();
            snaps.clone_from(&set.snaps);
            Effect::Forget(id)
        }
        _ => {
            let message = format!("unknown action {op} of {}", question.method);
            return Err(Refusal::new(400, "", message));
        }
    };
    Ok(Begin {
        op: op.to_owned(),
        kind,
        summary,
        snaps,
        tells_snaps,
        effect,
    })
}

fn texts(list: &[Value]) -> Vec<String> {
    list.iter()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Snap and service of each name; all services of a name that is a snap's.
fn services(state: &State, names: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let names = texts(names.as_array().map_or(&[][..], Vec::as_slice));
    if names.is_empty() {
        let message =
            "cannot perform operation on services without a list of services to operate on";
        return Err(Refusal::new(400, "", message));
    }
    let mut found = Vec::new();
    for name in names {
        let (snap, service) = match name.split_once('.') {
            Some((snap, service)) => (snap, Some(service)),
            None => (name.as_str(), None),
        };
        let own = state.snaps.get(snap).map(|snap| &snap.services);
        let own = own.ok_or_else(|| {
            Refusal::new(404, "snap-not-found", format!("snap \"{snap}\" not found"))
        })?;
        match service {
            Some(service) if own.contains_key(service) => {
                found.push((snap.to_owned(), service.to_owned()));
            }
            None if !own.is_empty() => {
                found.extend(own.keys().map(|service| (snap.to_owned(), service.clone())));
            }
            Some(service) => {
                let message = format!("snap \"{snap}\" has no service \"{service}\"");
                return Err(Refusal::new(404, "app-not-found", message));
            }
            None => {
                let message = format!("snap \"{snap}\" has no services");
                return Err(Refusal::new(404, "app-not-found", message));
            }
        }
    }
    Ok(found)
}
