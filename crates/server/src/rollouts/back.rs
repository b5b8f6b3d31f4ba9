//! What an action will do to a device, and what undoes it, as far as the device's twin tells.
//!
//! A snap's data that a removal destroyed, and the channel that a refresh changed, do not come back.

use edgeward_wire::action::{ActionName, ActionRequest};
use serde_json::{Map, Value, json};

/// How an action is undone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Back {
    /// By this.
    By(ActionRequest),
    /// Not at all; why.
    No(&'static str),
}

/// What is known of a snap.
struct Snap<'a>(&'a Value);

impl<'a> Snap<'a> {
    fn of(reported: &'a Map<String, Value>, name: &str) -> Option<Self> {
        let snap = reported.get("snaps")?.get(name)?;
        (!snap.is_null()).then_some(Self(snap))
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.0[key].as_str().filter(|text| !text.is_empty())
    }

    /// Such as `1.0 (revision 5)`.
    fn version(&self) -> String {
        let version = self.text("version").unwrap_or("of unknown version");
        match self.text("revision") {
            Some(revision) => format!("{version} (revision {revision})"),
            None => version.to_owned(),
        }
    }

    /// Whether snapd has it active; none when that was not reported.
    fn is_active(&self) -> Option<bool> {
        self.text("status").map(|status| status == "active")
    }

    /// Its services as snapd names them, those that are active or those that are not.
    fn services(&self, snap: &str, active: bool) -> Vec<String> {
        let services = self.0["services"].as_object();
        let is = |service: &Value| service["active"].as_bool() == Some(active);
        services
            .into_iter()
            .flatten()
            .filter(|(_, service)| is(service))
            .map(|(name, _)| full(snap, name))
            .collect()
    }
}

fn full(snap: &str, service: &str) -> String {
    if service.contains('.') {
        service.to_owned()
    } else {
        format!("{snap}.{service}")
    }
}

/// Why what was reported says nothing.
const UNKNOWN: &str = "the device has not reported its snaps, so it is not known";

fn has_reported(reported: &Map<String, Value>) -> bool {
    reported.get("snaps").is_some_and(Value::is_object)
}

/// What will be done, in a sentence.
pub(super) fn effect(request: &ActionRequest, reported: &Map<String, Value>) -> String {
    let (name, snap) = (request.name.as_str(), request.snap.as_str());
    if snap.is_empty() {
        return format!("{name} is asked of the device");
    }
    if !has_reported(reported) {
        return format!("{name} of {snap}; {UNKNOWN} what that will change");
    }
    let channel = Some(request.data.as_str()).filter(|data| !data.is_empty());
    let Some(known) = Snap::of(reported, snap) else {
        return match request.name {
            ActionName::Install => format!(
                "{snap} is installed from {}",
                channel.unwrap_or("its default channel")
            ),
            _ => format!("{snap} is not on the device, so {name} will fail"),
        };
    };
    let version = known.version();
    match request.name {
        ActionName::Install => format!("{snap} {version} is on the device already"),
        ActionName::Remove => format!("{snap} {version} is removed, with its data"),
        ActionName::Refresh | ActionName::Switch => {
            let from = known.text("channel").unwrap_or("its channel");
            format!(
                "{snap} {version} of {from} is refreshed from {}",
                channel.unwrap_or(from)
            )
        }
        ActionName::Revert => format!("{snap} {version} goes back to the revision before"),
        ActionName::Setconf => format!("{snap} {version} is configured"),
        ActionName::Disable if known.is_active() == Some(false) => {
            format!("{snap} {version} is disabled already")
        }
        ActionName::Enable if known.is_active() == Some(true) => {
            format!("{snap} {version} is enabled already")
        }
        _ => format!("{name} of {snap} {version}"),
    }
}

/// What undoes an action on a device that reports this before it.
pub(super) fn back(request: &ActionRequest, reported: &Map<String, Value>) -> Back {
    use ActionName as Name;
    let snap = request.snap.as_str();
    let by = |name: Name, data: String| {
        Back::By(ActionRequest {
            name,
            snap: snap.to_owned(),
            data,
        })
    };
    match request.name {
        Name::Ack | Name::User | Name::Unregister => {
            return Back::No("it cannot be undone");
        }
        Name::Conf
        | Name::Device
        | Name::Info
        | Name::List
        | Name::Logs
        | Name::Restart
        | Name::Server
        | Name::Snapshot => return Back::No("it changes nothing that could be undone"),
        _ if !has_reported(reported) => {
            return Back::No(
                "the device has not reported its snaps, so what to go back to is not known",
            );
        }
        _ => {}
    }
    let known = Snap::of(reported, snap);
    let Some(known) = known else {
        return match request.name {
            Name::Install => by(Name::Remove, String::new()),
            _ => Back::No("the snap is not on the device"),
        };
    };
    match request.name {
        Name::Install => Back::No("the snap was there before"),
        Name::Remove => by(
            Name::Install,
            known.text("channel").unwrap_or_default().to_owned(),
        ),
        Name::Refresh => by(Name::Revert, String::new()),
        Name::Revert => by(Name::Refresh, String::new()),
        Name::Switch => match known.text("channel") {
            Some(channel) => by(Name::Switch, channel.to_owned()),
            None => Back::No(
                "the device did not report the channel, so what to go back to is not known",
            ),
        },
        Name::Enable if known.is_active() != Some(false) => Back::No("it was enabled before"),
        Name::Enable => by(Name::Disable, String::new()),
        Name::Disable if known.is_active() == Some(false) => Back::No("it was disabled before"),
        Name::Disable => by(Name::Enable, String::new()),
        Name::Start => turned(request, known.services(snap, false), Name::Stop),
        Name::Stop => turned(request, known.services(snap, true), Name::Start),
        Name::Setconf => match before(&request.data, &known.0["config"]) {
            Some(data) => by(Name::Setconf, data),
            None => Back::No("it sets nothing"),
        },
        _ => Back::No("it cannot be undone"),
    }
}

/// Starting or stopping those services again that the action turns.
fn turned(request: &ActionRequest, could: Vec<String>, name: ActionName) -> Back {
    let data: Value = serde_json::from_str(&request.data).unwrap_or_default();
    let meant = data["services"].as_array();
    let services: Vec<String> = could
        .into_iter()
        .filter(|service| {
            meant.is_none_or(|meant| meant.iter().any(|one| one.as_str() == Some(service)))
        })
        .collect();
    if services.is_empty() {
        return Back::No("its services were so before");
    }
    Back::By(ActionRequest {
        name,
        snap: request.snap.clone(),
        data: json!({ "services": services }).to_string(),
    })
}

/// The values that these keys had, null where there was none.
fn before(data: &str, config: &Value) -> Option<String> {
    let set: Map<String, Value> = serde_json::from_str(data).ok()?;
    let old: Map<String, Value> = set
        .keys()
        .map(|key| {
            // snapd takes a key with dots for a way into an object.
            let old = key
                .split('.')
                .fold(config, |inside, member| &inside[member]);
            (key.clone(), old.clone())
        })
        .collect();
    (!old.is_empty()).then(|| Value::Object(old).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: ActionName, data: &str) -> ActionRequest {
        ActionRequest {
            name,
            snap: "hello".to_owned(),
            data: data.to_owned(),
        }
    }

    fn reported() -> Map<String, Value> {
        let value = json!({"snaps": {"hello": {
            "version": "1.0", "revision": "5", "channel": "latest/stable", "status": "active",
            "services": {"web": {"active": true}, "job": {"active": false}},
            "config": {"port": 80, "tls": {"on": true}},
        }}});
        value.as_object().unwrap().clone()
    }

    fn without() -> Map<String, Value> {
        json!({"snaps": {}}).as_object().unwrap().clone()
    }

    #[test]
    fn each_action_has_its_way_back() {
        use ActionName as Name;
        let cases = [
            (Name::Remove, "", Name::Install, "latest/stable"),
            (Name::Refresh, "latest/edge", Name::Revert, ""),
            (Name::Revert, "", Name::Refresh, ""),
            (Name::Switch, "latest/edge", Name::Switch, "latest/stable"),
            (Name::Disable, "", Name::Enable, ""),
            (Name::Start, "", Name::Stop, r#"{"services":["hello.job"]}"#),
            (Name::Stop, "", Name::Start, r#"{"services":["hello.web"]}"#),
            (
                Name::Setconf,
                r#"{"port":8080,"new":1,"tls.on":false}"#,
                Name::Setconf,
                r#"{"new":null,"port":80,"tls.on":true}"#,
            ),
        ];
        for (name, data, undo, with) in cases {
            let found = back(&request(name, data), &reported());
            assert_eq!(found, Back::By(request(undo, with)), "{name:?}");
            request(undo, with).check().unwrap();
        }
        let install = request(Name::Install, "latest/edge");
        assert_eq!(
            back(&install, &without()),
            Back::By(request(Name::Remove, ""))
        );
    }

    #[test]
    fn where_there_is_no_way_back_it_is_said_why() {
        use ActionName as Name;
        let named = r#"{"services":["hello.web"]}"#;
        let cases = [
            (Name::Install, "", reported()),
            (Name::Enable, "", reported()),
            (Name::Refresh, "", without()),
            (Name::Refresh, "", Map::new()),
            (Name::Restart, "", reported()),
            (Name::Start, named, reported()),
        ];
        for (name, data, twin) in cases {
            let found = back(&request(name, data), &twin);
            assert!(matches!(found, Back::No(_)), "{name:?}: {found:?}");
        }
    }

    #[test]
    fn what_will_be_done_reads_as_a_sentence() {
        use ActionName as Name;
        for (name, data, twin, said) in [
            (
                Name::Install,
                "latest/edge",
                without(),
                "hello is installed from latest/edge",
            ),
            (
                Name::Install,
                "",
                reported(),
                "hello 1.0 (revision 5) is on the device already",
            ),
            (
                Name::Refresh,
                "",
                reported(),
                "hello 1.0 (revision 5) of latest/stable is refreshed from latest/stable",
            ),
            (
                Name::Remove,
                "",
                without(),
                "hello is not on the device, so remove will fail",
            ),
            (
                Name::Remove,
                "",
                Map::new(),
                "remove of hello; the device has not reported its snaps, so it is not known what that will change",
            ),
        ] {
            assert_eq!(effect(&request(name, data), &twin), said);
        }
    }
}
