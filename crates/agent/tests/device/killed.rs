//! The agent's program is killed at each state that its journal knows, over a real broker and a simulated snapd: nothing is lost,
//! nothing is done twice, every action ends.

use std::time::Duration;

use edgeward_ids::ActionId;
use edgeward_testkit::eventually;
use edgeward_testkit::services::Service;
use edgeward_testkit::snapd::{Behaviour, Control};
use edgeward_wire::action::{ActionName, ActionRequest, Step};
use serde_json::json;

use crate::plane::{Device, LIMIT, Plane};

/// Where the agent is killed.
#[derive(Clone, Copy, Debug)]
enum At {
    /// The action is written down, and another one is being carried out.
    Received,
    /// snapd is being asked, and has begun nothing.
    BeforeSnapd,
    /// snapd has begun, and has not answered.
    BeforeAnswer,
    /// snapd's change goes on, and ends later.
    Change,
    /// snapd's change goes on, and ends before the agent is back.
    ChangeOver,
    /// The action has ended, and the control plane has heard it.
    Ended,
}

const PLACES: [At; 6] = [
    At::Received,
    At::BeforeSnapd,
    At::BeforeAnswer,
    At::Change,
    At::ChangeOver,
    At::Ended,
];

const OPERATIONS: [(ActionName, &str, &str); 5] = [
    (ActionName::Install, "gamma", "POST /v2/snaps/gamma"),
    (ActionName::Refresh, "alpha", "POST /v2/snaps/alpha"),
    (ActionName::Remove, "alpha", "POST /v2/snaps/alpha"),
    (ActionName::Setconf, "alpha", "PUT /v2/snaps/alpha/conf"),
    (ActionName::Snapshot, "alpha", "POST /v2/snaps"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_agent_did_when_it_was_killed_is_done_once_and_told() {
    let plane = Plane::start().await;
    let sink = Service::start().await.unwrap();
    let url = format!("http://{}/sink", sink.address());
    for at in PLACES {
        let all = OPERATIONS.map(|operation| kill(&plane, &url, at, operation));
        futures::future::join_all(all).await;
    }
}

async fn kill(plane: &Plane, url: &str, at: At, (name, snap, question): (ActionName, &str, &str)) {
    let op = name.as_str();
    let what = format!("{op} at {at:?}");
    let device = Device::new(plane);
    let control = device.snapd.control();
    let action = ActionId::generate();
    let request = ActionRequest {
        name,
        snap: snap.into(),
        data: match name {
            ActionName::Setconf => json!({"x": 1}).to_string(),
            ActionName::Snapshot => json!({"url": url}).to_string(),
            _ => String::new(),
        },
    };
    let process = device.run();
    match at {
        At::Received => {
            control.on("disable", Behaviour::Held);
            let before = ActionId::generate();
            let disable = ActionRequest {
                name: ActionName::Disable,
                snap: "beta".into(),
                data: String::new(),
            };
            device.act(before, &disable).await;
            plane.until(before, &what, is_running).await;
            device.act(action, &request).await;
        }
        At::BeforeSnapd => {
            control.on(op, Behaviour::QuestionHeld);
            device.act(action, &request).await;
            asked(&control, &format!("{question} {op}")).await;
        }
        At::BeforeAnswer => {
            control.on(op, Behaviour::AnswerHeld);
            device.act(action, &request).await;
            eventually(&what, LIMIT, async || {
                let changes = control.changes();
                if changes.is_empty() {
                    Err("no change")
                } else {
                    Ok(())
                }
            })
            .await
            .unwrap();
        }
        At::Change | At::ChangeOver => {
            control.on(op, Behaviour::Held);
            device.act(action, &request).await;
            plane.until(action, &what, is_running).await;
        }
        At::Ended => {
            device.act(action, &request).await;
            plane.end(action, &what).await;
        }
    }
    process.kill();
    control.on(op, Behaviour::Prompt);
    control.open();
    if !matches!(at, At::Change) {
        control.finish_all();
    }
    plane.forget(action);
    let process = device.run();
    if matches!(at, At::Ended) {
        // It was heard; so it is told only when it is asked for.
        device.act(action, &request).await;
    }
    let finish = async {
        if matches!(at, At::Change) {
            plane.until(action, &what, is_running).await;
        }
        loop {
            control.finish_all();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let step = tokio::select! {
        step = plane.end(action, &what) => step,
        () = finish => unreachable!(),
    };
    assert!(matches!(step, Step::Done { .. }), "{what}: {step:?}");
    assert_eq!(control.carried_out(op, snap), 1, "{what}");

    // Asked for again after another death, it is answered and not done.
    process.kill();
    plane.forget(action);
    let _process = device.run();
    device.act(action, &request).await;
    assert_eq!(plane.end(action, &what).await, step, "{what}");
    assert_eq!(control.carried_out(op, snap), 1, "{what}");
}

fn is_running(step: &Step) -> bool {
    matches!(step, Step::Running { .. })
}

async fn asked(control: &Control, wanted: &str) {
    eventually(wanted, LIMIT, async || {
        let asked = control.asked();
        let found = asked.iter().any(|one| one == wanted);
        if found {
            Ok(())
        } else {
            Err(format!("{asked:?}"))
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn an_unregistered_device_has_answered_before_it_forgets() {
    let plane = Plane::start().await;
    let device = Device::new(&plane);
    let process = device.run();
    let action = ActionId::generate();
    let request = ActionRequest {
        name: ActionName::Unregister,
        snap: String::new(),
        data: String::new(),
    };
    device.act(action, &request).await;
    let step = plane.end(action, "the answer").await;
    assert!(matches!(step, Step::Done { .. }), "{step:?}");
    let status = process.wait_for_end(LIMIT).await.unwrap();
    assert!(status.success(), "{status}");
    assert!(process.log().contains("has unregistered this device"));
    assert_eq!(device.state_dir().read_identity().unwrap(), None);
    // without an identity it says what to do
    let process = device.run();
    let status = process.wait_for_end(LIMIT).await.unwrap();
    assert!(!status.success());
    assert!(process.log().contains("has not joined a control plane yet"));
}
