//! Ten thousand devices, each with a key of its own, enrol at once. Nobody has prepared anything for any of them.

use std::collections::HashSet;
use std::sync::Arc;

use edgeward_assertion::sign::SigningKey;
use edgeward_pki::DeviceKey;
use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use edgeward_wire::enrol::{ALPN_MQTT, EnrolAnswer};
use futures::{StreamExt as _, stream};
use serde_json::json;
use tokio::net::TcpStream;

use super::stage::{MODEL, Stage, join, with_both_databases};
use crate::raw;
use crate::system::Parts;

with_both_databases! {
    ten_thousand_devices_enrol_at_once,
}

const DEVICES: usize = 10_000;

/// How many have a connection at the same moment; both ends are in this process, which may have 1024 in all.
const CONNECTIONS: usize = 400;

/// Every which one shows its certificate afterwards.
const SAMPLE: usize = 500;

async fn ten_thousand_devices_enrol_at_once(parts: Parts) {
    let stage = Stage::set(parts).await;
    stage.register_by_themselves().await;
    // The same for all, because it takes long to make; what a device enrols with is its own.
    let snapds = SigningKey::generate().unwrap();
    let model = stage.model();
    let door = Arc::new(stage.door().await);
    let enrol = |number: usize| {
        let serial = format!("S-{number}");
        let serial = stage.brand.serial(MODEL, &serial, snapds.public()).unwrap();
        let assertions = String::from_utf8(join(&[&model, &serial])).unwrap();
        let door = door.clone();
        tokio::spawn(async move {
            let key = DeviceKey::generate().unwrap();
            let csr = key.signing_request("whatever").unwrap();
            let question = json!({"assertions": assertions, "csr": csr, "facts": {"hostname": format!("gw-{number}")}});
            let (status, body) = door.post("/enrol-device", &question).await;
            assert_eq!(status, 201, "{number}: {}", String::from_utf8_lossy(&body));
            let answer: EnrolAnswer = serde_json::from_slice(&body).unwrap();
            (answer, key)
        })
    };
    let enrolled: Vec<(EnrolAnswer, DeviceKey)> = stream::iter(0..DEVICES)
        .map(enrol)
        .buffer_unordered(CONNECTIONS)
        .map(|ended| ended.unwrap())
        .collect()
        .await;

    let ids: HashSet<_> = enrolled.iter().map(|(answer, _)| answer.agent).collect();
    assert_eq!(ids.len(), DEVICES);
    let list = stage
        .operator
        .get("/registrations?status=enrolled&limit=1")
        .await;
    assert_eq!(list["total"], DEVICES);
    let agents = stage.operator.get("/agents?limit=1").await;
    assert_eq!(agents["total"], DEVICES);
    let verified = stage.system.client.verify_audit(|_| ()).await.unwrap();
    assert!(
        verified.complete && verified.broken.is_none(),
        "{verified:?}"
    );
    for (answer, key) in enrolled.iter().step_by(SAMPLE) {
        let identity = ClientIdentity {
            certificate_pem: answer.certificate.clone(),
            key_pem: key.to_pem(),
        };
        let trust = Trust::Authority(answer.ca.clone());
        let connector = Connector::new(trust, Some(&identity), &[ALPN_MQTT]).unwrap();
        let stream = TcpStream::connect(stage.system.agent_port).await.unwrap();
        let stream = connector.connect("127.0.0.1", stream).await.unwrap();
        // Over TLS alone, it is the first answer that says whether the certificate is taken.
        let options = raw::options(answer.agent);
        let connected = edgeward_mqtt::connect(stream, options).await;
        connected.unwrap();
    }
}
