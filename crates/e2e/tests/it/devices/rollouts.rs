//! Rollouts to several devices, each with a (simulated) snapd and the agent's program.

use std::time::Duration;

use edgeward_api::action::{AskRequest, State as ActionState, ToDo};
use edgeward_api::agent::{AgentFilter, Presence};
use edgeward_api::rollout::{Plan, Rollout, RolloutDevice, RolloutRequest, State};
use edgeward_api::selection::{Condition, Selection, Tags, Test};
use edgeward_client::ClientError;
use edgeward_ids::{AgentId, ProjectId, RolloutId};
use edgeward_testkit::eventually;
use edgeward_testkit::process::Process;
use edgeward_testkit::snapd::{Behaviour, Control, Device as SnapdDevice, SimSnap, SimulatedSnapd};
use serde_json::json;

use crate::system::{Device, Parts, System, with_both_parts};

with_both_parts! {
    failures_pause_it_and_what_was_done_is_undone,
    what_is_paused_is_held_back_through_a_restart,
    devices_that_come_to_match_are_included,
}

/// How long a rollout may take here.
const LIMIT: Duration = Duration::from_secs(60);

/// A device that was adopted, with `hello` 1.0 on it.
struct Member {
    id: AgentId,
    device: Device<'static>,
    snapd: SimulatedSnapd,
    process: Option<Process>,
}

impl Member {
    async fn join(system: &System, name: &str) -> Self {
        let snapd = SimulatedSnapd::start(SnapdDevice {
            snaps: vec![SimSnap::new("hello").at("1.0", "29")],
            ..SnapdDevice::default()
        })
        .unwrap();
        snapd
            .control()
            .publish("hello", "latest/stable", "2.0", "30");
        let known = ids(system).await;
        let device = Device::join_with_snapd(system, snapd.socket()).await;
        let process = device.run();
        let joined = ids(system).await;
        let id = joined.into_iter().find(|id| !known.contains(id)).unwrap();
        system.wait_presence(id, Presence::Online).await;
        system.adopt(id, name).await;
        let member = Self {
            id,
            device,
            snapd,
            process: Some(process),
        };
        member.reports(system, "1.0").await;
        member
    }

    fn control(&self) -> Control {
        self.snapd.control()
    }

    fn version(&self) -> String {
        self.control().snap("hello").unwrap().version
    }

    /// Waits until its twin says so.
    async fn reports(&self, system: &System, version: &str) {
        eventually("the twin follows", LIMIT, async || {
            let twin = system.client.twin(self.id).await;
            let reported = twin.map_err(|error| error.to_string())?.reported.value;
            let reported = serde_json::Value::Object(reported);
            if reported.pointer("/snaps/hello/version") == Some(&json!(version)) {
                Ok(())
            } else {
                Err(reported.to_string())
            }
        })
        .await
        .unwrap();
    }

    async fn tag(&self, system: &System, tag: &str) {
        let tags = Tags {
            tags: vec![tag.to_owned()],
        };
        let set = system.client.set_tags(self.id, &tags).await;
        assert_eq!(set.unwrap(), tags);
    }
}

async fn ids(system: &System) -> Vec<AgentId> {
    let agents = system.client.agents(&AgentFilter::default()).await;
    agents.unwrap().items.iter().map(|agent| agent.id).collect()
}

/// A fleet with the tag `line-1`, in one project.
async fn fleet(system: &System, names: &[&str]) -> (Vec<Member>, ProjectId) {
    let mut members = Vec::new();
    for name in names {
        let member = Member::join(system, name).await;
        member.tag(system, "line-1").await;
        members.push(member);
    }
    let agents = system.client.agents(&AgentFilter::default()).await.unwrap();
    let project = agents.items[0].membership.as_ref().unwrap().project_id;
    (members, project)
}

fn refresh(project: ProjectId, plan: Plan) -> RolloutRequest {
    RolloutRequest {
        name: "hello 2".parse().unwrap(),
        selection: Selection {
            project_id: Some(project),
            tags: vec!["line-1".to_owned()],
            ..Selection::default()
        },
        action: ToDo {
            name: "refresh".to_owned(),
            snap: "hello".to_owned(),
            data: String::new(),
        },
        plan,
    }
}

fn waves(sizes: &[&str]) -> Plan {
    Plan {
        waves: sizes.iter().map(|&size| size.to_owned()).collect(),
        ..Plan::default()
    }
}

/// The rollout once it is so.
async fn until(
    system: &System,
    id: RolloutId,
    what: &str,
    so: impl Fn(&Rollout) -> bool,
) -> Rollout {
    eventually(what, LIMIT, async || {
        let rollout = system.client.rollout(id).await;
        let rollout = rollout.map_err(|error| error.to_string())?;
        if so(&rollout) {
            Ok(rollout)
        } else {
            Err(format!("{rollout:?}"))
        }
    })
    .await
    .unwrap()
}

async fn becomes(system: &System, id: RolloutId, state: State) -> Rollout {
    let what = format!("the rollout is {state:?}");
    until(system, id, &what, |rollout| rollout.state == state).await
}

async fn devices(system: &System, id: RolloutId) -> Vec<RolloutDevice> {
    let devices = system.client.rollout_devices(id, &Default::default()).await;
    devices.unwrap().items
}

async fn failures_pause_it_and_what_was_done_is_undone(parts: Parts) {
    let system = System::start(parts).await;
    let (members, project) = fleet(&system, &["a", "b", "c", "d"]).await;
    let mut request = refresh(project, waves(&["1", "50%"]));
    request.selection.conditions.push(Condition {
        path: "/snaps/hello/version".to_owned(),
        test: Test::Is,
        value: Some(json!("1.0")),
    });
    let preview = system.client.preview_rollout(&request).await.unwrap();
    assert_eq!((preview.total, preview.offline), (4, 0));
    assert_eq!(preview.waves, [1, 2, 1]);
    let first = &preview.devices[0];
    assert_eq!((first.device_name.as_str(), first.wave), ("a", 1));
    assert_eq!(
        first.why,
        ["it has the tag line-1", "/snaps/hello/version is \"1.0\""]
    );
    assert!(
        first.effect.starts_with("hello 1.0 (revision 29)"),
        "{first:?}"
    );
    assert_eq!(first.undo, "revert hello");

    let full = Behaviour::Fails("no space left on the device".to_owned());
    members[1].control().on_snap("refresh", "hello", full);
    let rollout = system.client.begin_rollout(&request).await.unwrap();
    let paused = becomes(&system, rollout.id, State::Paused).await;
    assert_eq!(paused.reason, "1 failed; the limit is 0");
    until(&system, rollout.id, "the other one of the wave ends", |r| {
        r.counts.done == 2
    })
    .await;
    let found = devices(&system, rollout.id).await;
    let failed: Vec<_> = found
        .iter()
        .filter(|device| device.state == Some(ActionState::Failed))
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].device_id, members[1].id);
    assert!(failed[0].message.contains("no space left"), "{failed:?}");
    assert_eq!(members[3].version(), "1.0");
    assert_eq!(found[3].state, None);

    system.client.resume_rollout(rollout.id).await.unwrap();
    let done = becomes(&system, rollout.id, State::Done).await;
    assert_eq!((done.counts.done, done.counts.failed), (3, 1));
    let versions =
        |members: &[Member]| -> Vec<String> { members.iter().map(Member::version).collect() };
    assert_eq!(versions(&members), ["2.0", "1.0", "2.0", "2.0"]);

    system.client.undo_rollout(rollout.id).await.unwrap();
    let undone = becomes(&system, rollout.id, State::Undone).await;
    assert_eq!(undone.reason, "undone on 3 of 3");
    assert_eq!(versions(&members), ["1.0"; 4]);
    assert_eq!(members[0].control().carried_out("refresh", "hello"), 1);
    assert_eq!(members[0].control().carried_out("revert", "hello"), 1);
    let again = system.client.undo_rollout(rollout.id).await;
    assert!(
        matches!(again, Err(ClientError::Refused { .. })),
        "{again:?}"
    );
}

async fn what_is_paused_is_held_back_through_a_restart(parts: Parts) {
    let mut system = System::plan(parts).start_program().await;
    let (mut members, project) = fleet(&system, &["a", "b"]).await;
    members[1].process.take().unwrap().kill();
    let away = members[1].id;
    system.wait_presence(away, Presence::Offline).await;
    let mut request = refresh(project, waves(&[]));
    let preview = system.client.preview_rollout(&request).await.unwrap();
    assert_eq!((preview.online, preview.offline), (1, 1));
    request.plan.wait_for_away = true;
    let rollout = system.client.begin_rollout(&request).await.unwrap();
    until(&system, rollout.id, "the one that is here ends", |r| {
        (r.counts.done, r.counts.queued) == (1, 1)
    })
    .await;
    let paused = system.client.pause_rollout(rollout.id).await.unwrap();
    assert!(paused.reason.starts_with("paused by "), "{paused:?}");
    system.plane.process().kill();
    system.plane.start_again().await;
    members[1].process = Some(members[1].device.run());
    system.wait_presence(away, Presence::Online).await;
    // Whatever comes after it in the device's queue is done, so it was passed over.
    let look = AskRequest {
        device_ids: Vec::new(),
        selection: Some(request.selection.clone()),
        action: ToDo {
            name: "list".to_owned(),
            snap: String::new(),
            data: String::new(),
        },
        expires_in_s: None,
    };
    let asked = system.client.ask_for_action(&look).await.unwrap();
    assert_eq!(asked.actions.len(), 2);
    for action in asked.actions {
        eventually("the device is looked at", LIMIT, async || {
            let action = system.client.action(action.id).await;
            match action.map_err(|error| error.to_string())? {
                action if action.state == ActionState::Done => Ok(()),
                action => Err(format!("{action:?}")),
            }
        })
        .await
        .unwrap();
    }
    assert_eq!(members[1].version(), "1.0");
    system.client.resume_rollout(rollout.id).await.unwrap();
    becomes(&system, rollout.id, State::Done).await;
    assert_eq!(members[1].version(), "2.0");
    for member in &members {
        assert_eq!(member.control().carried_out("refresh", "hello"), 1);
    }
}

async fn devices_that_come_to_match_are_included(parts: Parts) {
    let system = System::start(parts).await;
    let (members, project) = fleet(&system, &["a"]).await;
    let late = Member::join(&system, "late").await;
    let plan = Plan {
        include_later: true,
        ..waves(&[])
    };
    let rollout = system
        .client
        .begin_rollout(&refresh(project, plan))
        .await
        .unwrap();
    until(&system, rollout.id, "the first ends", |r| {
        r.counts.done == 1
    })
    .await;
    late.tag(&system, "line-1").await;
    let both = until(&system, rollout.id, "the late one ends", |r| {
        r.counts.done == 2
    })
    .await;
    assert_eq!(both.state, State::Running);
    assert_eq!([members[0].version(), late.version()], ["2.0", "2.0"]);
    let ended = system.client.abort_rollout(rollout.id).await.unwrap();
    assert_eq!(ended.state, State::Done);
    let mut nobody = refresh(project, waves(&[]));
    nobody.selection.tags = vec!["nowhere".to_owned()];
    let refused = system.client.begin_rollout(&nobody).await;
    let Err(ClientError::Refused { status, detail, .. }) = &refused else {
        panic!("it begins: {refused:?}");
    };
    assert_eq!(status.as_u16(), 409, "{detail:?}");
    let in_use = system
        .client
        .tags_in_use(&Default::default())
        .await
        .unwrap();
    let in_use: Vec<_> = in_use
        .items
        .iter()
        .map(|t| (t.tag.as_str(), t.devices))
        .collect();
    assert_eq!(in_use, [("line-1", 2)]);
}
