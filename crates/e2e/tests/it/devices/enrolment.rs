//! How devices are let in: existing agents over HTTP, ours over the agent port, and the registry's own interface.

use std::time::Duration;

use edgeward_assertion::sign::{Brand, SigningKey};
use edgeward_mqtt::Lane;
use edgeward_pki::tls::{ClientIdentity, Connector, Trust};
use edgeward_pki::{DeviceKey, sha256};
use edgeward_testkit::iot::{IotAgent, Kind, Settings, enrol};
use edgeward_wire::enrol::{ALPN_MQTT, EnrolAnswer, Refusal, nonce_of};
use edgeward_wire::report::State;
use edgeward_wire::topic::{Topic, Up};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::stage::{ALONE, ENROL, MODEL, Stage, join, with_both_databases};
use crate::raw::{self, publish, status};
use crate::system::Parts;

with_both_databases! {
    existing_agents_enrol_and_are_there,
    a_device_of_ours_enrols_with_what_snapd_knows,
    whoever_may_not_is_told_so_in_the_known_words,
    devices_register_themselves_where_that_is_wished,
    a_new_enrolment_gives_a_new_key_and_ends_the_old_one,
}

const REFUSALS: &str = "edgeward_device_enrolment_refusals_total";

async fn existing_agents_enrol_and_are_there(parts: Parts) {
    let stage = Stage::set(parts).await;
    // Whatever stands before the path, and whichever assertion comes first.
    for (serial, path, kind) in [
        ("C-0001", ENROL, Kind::Canonical),
        ("E-0001", "/identity/v1/device/enroll", Kind::Everactive),
    ] {
        let id = stage.register(serial).await;
        let stream = match kind {
            Kind::Canonical => stage.stream(serial),
            Kind::Everactive => {
                let device = SigningKey::generate().unwrap();
                let signed = stage.brand.serial(MODEL, serial, device.public()).unwrap();
                join(&[&signed, &stage.model()])
            }
        };
        let enrollment = enrol(stage.system.console, path, &stream).await.unwrap();
        assert_eq!(enrollment["id"], id);
        assert_eq!(enrollment["status"], 2);
        assert_eq!(enrollment["deviceData"], "aGVsbG8=");
        assert_eq!(enrollment["device"]["serial"], serial);
        assert_eq!(enrollment["device"]["store"], "shop");
        assert_eq!(enrollment["organization"]["id"], stage.organisation);
        assert_eq!(enrollment["organization"].get("-"), None);
        assert!(enrollment["credentials"]["mqttPort"].is_string());
        let agent = IotAgent::start(enrollment, Settings::new(kind))
            .await
            .unwrap();
        let shown = stage.presence(&id, "online").await;
        assert_eq!(shown["management"], "managed");
        assert_eq!(shown["membership"]["name"], serial);
        assert_eq!(shown["membership"]["confirmed"], true);
        let registered = stage.operator.get(&format!("/registrations/{id}")).await;
        assert_eq!(registered["status"], "enrolled");
        assert_eq!(registered["dialect"], "iot");
        assert_eq!(registered["verification"], "verified");
        assert_eq!(registered["verified_by"], stage.brand.key.public().id());
        agent.lose_connection().await;
        stage.presence(&id, "offline").await;
    }
    let entries = stage.operator.get("/audit?action=device.enrol").await;
    assert_eq!(entries["items"].as_array().unwrap().len(), 2, "{entries}");
}

async fn whoever_may_not_is_told_so_in_the_known_words(parts: Parts) {
    let stage = Stage::set(parts).await;
    stage.register("A-1").await;
    let says = async |stream: &[u8]| stage.send(stream).await.unwrap_err().0;
    assert_eq!(says(b"").await, "EnrollDevice: no data supplied");
    let model = stage.model();
    let required = "EnrollDevice: A model and serial assertion is required";
    assert_eq!(says(&join(&[&model])).await, required);
    assert_eq!(says(&join(&[&model, &model])).await, required);
    let three = join(&[&model, &model, &model]);
    let unexpected = "EnrollDevice: unexpected assertion in the request stream";
    assert_eq!(says(&three).await, unexpected);
    let stranger = says(&stage.stream("A-2")).await;
    assert_eq!(
        stranger,
        "EnrollDevice: the device `acme/gateway/A-2` is not registered"
    );

    // An edited serial number, and a made-up key.
    let text = String::from_utf8(stage.stream("A-9")).unwrap();
    let edited = text.replace("serial: A-9", "serial: A-1");
    let forged = stage.counted(REFUSALS, "forged").await;
    let answer = says(edited.as_bytes()).await;
    assert!(
        answer.contains("are not signed by the key that they name"),
        "{answer}"
    );
    stage.counts_more(REFUSALS, "forged", forged).await;
    let impostor = Brand::new("acme").unwrap();
    let device = SigningKey::generate().unwrap();
    let made_up = join(&[
        &impostor.model(MODEL, None).unwrap(),
        &impostor.serial(MODEL, "A-1", device.public()).unwrap(),
    ]);
    let answer = says(&made_up).await;
    assert!(
        answer.contains("which its organisation does not accept"),
        "{answer}"
    );

    // Replayed, and disabled.
    let stream = stage.stream("A-1");
    let id = stage.send(&stream).await.unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let replayed = stage.counted(REFUSALS, "already_enrolled").await;
    let again = says(&stream).await;
    assert_eq!(
        again,
        "EnrollDevice: the device `acme/gateway/A-1` is already enrolled"
    );
    stage
        .counts_more(REFUSALS, "already_enrolled", replayed)
        .await;
    let disable = format!("/registrations/{id}/disable");
    stage.operator.call(Method::POST, &disable, None).await.ok();
    let shut = says(&stream).await;
    assert_eq!(
        shut,
        "EnrollDevice: the device registration for `acme/gateway/A-1` is disabled"
    );

    // An organisation may take devices at their word; that is shown, and a forged assertion is refused all the same.
    stage.register("A-3").await;
    let path = format!("/organisations/{}/enrolment", stage.organisation);
    stage
        .operator
        .put(&path, json!({"allow_unverified": true}))
        .await;
    let unsigned = join(&[
        &impostor.model(MODEL, None).unwrap(),
        &impostor.serial(MODEL, "A-3", device.public()).unwrap(),
    ]);
    let enrolled = stage.send(&unsigned).await.unwrap();
    let path = format!("/registrations/{}", enrolled["id"].as_str().unwrap());
    assert_eq!(
        stage.operator.get(&path).await["verification"],
        "unverified"
    );
    stage.register("A-4").await;
    let edited = text.replace("serial: A-9", "serial: A-4");
    let answer = says(edited.as_bytes()).await;
    assert!(
        answer.contains("are not signed by the key that they name"),
        "{answer}"
    );
}

async fn devices_register_themselves_where_that_is_wished(parts: Parts) {
    let stage = Stage::set(parts).await;
    let stream = stage.stream("A-1");
    stage.send(&stream).await.unwrap_err();
    stage.register_by_themselves().await;
    let enrolled = stage.send(&stream).await.unwrap();
    let path = format!("/registrations/{}", enrolled["id"].as_str().unwrap());
    let registered = stage.operator.get(&path).await;
    assert_eq!(registered["automatic"], true);
    assert_eq!(registered["project_id"], stage.project);
    // Only with a signature of a key that is believed.
    let impostor = Brand::new("acme").unwrap();
    let device = SigningKey::generate().unwrap();
    let made_up = join(&[
        &impostor.model(MODEL, None).unwrap(),
        &impostor.serial(MODEL, "A-2", device.public()).unwrap(),
    ]);
    let answer = stage.send(&made_up).await.unwrap_err().0;
    assert!(answer.ends_with("is not registered"), "{answer}");
}

async fn a_new_enrolment_gives_a_new_key_and_ends_the_old_one(parts: Parts) {
    let stage = Stage::set(parts).await;
    stage.register("A-1").await;
    let first = stage.enrol("A-1").await.unwrap();
    let settings = Settings::new(Kind::Everactive);
    let agent = IotAgent::start(first.clone(), settings.clone())
        .await
        .unwrap();
    stage.presence(&agent.id(), "online").await;
    let enable = format!("/registrations/{}/enable", agent.id());
    stage.operator.call(Method::POST, &enable, None).await.ok();
    assert!(agent.is_connected(), "until it enrols anew");
    let second = stage.enrol("A-1").await.unwrap();
    assert_eq!(second["id"], first["id"]);
    assert_ne!(
        second["credentials"]["privateKey"],
        first["credentials"]["privateKey"]
    );
    tokio::time::timeout(Duration::from_secs(2), agent.disconnected())
        .await
        .unwrap();
    agent.connect_again().await.unwrap_err();
    let agent = IotAgent::start(second, settings).await.unwrap();
    stage.presence(&agent.id(), "online").await;
}

/// Posts JSON to the enrolment of the agent port, and gives status and body.
async fn a_device_of_ours_enrols_with_what_snapd_knows(parts: Parts) {
    let stage = Stage::set(parts).await;
    let door = stage.door().await;
    let id = stage.register("A-1").await;
    let device = SigningKey::generate().unwrap();
    let serial = stage.brand.serial(MODEL, "A-1", device.public()).unwrap();
    let assertions = String::from_utf8(join(&[&stage.model(), &serial])).unwrap();
    let key = DeviceKey::generate().unwrap();
    let csr = key.signing_request("whatever").unwrap();
    let proof = |signer: &SigningKey| {
        let nonce = nonce_of(&sha256(csr.as_bytes()));
        let headers = [
            ("type", "device-session-request"),
            ("brand-id", "acme"),
            ("model", MODEL),
            ("serial", "A-1"),
            ("nonce", &nonce),
            ("timestamp", "2024-01-01T00:00:00.0Z"),
        ];
        String::from_utf8(signer.sign(&headers, "").unwrap().encoded()).unwrap()
    };
    let request = |proof: Value| json!({"assertions": assertions, "proof": proof, "csr": csr, "facts": {"hostname": "gw"}});
    // Whoever has copied the assertions does not have the device's key.
    let thief = SigningKey::generate().unwrap();
    let (status_code, body) = door
        .post("/enrol-device", &request(proof(&thief).into()))
        .await;
    let refusal: Refusal = serde_json::from_slice(&body).unwrap();
    assert_eq!((status_code, &*refusal.code), (403, "device_refused"));
    assert!(
        refusal.message.contains("has not proven"),
        "{}",
        refusal.message
    );

    let (status_code, body) = door
        .post("/enrol-device", &request(proof(&device).into()))
        .await;
    assert_eq!(status_code, 201, "{}", String::from_utf8_lossy(&body));
    let answer: EnrolAnswer = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer.agent.to_string(), id);

    let identity = ClientIdentity {
        certificate_pem: answer.certificate.clone(),
        key_pem: key.to_pem(),
    };
    let trust = Trust::Authority(answer.ca.clone());
    let connector = Connector::new(trust, Some(&identity), &[ALPN_MQTT]).unwrap();
    let stream = TcpStream::connect(stage.system.agent_port).await.unwrap();
    let stream = connector.connect("127.0.0.1", stream).await.unwrap();
    let options = raw::options(answer.agent);
    let (client, _incoming) = edgeward_mqtt::connect(stream, options).await.unwrap();
    let topic = Topic::Up(answer.agent, Up::Status).to_string().into();
    client
        .publish(publish(&topic, status(State::Online)), Lane::Control)
        .await
        .unwrap();
    let shown = stage.presence(&id, "online").await;
    assert_eq!(shown["hostname"], "gw");
    assert_eq!(shown["membership"]["project_id"], stage.project);
    let registered = stage.operator.get(&format!("/registrations/{id}")).await;
    assert_eq!(
        (&registered["dialect"], &registered["status"]),
        (&json!("edgeward"), &json!("enrolled"))
    );

    // Once: the same again is refused.
    let (status_code, body) = door.post("/enrol-device", &request(Value::Null)).await;
    let refusal: Refusal = serde_json::from_slice(&body).unwrap();
    assert_eq!((status_code, &*refusal.code), (403, "device_refused"));
    assert!(
        refusal.message.contains("already enrolled"),
        "{}",
        refusal.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_answers_as_it_is_known_to_whoever_may_ask() {
    let stage = Stage::set(ALONE).await;
    let operator = stage.operator.token();
    let call = async |method: Method, path: &str, body: Value| {
        stage
            .registry(method, path, body, operator.as_deref())
            .await
    };
    // Other than the originals: nobody may ask who has not said who it is.
    for (method, path) in [
        (Method::GET, "/v1/organizations"),
        (Method::POST, "/v1/organization"),
        (Method::POST, "/v1/device"),
        (Method::GET, "/v1/devices/Default"),
        (Method::GET, "/v1/devices/Default/x"),
        (Method::PUT, "/v1/devices/Default/x"),
        (Method::DELETE, "/v1/device/x"),
    ] {
        let (status, body) = stage.registry(method, path, json!({}), None).await;
        assert_eq!((status, &body["code"]), (400, &json!("UserAuth")), "{path}");
    }
    let (status, made) = call(
        Method::POST,
        "/v1/organization",
        json!({"name": "Example Inc", "country": "GB"}),
    )
    .await;
    assert_eq!(
        (status, &made["code"], &made["message"]),
        (200, &json!(""), &json!(""))
    );
    let organisation = made["id"].as_str().unwrap().to_owned();
    let (_, all) = call(Method::GET, "/v1/organizations", Value::Null).await;
    let names: Vec<_> = all["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["name"].clone())
        .collect();
    assert!(names.contains(&json!("Example Inc")), "{names:?}");

    let device = json!({"orgid": "Example Inc", "brand": "acme", "model": MODEL, "serial": "BB-0001", "deviceData": "aGk="});
    let (status, made) = call(Method::POST, "/v1/device", device.clone()).await;
    assert_eq!(status, 200, "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    let (status, again) = call(Method::POST, "/v1/device", device).await;
    assert_eq!((status, &again["code"]), (400, &json!("RegDevice")));
    assert!(
        again["message"]
            .as_str()
            .unwrap()
            .contains("already registered")
    );
    let blank = json!({"orgid": "Example Inc", "brand": "acme", "model": MODEL, "serial": " "});
    let (_, refused) = call(Method::POST, "/v1/device", blank).await;
    assert_eq!(refused["message"], "serial number must not be empty");
    let (_, refused) = call(Method::POST, "/v1/device", Value::Null).await;
    assert_eq!(refused["code"], "NoData");

    let (_, list) = call(
        Method::GET,
        &format!("/v1/devices/{organisation}"),
        Value::Null,
    )
    .await;
    assert_eq!(list["devices"][0]["id"], id);
    assert_eq!(list["devices"][0]["credentials"]["privateKey"], Value::Null);
    for name in [&*id, "BB-0001"] {
        let (_, one) = call(
            Method::GET,
            &format!("/v1/devices/{organisation}/{name}"),
            Value::Null,
        )
        .await;
        assert_eq!(one["enrollment"]["id"], id, "{one}");
        assert_eq!(one["enrollment"]["status"], 1);
    }
    let (status, one) = call(
        Method::GET,
        &format!("/v1/devices/{}/{id}", stage.organisation),
        Value::Null,
    )
    .await;
    assert_eq!((status, &one["code"]), (400, &json!("DeviceGet")));

    let path = format!("/v1/devices/{organisation}/{id}");
    let (status, refused) = call(Method::PUT, &path, json!({"status": 2, "deviceData": ""})).await;
    assert_eq!((status, &refused["code"]), (400, &json!("DeviceUpdate")));
    for (asked, after) in [(3, 3), (1, 1), (0, 3), (7, 1)] {
        let (status, body) = call(Method::PUT, &path, json!({"status": asked})).await;
        assert_eq!((status, body), (200, json!({"code": "", "message": ""})));
        let (_, one) = call(Method::GET, &path, Value::Null).await;
        assert_eq!(one["enrollment"]["status"], after, "asked for {asked}");
    }
    let (status, gone) = call(Method::DELETE, &format!("/v1/device/{id}"), Value::Null).await;
    assert_eq!((status, &gone["id"]), (200, &json!(id)));
    let (status, gone) = call(Method::DELETE, &format!("/v1/device/{id}"), Value::Null).await;
    assert_eq!((status, &gone["code"]), (400, &json!("DeleteDevice")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_devices_is_imported_whole_or_not_at_all() {
    let stage = Stage::set(ALONE).await;
    let path = format!("/projects/{}/registrations", stage.project);
    let import = async |text: String| {
        let request = stage.operator.request(Method::POST, &path);
        let answer = request
            .header("content-type", "text/csv")
            .body(text)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, refused) = import("acme,gateway,A-1\nacme,gateway\n".into()).await;
    assert_eq!(status, 400);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("line 2:"),
        "{refused}"
    );
    let many: String = (0..5000)
        .map(|number| format!("acme,{MODEL},S-{number}\n"))
        .collect();
    let (status, made) = import(format!("brand,model,serial\n{many}")).await;
    assert_eq!((status, &made["registered"]), (201, &json!(5000)), "{made}");
    let (status, refused) = import("acme,gateway,A-1\nacme,gateway,S-17\n".into()).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("already_registered"))
    );
    let all = stage.operator.get("/registrations?limit=1").await;
    assert_eq!(all["total"], 5000);
    stage.enrol("S-17").await.unwrap();
}
