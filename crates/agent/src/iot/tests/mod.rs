mod servers;

use std::os::unix::fs::PermissionsExt as _;

use edgeward_testkit::eventually;
use edgeward_testkit::snapd::{Behaviour, Control, Device, SimSnap, SimulatedSnapd};
use serde_json::{Value, json};

use super::*;
use crate::app::{Agent, AgentOptions};
use crate::check::{self, Verdict};
use servers::{DEVICE, LIMIT, ORGANISATION, Servers};

const MODEL: &str = "type: model\nbrand-id: acme\nmodel: press\n\nAcLB model signature\n";
const SERIAL: &str =
    "type: serial\nbrand-id: acme\nmodel: press\nserial: BB/0001\n\nAcLB serial signature\n";

/// A device, and its agent.
struct Rig {
    dir: tempfile::TempDir,
    snapd: SimulatedSnapd,
    config: Config,
}

impl Rig {
    fn new(servers: &Servers) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let snapd = SimulatedSnapd::start(Device {
            model: Some(MODEL.to_owned()),
            serial: Some(SERIAL.to_owned()),
            snaps: vec![SimSnap::new("alpha").at("1.0", "x2").with_conf("port", 80)],
        })
        .unwrap();
        let control = snapd.control();
        for snap in ["gamma", "delta"] {
            control.publish(snap, "latest/stable", "2.0", "7");
        }
        let ca_file = dir.path().join("broker-ca.pem");
        fs::write(&ca_file, &servers.ca_pem).unwrap();
        let config = Config {
            control_plane: ControlPlaneConfig::Iot,
            iot: crate::config::IotConfig {
                url: Some(servers.identity_url()),
                broker_ca_file: Some(ca_file),
                ..Default::default()
            },
            snapd_socket: Some(snapd.socket().to_owned()),
            ..Config::default()
        };
        Self { dir, snapd, config }
    }

    fn control(&self) -> Control {
        self.snapd.control()
    }

    fn state_dir(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn start(&self) -> Handle {
        Agent::start(AgentOptions {
            state_dir: self.state_dir(),
            config: self.config.clone(),
        })
        .unwrap()
    }
}

async fn offline_because(handle: &Handle, part: &str) {
    let status = handle.status();
    eventually("being offline", LIMIT, async || {
        let link = status.borrow().link.clone();
        match &link {
            LinkState::Offline { reason } if reason.contains(part) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_device_enrols_once_and_says_every_time_that_it_is_there() {
    let servers = Servers::start().await;
    let rig = Rig::new(&servers);
    let handle = rig.start();
    let seen = servers.healthy(0).await;
    let body = format!("{MODEL}\n{SERIAL}");
    let expected = (
        "/base/v1/device/enroll".to_owned(),
        "application/x.ubuntu.assertion".to_owned(),
        body,
    );
    assert_eq!(*servers.enrolments.lock().unwrap(), [expected]);
    let secret = rig.state_dir().join(".secret");
    assert_eq!(
        fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let kept: Value = serde_json::from_str(&fs::read_to_string(&secret).unwrap()).unwrap();
    assert_eq!(kept["id"], DEVICE);
    assert_eq!(kept["organization"]["-"], Value::Null);
    let data = fs::read(rig.state_dir().join("device-data.bin")).unwrap();
    assert_eq!(data, b"hello");
    let health = servers.published(&format!("devices/health/{DEVICE}"));
    let health: Value = serde_json::from_slice(&health[0]).unwrap();
    assert_eq!(
        (&health["orgId"], &health["deviceId"]),
        (&json!(ORGANISATION), &json!(DEVICE))
    );
    eventually("metrics", LIMIT, async || {
        let count = servers.published(&format!("metrics/{ORGANISATION}")).len();
        if count >= 2 { Ok(()) } else { Err(count) }
    })
    .await
    .unwrap();
    assert_eq!(handle.stop().await, Vec::<String>::new());

    let again = rig.start();
    servers.healthy(seen).await;
    assert_eq!(servers.enrolments.lock().unwrap().len(), 1);
    again.stop().await;
}

#[tokio::test]
async fn actions_are_answered_when_they_have_ended_with_all_keys() {
    let servers = Servers::start().await;
    let rig = Rig::new(&servers);
    let handle = rig.start();
    servers.healthy(0).await;
    let answer = servers.ask("k1", "install", "gamma", "").await;
    let change = answer["result"].as_str().unwrap();
    assert!(change.parse::<u64>().is_ok(), "{answer}");
    assert_eq!(
        answer,
        json!({"id": "k1", "action": "install", "success": true, "message": "", "result": change})
    );
    assert!(rig.control().snap("gamma").is_some());

    let list = servers.ask("k2", "list", "", "").await;
    let names: Vec<_> = list["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|snap| &snap["name"])
        .collect();
    assert_eq!(names, ["alpha", "gamma"]);
    assert_eq!(list["result"][0]["deviceId"], DEVICE);
    assert_eq!(list["result"][0]["revision"], -2);

    let device = servers.ask("k3", "device", "", "").await;
    assert_eq!(device["result"]["orgId"], ORGANISATION);
    assert_eq!(device["result"]["deviceId"], DEVICE);
    assert_eq!(device["result"]["version"]["deviceId"], DEVICE);

    // Not the bare configuration, which those servers take for a snap.
    let conf = servers.ask("k4", "conf", "alpha", "").await;
    assert_eq!(
        (&conf["action"], &conf["result"]["name"]),
        (&json!("conf"), &json!("alpha"))
    );
    assert_eq!(conf["result"]["config"], "{\"port\":80}");

    rig.control().on_snap(
        "remove",
        "alpha",
        Behaviour::Fails("it holds on".to_owned()),
    );
    let failed = servers.ask("k5", "remove", "alpha", "").await;
    assert_eq!(
        (&failed["success"], &failed["result"]),
        (&json!(false), &Value::Null)
    );
    assert!(
        failed["message"].as_str().unwrap().contains("it holds on"),
        "{failed}"
    );

    let unknown = servers.ask("k6", "explode", "", "").await;
    assert_eq!(unknown["success"], false);
    assert_eq!(
        unknown["message"],
        "this device knows no action \"explode\""
    );

    // The same request twice is one action.
    servers.ask("k7", "install", "delta", "").await;
    let request = json!({"id": "k7", "action": "install", "snap": "delta", "data": ""});
    servers.say(&format!("devices/sub/{DEVICE}"), request).await;
    eventually("the same answer again", LIMIT, async || {
        let answers = servers.answers("k7");
        if answers.len() == 2 {
            Ok(())
        } else {
            Err(answers.len())
        }
    })
    .await
    .unwrap();
    assert_eq!(rig.control().carried_out("install", "delta"), 1);
    handle.stop().await;
}

#[tokio::test]
async fn hashes_are_said_only_where_they_are_wished_and_agree() {
    let servers = Servers::start().await;
    let mut rig = Rig::new(&servers);
    let health = |index: usize| -> Value {
        let said = servers.published(&format!("devices/health/{DEVICE}"));
        serde_json::from_slice(&said[index]).unwrap()
    };
    let handle = rig.start();
    let seen = servers.healthy(0).await;
    assert_eq!(health(seen - 1).get("snapListHash"), None);
    handle.stop().await;

    rig.config.iot.snap_hashes = true;
    let handle = rig.start();
    let seen = servers.healthy(seen).await;
    let said = health(seen - 1);
    let list = servers.ask("k1", "list", "", "").await;
    assert_eq!(list["version"], "2");
    assert_eq!(list["result"]["snaps"][0]["name"], "alpha");
    for key in ["snapListHash", "installedSnapsHash"] {
        assert_eq!(said[key].as_str().unwrap().len(), 64, "{said}");
        assert_eq!(said[key], list["result"][key], "{key}");
    }
    // Nothing but a list has a version.
    let device = servers.ask("k2", "device", "", "").await;
    assert_eq!(device.get("version"), None);
    handle.stop().await;

    // What has changed meanwhile shows in the next sign of life.
    rig.control().put(SimSnap::new("beta"));
    let handle = rig.start();
    let seen = servers.healthy(seen).await;
    for key in ["snapListHash", "installedSnapsHash"] {
        assert_ne!(health(seen - 1)[key], said[key], "{key}");
    }
    handle.stop().await;
}

#[tokio::test]
async fn a_check_looks_at_the_servers_that_params_names() {
    let servers = Servers::start().await;
    let rig = Rig::new(&servers);
    let subject = |config: &Config| check::Subject {
        state_dir: StateDir::new(rig.state_dir()),
        config: Ok(config.clone()),
    };
    let verdicts = async |config: &Config| {
        let findings = check::run(&subject(config), |_| {}).await;
        let verdict = |step: &str| {
            let found = findings.iter().find(|finding| finding.step == step);
            found.map(|finding| finding.verdict)
        };
        [
            "params",
            "credentials",
            "assertions",
            "identity service",
            "broker",
            "identity",
        ]
        .map(verdict)
    };
    let (ok, bad, warning) = (
        Some(Verdict::Ok),
        Some(Verdict::Failed),
        Some(Verdict::Warning),
    );
    assert_eq!(
        verdicts(&rig.config).await,
        [ok, warning, ok, ok, None, None]
    );
    assert!(!rig.state_dir().join("params").exists(), "it only looks");
    let handle = rig.start();
    servers.healthy(0).await;
    assert_eq!(verdicts(&rig.config).await, [ok, ok, None, None, ok, None]);
    let mut other = rig.config.clone();
    other.iot.broker_ca_file = None;
    assert_eq!(verdicts(&other).await[4], bad, "nobody vouches for it");
    handle.stop().await;
    // The file alone is enough to say whose agent this is.
    fs::write(rig.state_dir().join("params"), "{").unwrap();
    let found = Config {
        control_plane: ControlPlaneConfig::Found,
        ..rig.config.clone()
    };
    assert_eq!(verdicts(&found).await[0], bad);
}

#[tokio::test]
async fn subscriptions_and_actions_survive_a_restart_of_the_broker() {
    let mut servers = Servers::start().await;
    let rig = Rig::new(&servers);
    let handle = rig.start();
    let seen = servers.healthy(0).await;
    rig.control().on_snap("install", "gamma", Behaviour::Held);
    let request = json!({"id": "k1", "action": "install", "snap": "gamma", "data": ""});
    servers.say(&format!("devices/sub/{DEVICE}"), request).await;
    eventually("the change", LIMIT, async || {
        if rig.control().changes().is_empty() {
            Err("none")
        } else {
            Ok(())
        }
    })
    .await
    .unwrap();
    servers.restart_broker().await;
    servers.healthy(seen).await;
    rig.control().finish_all();
    eventually("the answer", LIMIT, async || {
        servers.answers("k1").into_iter().next().ok_or("none")
    })
    .await
    .unwrap();
    let answer = servers.ask("k2", "server", "", "").await;
    assert_eq!(answer["result"]["deviceId"], DEVICE);
    handle.stop().await;
}

#[tokio::test]
async fn required_snaps_are_installed_from_their_channel_and_only_once() {
    let servers = Servers::start().await;
    let rig = Rig::new(&servers);
    let handle = rig.start();
    servers.healthy(0).await;
    // Without what a topic cannot have; and the two words are the wrong way round on this wire.
    let topic = "devices/actions/BB0001/required-install";
    let required = |id: &str| {
        json!({"id": id, "snaps": [
            {"name": "gamma", "channel": "latest", "track": "stable"}, {"name": "alpha"},
        ]})
    };
    servers.say(topic, required("r1")).await;
    eventually("the snap", LIMIT, async || {
        rig.control().snap("gamma").ok_or("none")
    })
    .await
    .unwrap();
    servers.say(topic, required("r2")).await;
    servers.ask("k1", "server", "", "").await;
    assert_eq!(rig.control().carried_out("install", "gamma"), 1);
    assert_eq!(rig.control().carried_out("install", "alpha"), 0);
    handle.stop().await;
}

#[tokio::test]
async fn unregistering_is_answered_before_the_agent_leaves() {
    let servers = Servers::start().await;
    let rig = Rig::new(&servers);
    let handle = rig.start();
    servers.healthy(0).await;
    let answer = servers.ask("k1", "unregister", "", "").await;
    assert_eq!(
        (&answer["success"], &answer["result"]["deviceId"]),
        (&json!(true), &json!(DEVICE))
    );
    tokio::time::timeout(LIMIT, handle.unregistered())
        .await
        .unwrap();
    handle.stop().await;
    let dir = StateDir::new(rig.state_dir());
    crate::unregister::forget(&dir, &rig.config.places).unwrap();
    assert!(!rig.state_dir().join(".secret").exists());
    assert!(!rig.state_dir().join("params").exists());
}

#[tokio::test]
async fn a_refusal_and_a_broker_that_cannot_prove_itself_are_told() {
    let servers = Servers::start().await;
    let mut rig = Rig::new(&servers);
    let refusal = json!({"code": "EnrollDevice", "message": "the device is disabled"});
    *servers.refusal.lock().unwrap() = Some(refusal);
    let handle = rig.start();
    offline_because(
        &handle,
        "does not enrol this device: the device is disabled (EnrollDevice)",
    )
    .await;
    handle.stop().await;

    *servers.refusal.lock().unwrap() = None;
    rig.config.iot.broker_ca_file = None;
    let handle = rig.start();
    offline_because(&handle, "name that with control_plane.broker_ca_file").await;
    handle.stop().await;

    rig.config.iot.verify_broker = false;
    let handle = rig.start();
    servers.healthy(0).await;
    handle.stop().await;
}
