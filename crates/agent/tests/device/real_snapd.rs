//! The agent as a unit of the real systemd, with the real snapd.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use edgeward_ids::{ActionId, AgentId};
use edgeward_testkit::eventually;
use edgeward_testkit::netns::{Link, Namespace};
use edgeward_testkit::services::Service;
use edgeward_testkit::snapd::machine::{CORE, Machine, PRESS_1, PRESS_2, Root};
use edgeward_wire::action::{ActionRequest, Step};
use edgeward_wire::command::Body;
use serde_json::{Value, json};

use crate::plane::{LIMIT, Plane};

const UNIT: &str = "\
[Service]
ExecStart=/opt/edgeward-agent run --config /etc/edgeward/agent.yaml --state-dir /var/lib/edgeward-agent
Restart=always
RestartSec=200ms

[Install]
WantedBy=multi-user.target
";

const IDENTITY: &str = "/var/lib/edgeward-agent/identity.json";

struct Site {
    plane: Plane,
    machine: Machine,
    agent: AgentId,
    link: Link,
}

impl Site {
    async fn start() -> Self {
        let root = Root::in_folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapd-machine"));
        let namespace = Namespace::create("snapd").unwrap();
        let link = Link::to_host(&namespace).unwrap();
        let plane = Plane::start_at(link.near_address()).await;
        let machine = Machine::new(&root.unwrap(), namespace).unwrap();
        let agent = AgentId::generate();
        let identity = serde_json::to_vec(&plane.identity(agent)).unwrap();
        machine.put(IDENTITY, &identity, 0o600).unwrap();
        machine
            .put("/etc/edgeward/agent.yaml", b"description: press\n", 0o644)
            .unwrap();
        let unit = "/etc/systemd/system/edgeward-agent.service";
        machine.put(unit, UNIT.as_bytes(), 0o644).unwrap();
        machine.bind(
            Path::new(env!("CARGO_BIN_EXE_edgeward-agent")),
            "/opt/edgeward-agent",
        );
        machine.boot().await.unwrap();
        machine.install(CORE).unwrap();
        machine.install(PRESS_1).unwrap();
        machine
            .run(&["systemctl", "enable", "--now", "edgeward-agent.service"])
            .unwrap();
        Self {
            plane,
            machine,
            agent,
            link,
        }
    }

    async fn ask(&self, name: &str, snap: &str, data: impl ToString) -> ActionId {
        let action = ActionId::generate();
        self.ask_as(action, name, snap, data).await;
        action
    }

    async fn ask_as(&self, action: ActionId, name: &str, snap: &str, data: impl ToString) {
        let request = ActionRequest {
            name: name.parse().unwrap(),
            snap: snap.into(),
            data: data.to_string(),
        };
        self.plane.act(self.agent, action, &request).await;
    }

    async fn done(&self, name: &str, snap: &str, data: impl ToString) -> Value {
        let action = self.ask(name, snap, data).await;
        match self.plane.end(action, name).await {
            Step::Done { result } => result,
            other => panic!("{name}: {other:?}"),
        }
    }

    async fn failed(&self, name: &str, snap: &str, data: impl ToString) -> String {
        let action = self.ask(name, snap, data).await;
        match self.plane.end(action, name).await {
            Step::Failed { message } => message,
            other => panic!("{name}: {other:?}"),
        }
    }

    async fn running(&self, action: ActionId) {
        let begun = |step: &Step| {
            matches!(
                step,
                Step::Running {
                    change: Some(_),
                    ..
                }
            )
        };
        self.plane.until(action, "a change", begun).await;
    }

    fn snap(&self, args: &[&str]) -> String {
        let command: Vec<&str> = ["snap"].iter().chain(args).copied().collect();
        self.machine.run(&command).unwrap()
    }

    /// How many of snapd's changes have this in their line.
    fn changes(&self, part: &str) -> usize {
        let changes = self.snap(&["changes", "--abs-time"]);
        changes.lines().filter(|line| line.contains(part)).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_that_needs_no_store_is_carried_out() {
    let site = Site::start().await;
    let sink = Service::start_on((site.link.near_address(), 0).into())
        .await
        .unwrap();
    let server = site.done("server", "", "").await;
    assert_eq!(
        (&server["osId"], &server["onClassic"]),
        (&json!("debian"), &json!(true))
    );
    let device = site.done("device", "", "").await;
    assert_eq!(
        (&device["brand"], &device["model"]),
        (&json!("generic"), &json!("generic-classic"))
    );
    let list = site.done("list", "", "").await;
    // snapd promises no order.
    let names: BTreeSet<_> = list
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|snap| snap["name"].as_str())
        .collect();
    assert_eq!(names, ["core", "press"].into());

    site.done("setconf", "press", json!({"colour": "red", "size.x": 3}))
        .await;
    let conf = site.done("conf", "press", "").await;
    assert_eq!(conf, json!({"colour": "red", "size": {"x": 3}}));
    let info = site.done("info", "press", "").await;
    assert_eq!(
        (&info["version"], &info["revision"]),
        (&json!("1.0"), &json!(-1))
    );
    let service = |info: &Value| info["services"][0].clone();
    assert_eq!(
        service(&info),
        json!({"name": "daemon", "daemon": "simple", "enabled": true, "active": true})
    );
    site.done("stop", "press", json!({"services": ["press.daemon"]}))
        .await;
    assert_eq!(
        service(&site.done("info", "press", "").await)["active"],
        false
    );
    site.done("start", "press", "").await;
    site.done("restart", "press", "").await;
    assert_eq!(
        service(&site.done("info", "press", "").await)["active"],
        true
    );
    site.done("disable", "press", "").await;
    assert_eq!(site.done("info", "press", "").await["status"], "installed");
    site.done("enable", "press", "").await;

    site.machine.install(PRESS_2).unwrap();
    assert_eq!(site.done("info", "press", "").await["version"], "2.0");
    site.done("revert", "press", "").await;
    assert_eq!(site.done("info", "press", "").await["version"], "1.0");

    site.done("logs", "", json!({"url": sink.url("/sink"), "limit": 20}))
        .await;
    site.done("snapshot", "press", json!({"url": sink.url("/sink")}))
        .await;
    eventually("the snapshot to be removed", LIMIT, async || {
        let saved = site.snap(&["saved"]);
        if saved.contains("press") {
            Err(saved)
        } else {
            Ok(())
        }
    })
    .await
    .unwrap();

    let message = site.failed("setconf", "press", json!({"fail": true})).await;
    assert!(message.contains("the press is jammed"), "{message}");
    let message = site.failed("ack", "", "type: nonsense\n\nAQ==\n").await;
    assert!(message.contains("assert"), "{message}");
    let message = site.failed("info", "nothing", "").await;
    assert!(message.contains("snap not installed"), "{message}");

    site.done("remove", "press", "").await;
    let list = site.done("list", "", "").await;
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_agent_snapd_or_device_in_the_middle_is_survived() {
    let site = Site::start().await;
    let slow = |number: u32| json!({"delay": "6", "number": number});
    let number = || site.snap(&["get", "press", "number"]);
    let about = "Change configuration of \"press\"";
    let mut expected = BTreeMap::new();

    let action = site.ask("setconf", "press", slow(1)).await;
    site.running(action).await;
    site.machine
        .run(&[
            "systemctl",
            "kill",
            "--kill-who=main",
            "-s",
            "KILL",
            "edgeward-agent",
        ])
        .unwrap();
    let step = site.plane.end(action, "after the agent").await;
    assert!(matches!(step, Step::Done { .. }), "{step:?}");
    assert_eq!((number().trim(), site.changes(about)), ("1", 1));
    expected.insert(action, step);

    let action = site.ask("setconf", "press", slow(2)).await;
    site.running(action).await;
    site.machine
        .run(&["systemctl", "restart", "snapd.service"])
        .unwrap();
    let step = site.plane.end(action, "after snapd").await;
    // snapd ends the hook when it stops, and says so.
    assert!(
        matches!(&step, Step::Failed { message } if message.contains("aborted")),
        "{step:?}"
    );
    assert_eq!((number().trim(), site.changes(about)), ("1", 2));
    expected.insert(action, step);

    let action = site.ask("setconf", "press", slow(3)).await;
    site.running(action).await;
    site.machine.run(&["systemctl", "reboot"]).unwrap();
    let step = site.plane.end(action, "after the device").await;
    assert!(
        matches!(step, Step::Done { .. } | Step::Failed { .. }),
        "{step:?}"
    );
    assert_eq!(site.machine.boots(), 2);
    site.machine.ready().await.unwrap();
    // snapd does the hook again, or undoes what it had begun; either way it is one change.
    assert_eq!(site.changes(about), 3);
    expected.insert(action, step);

    for (action, step) in expected {
        site.plane.forget(action);
        site.ask_as(action, "setconf", "press", "{\"x\": 1}").await;
        assert_eq!(site.plane.end(action, "the same answer").await, step);
    }
    assert_eq!(site.changes(about), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_hangs_is_called_off() {
    let site = Site::start().await;
    let action = site
        .ask("setconf", "press", json!({"delay": "200", "x": 1}))
        .await;
    site.running(action).await;
    site.plane
        .command(site.agent, Body::CancelAct { action })
        .await;
    let step = site.plane.end(action, "the hook is called off").await;
    // snapd ends the hook, and calls that an error where it was not quick enough.
    assert!(
        matches!(step, Step::Cancelled | Step::Failed { .. }),
        "{step:?}"
    );
    let conf = site.done("conf", "press", "").await;
    assert_eq!(conf["x"], Value::Null);
    eventually("no change goes on", LIMIT, async || {
        let doing = site.changes(" Doing ");
        if doing == 0 { Ok(()) } else { Err(doing) }
    })
    .await
    .unwrap();
}
