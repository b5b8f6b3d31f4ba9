//! Devices with snapd and Edgeward's agent, told an address and nothing else: they enrol by themselves, and get what their model needs.

use std::time::Duration;

use edgeward_api::action::{ActionFilter, State};
use edgeward_api::agent::Presence;
use edgeward_assertion::sign::SigningKey;
use edgeward_ids::AgentId;
use edgeward_testkit::eventually;
use edgeward_testkit::snapd::{Behaviour, Device as SnapdDevice, SimSnap, SimulatedSnapd};
use reqwest::Method;
use serde_json::json;

use super::stage::{MODEL, Stage, with_both_databases};
use crate::system::{Device, LIMIT, Parts};

with_both_databases! {
    a_registered_device_enrols_by_itself,
    one_that_is_not_registered_waits_to_be_adopted,
    required_snaps_are_installed,
}

/// How long enrolment or an action may take here.
const TIME: Duration = Duration::from_secs(30);

/// The snapd of a device of the brand.
fn snapd_of(stage: &Stage, serial: &str) -> SimulatedSnapd {
    let key = SigningKey::generate().unwrap();
    let serial = stage.brand.serial(MODEL, serial, key.public()).unwrap();
    let text = |assertion: &edgeward_assertion::Assertion| {
        Some(String::from_utf8(assertion.encoded()).unwrap())
    };
    SimulatedSnapd::start(SnapdDevice {
        model: text(&stage.model()),
        serial: text(&serial),
        snaps: vec![SimSnap::new("hello")],
    })
    .unwrap()
}

async fn a_registered_device_enrols_by_itself(parts: Parts) {
    let stage = Stage::set(parts).await;
    let id: AgentId = stage.register("A-1").await.parse().unwrap();
    let snapd = snapd_of(&stage, "A-1");
    let device = Device::told_where(&stage.system, snapd.socket()).await;
    let process = device.run();
    stage.system.wait_presence(id, Presence::Online).await;
    let shown = stage.operator.get(&format!("/registrations/{id}")).await;
    assert_eq!(
        (&shown["status"], &shown["dialect"], &shown["verification"]),
        (&json!("enrolled"), &json!("edgeward"), &json!("verified"))
    );
    let agent = stage.operator.get(&format!("/agents/{id}")).await;
    assert_eq!(agent["management"], "managed");
    assert_eq!(agent["membership"]["project_id"], stage.project);
    let handed = std::fs::read(device.state_dir().join("device-data.bin")).unwrap();
    assert_eq!(handed, b"hello");
    // It enrols once; afterwards it has its identity.
    process.kill();
    let _again = device.run();
    stage.system.wait_presence(id, Presence::Online).await;
    let entries = stage.operator.get("/audit?action=device.enrol").await;
    assert_eq!(entries["items"].as_array().unwrap().len(), 1, "{entries}");
}

async fn one_that_is_not_registered_waits_to_be_adopted(parts: Parts) {
    let stage = Stage::set(parts).await;
    // What is disabled gets no second way in.
    let shut = stage.register("A-2").await;
    let disable = format!("/registrations/{shut}/disable");
    stage.operator.call(Method::POST, &disable, None).await.ok();
    let snapd = snapd_of(&stage, "A-2");
    let device = Device::told_where(&stage.system, snapd.socket()).await;
    let process = device.run();
    eventually("it is told why", LIMIT, async || {
        let log = process.log();
        if log.contains("not enrolled yet") && log.contains("is disabled") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .await
    .unwrap();
    let agents = stage
        .system
        .client
        .agents(&Default::default())
        .await
        .unwrap();
    assert_eq!(agents.total, 0, "{agents:?}");

    let snapd = snapd_of(&stage, "A-9");
    let device = Device::told_where(&stage.system, snapd.socket()).await;
    let process = device.run();
    let agents = eventually("an agent", LIMIT, async || {
        let agents = stage.system.client.agents(&Default::default()).await;
        let agents = agents.map_err(|error| error.to_string())?.items;
        if agents.len() == 1 {
            Ok(agents)
        } else {
            Err(format!("{agents:?}"))
        }
    })
    .await
    .unwrap();
    let agent = stage
        .system
        .wait_presence(agents[0].id, Presence::Online)
        .await;
    assert!(agent.membership.is_none(), "{agent:?}");
    let log = process.log();
    assert!(
        log.contains("waits to be adopted") && log.contains("`acme/gateway/A-9` is not registered"),
        "{log}"
    );
}

async fn required_snaps_are_installed(parts: Parts) {
    let stage = Stage::set(parts).await;
    let id: AgentId = stage.register("A-1").await.parse().unwrap();
    let snapd = snapd_of(&stage, "A-1");
    let control = snapd.control();
    control.publish("web", "latest/stable", "1.0", "1");
    control.publish("web", "latest/edge", "2.0", "2");
    control.publish("pump", "latest/stable", "3.0", "3");
    control.publish("valve", "latest/stable", "4.0", "4");
    control.on_snap(
        "install",
        "pump",
        Behaviour::Fails("no space left on the device".into()),
    );
    let need = async |snaps: serde_json::Value| {
        let wanted = json!({"organisation_id": stage.organisation, "model": MODEL, "snaps": snaps});
        stage.operator.put("/required-snaps", wanted).await
    };
    need(json!([{"name": "hello"}, {"name": "web", "channel": "latest/edge"}])).await;
    let device = Device::told_where(&stage.system, snapd.socket()).await;
    let _process = device.run();
    let installs = async |snap: &'static str, ended: State| {
        eventually("the device was asked", TIME, async || {
            let filter = ActionFilter {
                device: Some(id),
                name: Some("install".to_owned()),
                ..ActionFilter::default()
            };
            let all = stage.system.client.actions(&filter).await;
            let all = all.map_err(|error| error.to_string())?.items;
            let its: Vec<_> = all.iter().filter(|one| one.action.snap == snap).collect();
            match its.as_slice() {
                [one] if one.state == ended => Ok((*one).clone()),
                _ => Err(format!("{all:?}")),
            }
        })
        .await
        .unwrap()
    };
    let asked = installs("web", State::Done).await;
    assert_eq!(asked.action.data, "latest/edge");
    assert_eq!(asked.created_by, "required snaps");
    assert_eq!(control.snap("web").unwrap().version, "2.0");

    // A change of what is needed reaches devices that are there. After a failure there is a pause.
    need(json!([{"name": "hello"}, {"name": "web", "channel": "latest/edge"}, {"name": "pump"}]))
        .await;
    let failed = installs("pump", State::Failed).await;
    assert!(failed.message.contains("no space left"), "{failed:?}");

    need(json!([{"name": "pump"}, {"name": "valve"}])).await;
    installs("valve", State::Done).await;
    // Looked at for the valve, it was not asked for the pump again; and never for what was there.
    installs("pump", State::Failed).await;
    assert_eq!(control.carried_out("install", "web"), 1);
    assert_eq!(control.carried_out("install", "hello"), 0);
}
