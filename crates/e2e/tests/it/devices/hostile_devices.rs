//! A device that enrolled rightfully and tries what it may not: refused, counted, and felt by nobody else.

use edgeward_testkit::iot::{IotAgent, Kind, Settings};
use serde_json::json;

use super::stage::{Stage, with_both_databases};
use crate::system::Parts;

with_both_databases! {
    what_is_not_a_devices_own_is_refused,
    what_makes_no_sense_is_dropped,
}

/// What counts connections, messages and topics that were refused.
const AT_THE_GATE: &str = "edgeward_agent_refusals_total";

/// What counts messages that were let through and are not believed.
const NOT_BELIEVED: &str = "edgeward_iot_refusals_total";

async fn what_is_not_a_devices_own_is_refused(parts: Parts) {
    let stage = Stage::set(parts).await;
    let good = stage.device("A-1", Settings::new(Kind::Canonical)).await;
    let hostile = stage.any("B-1").await;
    let neighbour = good.id();

    for filter in [
        format!("devices/sub/{neighbour}"),
        "devices/sub/+".to_owned(),
        "devices/#".to_owned(),
        "devices/actions/A-1/#".to_owned(),
        "devices/pub/+".to_owned(),
        "metrics/+".to_owned(),
        format!("edgeward/v1/agents/{}/down/command", hostile.id()),
        "edgeward/v1/hail".to_owned(),
    ] {
        hostile.subscribe_to(&filter).await.unwrap_err();
        assert!(hostile.is_connected(), "{filter}");
    }
    for topic in [
        format!("devices/health/{neighbour}"),
        format!("devices/pub/{neighbour}"),
        format!("devices/sub/{neighbour}"),
        format!("devices/sub/{}", hostile.id()),
        "metrics/somebody-else".to_owned(),
        "devices/actions/A-1/required-install".to_owned(),
        format!("edgeward/v1/agents/{}/up/status", hostile.id()),
        format!("edgeward/v1/agents/{neighbour}/up/report"),
    ] {
        let refused = stage.counted(AT_THE_GATE, "foreign_topic").await;
        // The broker ends the connection, and with it what was sent may not be acknowledged.
        let _ = hostile.publish(&topic, "x").await;
        hostile.disconnected().await;
        stage
            .counts_more(AT_THE_GATE, "foreign_topic", refused)
            .await;
        hostile.connect_again().await.unwrap();
    }
    assert!(good.is_connected());
    stage.presence(&neighbour, "online").await;
    assert!(
        good.requests()
            .iter()
            .all(|request| request["action"] != "x")
    );
}

/// What this device sends is dropped for this reason.
async fn dropped(stage: &Stage, device: &IotAgent, topic: &str, payload: &str, reason: &str) {
    let before = stage.counted(NOT_BELIEVED, reason).await;
    device.publish(topic, payload.to_owned()).await.unwrap();
    stage.counts_more(NOT_BELIEVED, reason, before).await;
}

async fn what_makes_no_sense_is_dropped(parts: Parts) {
    let stage = Stage::set(parts).await;
    let good = stage.device("A-1", Settings::new(Kind::Canonical)).await;
    let hostile = stage.any("B-1").await;
    let (id, neighbour) = (hostile.id(), good.id());
    let health = format!("devices/health/{id}");
    let other = json!({"orgId": "x", "deviceId": neighbour, "refresh": ""}).to_string();
    dropped(
        &stage,
        &hostile,
        &health,
        &other,
        "health_of_another_device",
    )
    .await;
    dropped(&stage, &hostile, &health, "{", "health_unreadable").await;
    let replies = format!("devices/pub/{id}");
    dropped(&stage, &hostile, &replies, "no JSON", "response_unreadable").await;
    let metrics = format!("metrics/{}", hostile.organisation());
    dropped(&stage, &hostile, &metrics, "cpu", "metrics_unreadable").await;
    dropped(
        &stage,
        &hostile,
        &metrics,
        "cpu user=1",
        "metrics_of_no_device",
    )
    .await;
    let stranger = "cpu,device=0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d user=1";
    dropped(&stage, &hostile, &metrics, stranger, "unknown_device").await;
    let flood: String = (0..60).map(|n| format!("m{n},device={id} f=1\n")).collect();
    dropped(&stage, &hostile, &metrics, &flood, "too_many_series").await;
    assert!(hostile.is_connected());

    // Ten megabytes of snaps end the connection before they are read.
    let snaps = vec![json!({"name": "x".repeat(1000)}); 10_000];
    let list = json!({"id": "1", "action": "list", "success": true, "result": snaps}).to_string();
    assert!(list.len() > 10_000_000);
    let refused = stage.counted(AT_THE_GATE, "unreadable_packet").await;
    hostile.publish(&replies, list).await.unwrap_err();
    hostile.disconnected().await;
    stage
        .counts_more(AT_THE_GATE, "unreadable_packet", refused)
        .await;
    assert!(good.is_connected());
    stage.presence(&neighbour, "online").await;
}
