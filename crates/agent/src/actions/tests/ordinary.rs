use edgeward_assertion::sign::{Brand, SigningKey};
use edgeward_testkit::snapd::Behaviour;
use serde_json::json;

use super::*;

#[tokio::test]
async fn an_action_is_followed_to_its_end_and_done_once() {
    let rig = Rig::new();
    let control = rig.control();
    control.on("install", Behaviour::Held);
    let action = rig.ask("install", "gamma", "latest/stable");
    let change = rig.running(action).await;
    assert!(matches!(
        rig.steps(action).last(),
        Some(Step::Running { label, done: 512, total: 1024, .. }) if label == "downloading"
    ));
    rig.ask_as(action, "install", "gamma", "latest/stable");
    control.finish(change);
    assert_eq!(rig.done(action).await, json!(change.to_string()));
    rig.ask_as(action, "install", "gamma", "latest/stable");
    let twice = eventually("the same answer again", LIMIT, async || {
        let steps = rig.steps(action);
        let ends = steps
            .iter()
            .filter(|step| matches!(step, Step::Done { .. }));
        if ends.count() == 2 {
            Ok(())
        } else {
            Err(format!("{steps:?}"))
        }
    });
    twice.await.unwrap();
    assert_eq!(control.carried_out("install", "gamma"), 1);
    assert_eq!(control.snap("gamma").unwrap().revision, "7");
}

#[tokio::test]
async fn each_action_does_what_its_name_says() {
    let rig = Rig::new();
    let control = rig.control();
    control.publish("alpha", "latest/edge", "3.0", "9");
    let alpha = || control.snap("alpha").unwrap();
    rig.done(rig.ask("refresh", "alpha", "")).await;
    assert_eq!(alpha().revision, "2");
    rig.done(rig.ask("revert", "alpha", "")).await;
    assert_eq!(alpha().revision, "1");
    rig.done(rig.ask("switch", "alpha", "latest/edge")).await;
    assert_eq!(
        (alpha().revision.as_str(), alpha().channel.as_str()),
        ("9", "latest/edge")
    );
    rig.done(rig.ask("disable", "alpha", "")).await;
    assert!(!alpha().enabled);
    rig.done(rig.ask("enable", "alpha", "")).await;
    assert!(alpha().enabled);
    rig.done(rig.ask("stop", "alpha", json!({"services": ["alpha.timer"]})))
        .await;
    assert_eq!(
        alpha().services,
        [("daemon".into(), true), ("timer".into(), false)].into()
    );
    rig.done(rig.ask("stop", "alpha", "")).await;
    rig.done(rig.ask("start", "alpha", json!({}))).await;
    rig.done(rig.ask("restart", "alpha", "")).await;
    assert!(alpha().services.values().all(|active| *active));
    rig.done(rig.ask("setconf", "alpha", json!({"a.b": [1], "port": null})))
        .await;
    assert_eq!(json!(alpha().conf), json!({"a": {"b": [1]}}));
    rig.done(rig.ask("remove", "alpha", "")).await;
    assert_eq!(control.snap("alpha"), None);
    rig.done(rig.ask("ack", "", "type: account\n\nAQ==\n"))
        .await;
    assert_eq!(control.acked().len(), 1);
    let user = json!({"action": "create", "email": "ann@example.com", "sudoer": true, "force-managed": true});
    let made = rig.done(rig.ask("user", "", user)).await;
    assert_eq!(made[0]["username"], "ann");
    rig.done(rig.ask("user", "", json!({"action": "remove", "username": "ann"})))
        .await;
    assert_eq!(control.users(), [""; 0]);
}

#[tokio::test]
async fn answers_look_as_the_iot_agents() {
    let brand = Brand::new("acme").unwrap();
    let key = SigningKey::generate().unwrap();
    let text = |assertion: edgeward_assertion::Assertion| {
        Some(String::from_utf8(assertion.encoded()).unwrap())
    };
    let rig = Rig::with(Device {
        model: text(brand.model("gateway", Some("shop")).unwrap()),
        serial: text(brand.serial("gateway", "A-7", key.public()).unwrap()),
        ..device()
    });
    let organisation = OrganisationId::generate();
    rig.actions.belong_to(Some(organisation));
    let id = rig.agent.to_string();
    let version = json!({
        "deviceId": id, "version": "2.63", "series": "16", "osId": "ubuntu-core", "osVersionId": "22",
        "onClassic": false, "kernelVersion": "5.15.0-100-generic",
    });
    assert_eq!(rig.done(rig.ask("server", "", "")).await, version);
    let device = json!({
        "orgId": organisation.to_string(), "deviceId": id, "brand": "acme", "model": "gateway", "serial": "A-7",
        "store": "shop", "deviceKey": key.public().to_base64(), "version": version,
        "created": "0001-01-01T00:00:00Z", "lastRefresh": "0001-01-01T00:00:00Z",
    });
    assert_eq!(rig.done(rig.ask("device", "", "")).await, device);
    let list = rig.done(rig.ask("list", "", "")).await;
    let info = rig.done(rig.ask("info", "alpha", "")).await;
    assert_eq!(list[0], info);
    let expected = json!({
        "deviceId": id, "name": "alpha", "installedSize": 4096, "installedDate": "2026-11-20T10:00:00.123456789+01:00",
        "status": "active", "channel": "latest/stable", "confinement": "strict", "version": "1.0", "revision": 1,
        "devmode": false, "config": "{\"port\":80}",
        "services": [
            {"name": "daemon", "daemon": "simple", "enabled": true, "active": true},
            {"name": "timer", "daemon": "simple", "enabled": true, "active": true},
        ],
    });
    assert_eq!(info, expected);
    assert_eq!(
        (&list[1]["revision"], &list[1]["config"]),
        (&json!(-2), &json!(""))
    );
    assert_eq!(
        rig.done(rig.ask("conf", "alpha", "")).await,
        json!({"port": 80})
    );
    let message = rig.failed(rig.ask("info", "gamma", "")).await;
    assert_eq!(
        message,
        "cannot retrieve snap \"gamma\": snap not installed"
    );
}

#[tokio::test]
async fn a_failure_has_snapds_words() {
    let rig = Rig::new();
    rig.control()
        .on("remove", Behaviour::Fails("the hook said no".into()));
    let message = rig.failed(rig.ask("remove", "alpha", "")).await;
    assert!(message.contains("the hook said no"), "{message}");
    let message = rig.failed(rig.ask("install", "nowhere", "")).await;
    assert_eq!(message, "snap not found");
    let message = rig.failed(rig.ask("install", "alpha", "")).await;
    assert!(
        message.starts_with("snap \"alpha\" is already installed"),
        "{message}"
    );
    let message = rig.failed(rig.ask("refresh", "alpha", "no channel!")).await;
    assert!(message.contains("a channel such as"), "{message}");
    assert_eq!(rig.control().carried_out("remove", "alpha"), 0);
}

#[tokio::test]
async fn changes_come_one_after_the_other_and_looks_beside_them() {
    let rig = Rig::new();
    let control = rig.control();
    control.on_snap("remove", "alpha", Behaviour::Held);
    let first = rig.ask("remove", "alpha", "");
    let second = rig.ask("remove", "beta", "");
    let change = rig.running(first).await;
    for _ in 0..3 {
        rig.done(rig.ask("list", "", "")).await;
    }
    assert_eq!(rig.steps(second), [Step::Accepted]);
    assert_eq!(control.carried_out("remove", "beta"), 0);
    control.finish(change);
    rig.done(first).await;
    rig.done(second).await;
    assert_eq!(control.carried_out("remove", "beta"), 1);
}

#[tokio::test]
async fn what_comes_too_late_is_not_begun() {
    let rig = Rig::new();
    let action = ActionId::generate();
    let request = ActionRequest {
        name: ActionName::Remove,
        snap: "alpha".into(),
        data: String::new(),
    };
    let past_us = i64::try_from(now_micros()).unwrap() - 1;
    rig.actions.accept(action, &request, past_us).unwrap();
    let message = rig.failed(action).await;
    assert!(message.contains("too late"), "{message}");
    assert_eq!(rig.control().asked(), [""; 0]);
}

#[tokio::test]
async fn what_is_cancelled_is_undone_or_never_begun() {
    let rig = Rig::new();
    let control = rig.control();
    control.on("remove", Behaviour::Held);
    let going_on = rig.ask("remove", "alpha", "");
    let waiting = rig.ask("remove", "beta", "");
    rig.running(going_on).await;
    let unheard_of = ActionId::generate();
    rig.actions.cancel(unheard_of).unwrap();
    assert_eq!(rig.end(unheard_of).await, Step::Cancelled);
    rig.ask_as(unheard_of, "remove", "beta", "");
    rig.actions.cancel(waiting).unwrap();
    rig.actions.cancel(going_on).unwrap();
    assert_eq!(rig.end(going_on).await, Step::Cancelled);
    assert_eq!(rig.end(waiting).await, Step::Cancelled);
    assert_eq!(control.changes().len(), 1);
    assert_eq!(control.changes()[0].status, "Undone");
    assert!(control.snap("alpha").is_some() && control.snap("beta").is_some());
    // what has ended stays as it is
    control.on("remove", Behaviour::Prompt);
    let done = rig.ask("remove", "beta", "");
    rig.done(done).await;
    rig.actions.cancel(done).unwrap();
    assert!(matches!(rig.end(done).await, Step::Done { .. }));
}

#[tokio::test]
async fn a_change_that_somebody_else_undoes_has_failed() {
    let rig = Rig::new();
    rig.control().on("remove", Behaviour::Held);
    let action = rig.ask("remove", "alpha", "");
    let change = edgeward_snapd::ChangeId::new(rig.running(action).await.to_string());
    Snapd::new(rig.simulated.socket())
        .abort(&change)
        .await
        .unwrap();
    assert!(rig.failed(action).await.contains("somebody else"));
}

#[tokio::test]
async fn another_change_on_the_same_snap_is_waited_for() {
    let rig = Rig::new();
    let control = rig.control();
    control.on("disable", Behaviour::Held);
    let other = Snapd::new(rig.simulated.socket());
    let disable = edgeward_snapd::SnapOp::Disable;
    let change = other.snap_op("alpha", &disable).await.unwrap();
    let action = rig.ask("remove", "alpha", "");
    rig.asked("POST /v2/snaps/alpha remove").await;
    assert_eq!(rig.steps(action), [Step::Accepted]);
    control.finish(change.number().unwrap());
    rig.done(action).await;
    assert_eq!(control.carried_out("remove", "alpha"), 1);
}

#[tokio::test]
async fn a_restart_of_snapd_is_survived() {
    let mut rig = Rig::new();
    let control = rig.control();
    control.on_snap("remove", "alpha", Behaviour::Held);
    let action = rig.ask("remove", "alpha", "");
    let change = rig.running(action).await;
    rig.simulated.stop().await;
    let later = rig.ask("remove", "beta", "");
    control.finish(change);
    rig.simulated.start_again().unwrap();
    rig.done(action).await;
    rig.done(later).await;
    assert_eq!(control.carried_out("remove", "alpha"), 1);
    assert_eq!(control.carried_out("remove", "beta"), 1);
}

#[tokio::test(start_paused = true)]
async fn without_snapd_an_action_fails_with_words() {
    let dir = tempfile::tempdir().unwrap();
    for (snapd, words) in [
        (None, "does not speak to snapd"),
        (
            Some(Snapd::new(dir.path().join("none"))),
            "cannot connect to snapd at",
        ),
    ] {
        let reports = Arc::new(Reports::new());
        let agent = AgentId::generate();
        let actions = Actions::open(dir.path(), agent, snapd, Arc::clone(&reports)).unwrap();
        let actions = Arc::new(actions);
        let request = ActionRequest {
            name: ActionName::List,
            snap: String::new(),
            data: String::new(),
        };
        actions
            .accept(ActionId::generate(), &request, i64::MAX)
            .unwrap();
        let running = tokio::spawn(actions.run());
        let message = loop {
            let waiting = reports.next().await;
            reports.deliver(&waiting);
            if let Report::Action(ActionReport {
                step: Step::Failed { message },
                ..
            }) = waiting.report
            {
                break message;
            }
        };
        running.abort();
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn unregistering_waits_until_the_answer_was_heard() {
    let mut rig = Rig::new();
    rig.listening.take().unwrap().abort();
    let action = rig.ask("unregister", "", "");
    let reports = Arc::clone(&rig.actions.reports);
    let waiting = loop {
        let waiting = reports.next().await;
        match &waiting.report {
            Report::Action(ActionReport {
                step: Step::Done { result },
                ..
            }) => {
                assert_eq!(result["deviceId"], rig.agent.to_string());
                break waiting;
            }
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(!rig.actions.unregistered().is_cancelled());
    reports.deliver(&waiting);
    let unregistered = rig.actions.unregistered();
    tokio::time::timeout(LIMIT, unregistered.cancelled())
        .await
        .unwrap();
    // killed before the identity was removed, it knows
    rig.kill().await;
    rig.run();
    let unregistered = rig.actions.unregistered();
    tokio::time::timeout(LIMIT, unregistered.cancelled())
        .await
        .unwrap();
    assert_eq!(rig.steps(action), []);
}
