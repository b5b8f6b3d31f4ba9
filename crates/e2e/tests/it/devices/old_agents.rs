//! Existing agents at work: what they say is heard, what they are asked is done, and shutting one out is felt at once.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use edgeward_testkit::eventually;
use edgeward_testkit::iot::{IotAgent, Kind, Settings};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{ALONE, MODEL, Stage, with_both_databases};
use crate::people::cast::id_of;
use crate::system::{LIMIT, OPERATORS_OWN, Parts};

with_both_databases! {
    shutting_a_device_out_ends_its_connection_at_once,
    a_copied_identity_is_noticed,
}

/// How long a device that is shut out may stay connected.
const CUT_LIMIT: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn what_they_measure_is_shown_to_prometheus() {
    let stage = Stage::set(ALONE).await;
    let agent = stage.any("A-1").await;
    let expected = format!(
        "edgeward_device_memory_used{{device=\"{}\"}} 1506410496",
        agent.id()
    );
    eventually("a device's memory", LIMIT, async || {
        let text = stage.metrics().await;
        if text.lines().any(|line| line == expected) {
            Ok(())
        } else {
            Err(text)
        }
    })
    .await
    .unwrap();
}

async fn shutting_a_device_out_ends_its_connection_at_once(parts: Parts) {
    let stage = Stage::set(parts).await;
    let agent = stage.any("A-1").await;
    let other = stage.any("A-2").await;
    let path = |verb: &str| format!("/registrations/{}{verb}", agent.id());
    let began = Instant::now();
    stage
        .operator
        .call(Method::POST, &path("/disable"), None)
        .await
        .ok();
    tokio::time::timeout(LIMIT, agent.disconnected())
        .await
        .unwrap();
    assert!(began.elapsed() < CUT_LIMIT, "{:?}", began.elapsed());
    agent.connect_again().await.unwrap_err();
    stage.presence(&agent.id(), "offline").await;

    stage
        .operator
        .call(Method::POST, &path("/enable"), None)
        .await
        .ok();
    agent.connect_again().await.unwrap();
    stage.presence(&agent.id(), "online").await;

    let began = Instant::now();
    stage.operator.delete(&path("")).await;
    tokio::time::timeout(LIMIT, agent.disconnected())
        .await
        .unwrap();
    assert!(began.elapsed() < CUT_LIMIT, "{:?}", began.elapsed());
    agent.connect_again().await.unwrap_err();
    let gone = stage
        .operator
        .call(Method::GET, &format!("/agents/{}", agent.id()), None)
        .await;
    assert_eq!(gone.status, 404);
    assert!(other.is_connected());
}

async fn a_copied_identity_is_noticed(parts: Parts) {
    let stage = Stage::set(parts).await;
    stage.register("A-1").await;
    let enrollment = stage.enrol("A-1").await.unwrap();
    let settings = |last: u8| Settings {
        from: Ipv4Addr::new(127, 0, 0, last).into(),
        ..Settings::new(Kind::Canonical)
    };
    let device = IotAgent::start(enrollment.clone(), settings(1))
        .await
        .unwrap();
    let copy = IotAgent::start(enrollment, settings(2)).await.unwrap();
    for _ in 0..2 {
        device.disconnected().await;
        device.connect_again().await.unwrap();
        copy.disconnected().await;
        copy.connect_again().await.unwrap();
    }
    let path = format!("/registrations/{}", device.id());
    let shown = stage
        .wait("a clash", &path, |shown| !shown["clash"].is_null())
        .await;
    let addresses = shown["clash"]["addresses"].as_str().unwrap();
    assert!(
        addresses.contains("127.0.0.1") && addresses.contains("127.0.0.2"),
        "{shown}"
    );
    let entries = stage.operator.get("/audit?action=device.clash").await;
    assert_eq!(entries["items"][0]["object_id"], device.id(), "{entries}");
}

#[tokio::test(flavor = "multi_thread")]
async fn required_snaps_are_installed_without_being_asked_again() {
    let stage = Stage::set(ALONE).await;
    let request = json!({
        "organisation_id": stage.organisation, "model": MODEL,
        "snaps": [{"name": "edge-proxy", "channel": "latest/candidate"}, {"name": "core22"}],
    });
    stage.operator.put("/required-snaps", request).await;
    let agent = stage.any("S/1:2").await;
    eventually("required snaps", LIMIT, async || {
        let required = agent.required();
        if required.contains("edge-proxy") {
            Ok(())
        } else {
            Err(format!("{required:?}"))
        }
    })
    .await
    .unwrap();
    assert_eq!(agent.snaps()["edge-proxy"].channel, "latest/candidate");
    let listed = stage.operator.get("/required-snaps").await;
    assert_eq!(
        listed["items"][0]["snaps"][1]["name"], "edge-proxy",
        "{listed}"
    );
}

/// Asks for an action, and waits for its end.
async fn act(stage: &Stage, agent: &IotAgent, action: Value) -> Value {
    let request = json!({"device_ids": [agent.id()], "action": action});
    let asked = stage.operator.post("/actions", request).await;
    let path = format!("/actions/{}", id_of(&asked["actions"][0]));
    stage
        .wait("the end of an action", &path, |action| {
            ["done", "failed", "expired", "cancelled"]
                .contains(&action["state"].as_str().unwrap_or_default())
        })
        .await
}

async fn actions_of(kind: Kind, parts: Parts) {
    let stage = Stage::set(parts).await;
    let words = "cannot install \"broken\": snap not found";
    let settings = Settings {
        failing: [("broken".to_owned(), words.to_owned())].into(),
        ..Settings::new(kind)
    };
    let agent = stage.device("A-1", settings).await;
    let installed = act(
        &stage,
        &agent,
        json!({"name": "install", "snap": "hello-world"}),
    )
    .await;
    assert_eq!(installed["state"], "done", "{installed}");
    assert!(agent.snaps().contains_key("hello-world"));
    let failed = act(&stage, &agent, json!({"name": "install", "snap": "broken"})).await;
    assert_eq!(
        (&failed["state"], &failed["message"]),
        (&json!("failed"), &json!(words))
    );
    let removed = act(
        &stage,
        &agent,
        json!({"name": "remove", "snap": "hello-world"}),
    )
    .await;
    assert_eq!(removed["state"], "done", "{removed}");
    assert!(!agent.snaps().contains_key("hello-world"));
    let set = json!({"name": "setconf", "snap": "core22", "data": "{\"a\": {\"b\": 1}}"});
    assert_eq!(act(&stage, &agent, set).await["state"], "done");
}

/// Existing agents do not subscribe again when they come back.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_while_one_was_away_is_done_when_it_is_back() {
    let stage = Stage::set(ALONE).await;
    let agent = stage.any("A-1").await;
    for snap in ["first", "second"] {
        agent.lose_connection().await;
        stage.presence(&agent.id(), "offline").await;
        let request =
            json!({"device_ids": [agent.id()], "action": {"name": "install", "snap": snap}});
        let asked = stage.operator.post("/actions", request).await;
        let path = format!("/actions/{}", id_of(&asked["actions"][0]));
        assert_eq!(stage.operator.get(&path).await["state"], "queued");
        agent.connect_again().await.unwrap();
        stage
            .wait("the end of an action", &path, |action| {
                action["state"] == "done"
            })
            .await;
        assert!(agent.snaps().contains_key(snap));
    }
    // Once each.
    let installs = agent.requests();
    let installs = installs
        .iter()
        .filter(|request| request["action"] == "install");
    assert_eq!(installs.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn canonicals_agent_carries_actions_out() {
    actions_of(Kind::Canonical, ALONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everactives_agent_carries_actions_out() {
    actions_of(Kind::Everactive, ALONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_the_operators_own_broker_carries_actions_out() {
    actions_of(Kind::Everactive, OPERATORS_OWN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_answer_as_they_are_known_and_are_tags() {
    let stage = Stage::set(ALONE).await;
    let agent = stage.any("A-1").await;
    let _other = stage.any("A-2").await;
    let operator = stage.operator.token();
    let base = format!("/v1/group/{}", stage.organisation);
    let call = async |method: Method, rest: &str, body: Value| {
        let path = format!("{base}{rest}");
        stage
            .registry(method, &path, body, operator.as_deref())
            .await
    };
    let get = async |rest: &str| call(Method::GET, rest, Value::Null).await.1;
    let made = json!({"orgid": stage.organisation, "name": "workshop"});
    let (status, refused) = stage
        .registry(Method::POST, &base, made.clone(), None)
        .await;
    assert_eq!((status, &refused["code"]), (400, &json!("UserAuth")));
    let well = (200, json!({"code": "", "message": ""}));
    assert_eq!(call(Method::POST, "", made.clone()).await, well);
    assert_eq!(get("").await["groups"], json!([made]));
    assert_eq!(get("/workshop").await["group"], made);
    assert_eq!(get("/workshop/devices").await["devices"], json!([]));
    let (status, refused) = call(Method::POST, "/nowhere/A-1", Value::Null).await;
    assert_eq!((status, &refused["code"]), (400, &json!("GroupLink")));
    let (status, refused) = call(Method::POST, "/workshop/A-9", Value::Null).await;
    assert_eq!((status, &refused["code"]), (400, &json!("DeviceGet")));
    let bad = json!({"orgid": stage.organisation, "name": "Two Words"});
    let (status, refused) = call(Method::POST, "", bad).await;
    assert_eq!((status, &refused["code"]), (400, &json!("GroupCreate")));

    assert_eq!(call(Method::POST, "/workshop/A-1", Value::Null).await, well);
    let serials = |found: Value| -> Vec<Value> {
        let devices = found["devices"].as_array().cloned().unwrap_or_default();
        devices
            .iter()
            .map(|device| device["serial"].clone())
            .collect()
    };
    assert_eq!(serials(get("/workshop/devices").await), ["A-1"]);
    assert_eq!(serials(get("/workshop/devices/excluded").await), ["A-2"]);
    let path = format!("/devices/{}/tags", agent.id());
    assert_eq!(stage.operator.get(&path).await["tags"], json!(["workshop"]));
    assert_eq!(
        call(Method::DELETE, "/workshop/A-1", Value::Null).await,
        well
    );
    assert_eq!(serials(get("/workshop/devices").await), [""; 0]);
    assert_eq!(get("").await["groups"], json!([made]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_twins_own_interface_answers_as_it_is_known() {
    let stage = Stage::set(ALONE).await;
    let agent = stage.any("A-1").await;
    let operator = stage.operator.token();
    let base = format!("/v1/device/{}/A-1", stage.organisation);
    let call = async |method: Method, rest: &str, body: Value| {
        let path = format!("{base}{rest}");
        stage
            .registry(method, &path, body, operator.as_deref())
            .await
    };
    let until = async |what: &str, rest: &str, is_so: &dyn Fn(&Value) -> bool| {
        eventually(what, LIMIT, async || {
            let (_, found) = call(Method::GET, rest, Value::Null).await;
            if is_so(&found) {
                Ok(found)
            } else {
                Err(found.to_string())
            }
        })
        .await
        .unwrap()
    };
    let (status, refused) = stage.registry(Method::GET, &base, Value::Null, None).await;
    assert_eq!((status, &refused["code"]), (400, &json!("UserAuth")));
    let shown = until("a device with its system", "", &|found| {
        found["device"]["version"]["osId"] == "ubuntu-core"
    })
    .await;
    assert_eq!(shown["device"]["serial"], "A-1");
    assert_eq!(shown["device"]["deviceId"], agent.id());
    until("a list of snaps", "/snaps", &|found| {
        found["snaps"][0]["name"] == "core22" && found["snaps"][0]["revision"] == 1
    })
    .await;
    let (status, answer) = call(Method::POST, "/snaps/hello-world", Value::Null).await;
    assert_eq!((status, answer), (200, json!({"code": "", "message": ""})));
    until("a snap more", "/snaps", &|found| {
        found["snaps"]
            .as_array()
            .is_some_and(|snaps| snaps.len() == 2)
    })
    .await;
    let (status, _) = call(Method::PUT, "/snaps/core22/settings", json!({"a": 1})).await;
    assert_eq!(status, 200);
    until("settings", "/snaps", &|found| {
        found["snaps"][0]["config"] == "{\"a\":1}"
    })
    .await;
    let (status, _) = call(
        Method::PUT,
        "/snaps/core22/switch",
        json!({"data": "latest/edge"}),
    )
    .await;
    assert_eq!(status, 200);
    until("another channel", "/snaps", &|found| {
        found["snaps"][0]["channel"] == "latest/edge"
    })
    .await;
    let (status, refused) = call(Method::PUT, "/snaps/core22/revert", Value::Null).await;
    assert_eq!((status, &refused["code"]), (400, &json!("SnapUpdate")));
    let (status, answer) = call(
        Method::POST,
        "/logs",
        json!({"url": "https://logs.example.com/x"}),
    )
    .await;
    assert_eq!(
        (status, &answer["message"]),
        (202, &json!("device logs request sent"))
    );
    let actions = until("complete actions", "/actions", &|found| {
        found["actions"].as_array().is_some_and(|actions| {
            actions.len() == 4 && actions.iter().all(|action| action["status"] == "complete")
        })
    })
    .await;
    assert_eq!(actions["actions"][3]["action"], "install");
    assert_eq!(
        actions["actions"][3]["message"], "71",
        "snapd's change: {actions}"
    );
    let (_, all) = stage
        .registry(
            Method::GET,
            &format!("/v1/device/{}", stage.organisation),
            Value::Null,
            operator.as_deref(),
        )
        .await;
    assert_eq!(all["devices"][0]["model"], MODEL);
    let (status, answer) = call(Method::DELETE, "", Value::Null).await;
    assert_eq!(
        (status, &answer["message"]),
        (200, &json!("device deleted"))
    );
    agent.disconnected().await;
}
