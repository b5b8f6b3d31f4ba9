//! Actions on a device with a (simulated) snapd and the agent's program: followed to their end, whatever happens on the way.

use std::time::Duration;

use edgeward_api::action::{Action, AskRequest, State, ToDo};
use edgeward_api::agent::Presence;
use edgeward_client::ClientError;
use edgeward_ids::{ActionId, AgentId};
use edgeward_testkit::eventually;
use edgeward_testkit::process::Process;
use edgeward_testkit::snapd::{Behaviour, Control, Device as SnapdDevice, SimSnap, SimulatedSnapd};
use serde_json::json;

use crate::system::{Device, EMBEDDED, Parts, System, with_both_parts};

with_both_parts! {
    snaps_come_and_go_and_the_twin_follows,
    an_action_waits_for_its_device,
    an_agent_that_is_killed_does_it_once,
    a_control_plane_that_is_killed_hears_how_it_ended,
}

/// How long an action may take here.
const ACTION_LIMIT: Duration = Duration::from_secs(30);

/// A device with snapd that has joined, and was adopted.
struct Stage {
    system: System,
    device: Device<'static>,
    snapd: SimulatedSnapd,
    agent: AgentId,
}

impl Stage {
    async fn start(system: System) -> (Self, Process) {
        let hello = SimSnap::new("hello").at("1.0", "29").with_service("web");
        let snapd = SimulatedSnapd::start(SnapdDevice {
            snaps: vec![hello],
            ..SnapdDevice::default()
        })
        .unwrap();
        snapd
            .control()
            .publish("world", "latest/stable", "2.0", "7");
        let device = Device::join_with_snapd(&system, snapd.socket()).await;
        let process = device.run();
        let agents = system.client.agents(&Default::default()).await.unwrap();
        let agent = agents.items[0].id;
        system.wait_presence(agent, Presence::Online).await;
        system.adopt(agent, "press").await;
        let stage = Self {
            system,
            device,
            snapd,
            agent,
        };
        (stage, process)
    }

    fn control(&self) -> Control {
        self.snapd.control()
    }

    async fn ask(&self, name: &str, snap: &str, data: &str) -> ActionId {
        self.ask_for(name, snap, data, None).await.unwrap()
    }

    async fn ask_for(
        &self,
        name: &str,
        snap: &str,
        data: &str,
        expires_in_s: Option<u64>,
    ) -> Result<ActionId, ClientError> {
        let request = AskRequest {
            device_ids: vec![self.agent],
            selection: None,
            action: ToDo {
                name: name.to_owned(),
                snap: snap.to_owned(),
                data: data.to_owned(),
            },
            expires_in_s,
        };
        let asked = self.system.client.ask_for_action(&request).await?;
        Ok(asked.actions[0].id)
    }

    /// The action once it is so.
    async fn action(&self, id: ActionId, what: &str, so: impl Fn(&Action) -> bool) -> Action {
        eventually(what, ACTION_LIMIT, async || {
            let action = self.system.client.action(id).await;
            let action = action.map_err(|error| error.to_string())?;
            if so(&action) {
                Ok(action)
            } else {
                Err(format!("{action:?}"))
            }
        })
        .await
        .unwrap()
    }

    async fn ended(&self, id: ActionId) -> Action {
        let over =
            |action: &Action| !matches!(action.state, State::Queued | State::Sent | State::Running);
        self.action(id, "the action ends", over).await
    }

    async fn done(&self, name: &str, snap: &str, data: &str) -> Action {
        let id = self.ask(name, snap, data).await;
        let action = self.ended(id).await;
        assert_eq!(action.state, State::Done, "{action:?}");
        action
    }

    /// What the twin says of a place once it is this.
    async fn reports(&self, path: &str, wanted: serde_json::Value) {
        eventually("the twin follows", ACTION_LIMIT, async || {
            let twin = self.system.client.twin(self.agent).await;
            let twin = twin.map_err(|error| error.to_string())?;
            let reported = serde_json::Value::Object(twin.reported.value);
            let found = reported.pointer(path).cloned().unwrap_or_default();
            if found == wanted {
                Ok(())
            } else {
                Err(reported.to_string())
            }
        })
        .await
        .unwrap();
    }
}

async fn snaps_come_and_go_and_the_twin_follows(parts: Parts) {
    let (stage, _process) = Stage::start(System::start(parts).await).await;
    let control = stage.control();
    stage.reports("/snaps/hello/version", json!("1.0")).await;

    stage.done("install", "world", "").await;
    assert_eq!(control.snap("world").unwrap().version, "2.0");
    stage.reports("/snaps/world/revision", json!("7")).await;
    stage.done("setconf", "world", r#"{"port": 8080}"#).await;
    stage.reports("/snaps/world/config/port", json!(8080)).await;
    stage.done("remove", "world", "").await;
    stage.reports("/snaps/world", json!(null)).await;

    let list = stage.done("list", "", "").await;
    assert_eq!(list.result.unwrap()[0]["name"], "hello");

    control.on_snap(
        "install",
        "world",
        Behaviour::Fails("no space left on the device".into()),
    );
    let id = stage.ask("install", "world", "").await;
    let failed = stage.ended(id).await;
    assert_eq!(failed.state, State::Failed);
    assert!(failed.message.contains("no space left"), "{failed:?}");

    let refused = stage.ask_for("install", "Not A Snap", "", None).await;
    assert!(
        matches!(refused, Err(ClientError::Refused { .. })),
        "{refused:?}"
    );
}

async fn an_action_waits_for_its_device(parts: Parts) {
    let (stage, process) = Stage::start(System::start(parts).await).await;
    process.kill();
    stage
        .system
        .wait_presence(stage.agent, Presence::Offline)
        .await;
    let short = stage
        .ask_for("refresh", "hello", "", Some(1))
        .await
        .unwrap();
    let long = stage.ask("disable", "hello", "").await;
    let called_off = stage.ask("remove", "hello", "").await;
    let action = stage.system.client.cancel_action(called_off).await.unwrap();
    assert_eq!(action.state, State::Cancelled);
    assert_eq!(stage.ended(short).await.state, State::Expired);

    let _again = stage.device.run();
    assert_eq!(stage.ended(long).await.state, State::Done);
    let hello = stage.control().snap("hello").unwrap();
    assert!(!hello.enabled);
    assert_eq!(stage.control().carried_out("remove", "hello"), 0);
    assert_eq!(stage.control().carried_out("refresh", "hello"), 0);
}

async fn an_agent_that_is_killed_does_it_once(parts: Parts) {
    let (stage, process) = Stage::start(System::start(parts).await).await;
    let control = stage.control();
    control.on_snap("install", "world", Behaviour::Held);
    let id = stage.ask("install", "world", "").await;
    let running = |action: &Action| action.change.is_some();
    stage.action(id, "snapd has begun", running).await;
    process.kill();
    control.finish_all();
    let _again = stage.device.run();
    assert_eq!(stage.ended(id).await.state, State::Done);
    assert_eq!(control.carried_out("install", "world"), 1);
}

async fn a_control_plane_that_is_killed_hears_how_it_ended(parts: Parts) {
    let (mut stage, _process) = Stage::start(System::plan(parts).start_program().await).await;
    let control = stage.control();
    control.on_snap("install", "world", Behaviour::Held);
    let id = stage.ask("install", "world", "").await;
    let running = |action: &Action| action.change.is_some();
    stage.action(id, "snapd has begun", running).await;
    stage.system.plane.process().kill();
    control.finish_all();
    stage.system.plane.start_again().await;
    assert_eq!(stage.ended(id).await.state, State::Done);
    assert_eq!(control.carried_out("install", "world"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_action_is_called_off() {
    let (stage, _process) = Stage::start(System::start(EMBEDDED).await).await;
    let control = stage.control();
    control.on_snap("install", "world", Behaviour::Held);
    let id = stage.ask("install", "world", "").await;
    let running = |action: &Action| action.change.is_some();
    stage.action(id, "snapd has begun", running).await;
    stage.system.client.cancel_action(id).await.unwrap();
    assert_eq!(stage.ended(id).await.state, State::Cancelled);
    assert_eq!(control.carried_out("install", "world"), 0);
    assert!(stage.system.client.cancel_action(id).await.is_err());
}
