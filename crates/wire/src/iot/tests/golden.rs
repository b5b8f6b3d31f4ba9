use serde_json::json;

use crate::action::{ActionName, ActionRequest};
use crate::iot::action::{Encoding, Reply, Request, Response};
use crate::iot::enrol::Answer;
use crate::iot::health::{BadHealth, Health, RequiredInstall, RequiredSnap};
use crate::iot::metrics;
use crate::iot::result::{BadResult, DeviceSnap, Said};
use crate::iot::{SanitizedSerial, Topic};

fn response(text: &str) -> Response {
    match Response::read(text.as_bytes()).unwrap() {
        Reply::Response(response) => *response,
        Reply::Empty => panic!("empty"),
    }
}

#[test]
fn topics_parse_back_to_themselves_and_belong_to_one_device() {
    let serial = SanitizedSerial::of("d75f/7300:AB_1-x").unwrap();
    assert_eq!(serial.as_str(), "d75f7300AB_1-x");
    let topics = [
        ("devices/sub/d1", Topic::Sub("d1"), false, true),
        ("devices/pub/d1", Topic::Pub("d1"), true, false),
        ("devices/health/d1", Topic::Health("d1"), true, false),
        ("metrics/o1", Topic::Metrics("o1"), true, false),
        (
            "devices/actions/d75f7300AB_1-x/required-install",
            Topic::RequiredInstall("d75f7300AB_1-x"),
            false,
            true,
        ),
        (
            "devices/actions/d75f7300AB_1-x/#",
            Topic::AllActions("d75f7300AB_1-x"),
            false,
            true,
        ),
    ];
    let other = SanitizedSerial::of("other").unwrap();
    assert!(!Topic::AllActions("other").may_subscribe("d1", None));
    for (text, topic, publish, subscribe) in topics {
        assert_eq!(Topic::parse(text), Some(topic));
        assert_eq!(topic.to_string(), text);
        assert_eq!(topic.may_publish("d1", "o1"), publish, "{text}");
        assert_eq!(
            topic.may_subscribe("d1", Some(&serial)),
            subscribe,
            "{text}"
        );
        assert!(!topic.may_publish("d2", "o2"), "{text}");
        assert!(!topic.may_subscribe("d2", Some(&other)), "{text}");
    }
    for text in [
        "devices/sub/+",
        "devices/sub/d1/x",
        "devices/pub/#",
        "devices/+/d1",
        "#",
        "metrics/",
        "metrics/+",
        "devices/actions/+/#",
        "devices/actions/s/other",
        "devices/actions//#",
        "/devices/sub/d1",
    ] {
        assert_eq!(Topic::parse(text), None, "{text}");
    }
    assert_eq!(SanitizedSerial::of("/:"), None);
}

#[test]
fn a_request_always_has_all_four_keys_and_may_be_read_without() {
    let id = "0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d".parse().unwrap();
    let request = ActionRequest {
        name: ActionName::Install,
        snap: "hello-world".into(),
        data: String::new(),
    };
    let written = Request::new(id, &request);
    assert_eq!(
        serde_json::to_value(&written).unwrap(),
        json!({"id": "0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d", "action": "install", "snap": "hello-world", "data": ""})
    );
    assert_eq!(written.known(), Some(request));
    let sparse: Request = serde_json::from_str(r#"{"id":"x","action":"list","new":1}"#).unwrap();
    assert_eq!((&*sparse.snap, &*sparse.data), ("", ""));
    assert_eq!(sparse.known().unwrap().name, ActionName::List);
    let unknown: Request = serde_json::from_str(r#"{"id":"x","action":"dance"}"#).unwrap();
    assert_eq!(unknown.known(), None);
}

#[test]
fn both_encodings_of_a_response_are_read_and_written() {
    let accepted = r#"{"id":"e3","action":"install","success":true,"message":"","result":"77"}"#;
    let sparse = r#"{"action":"install","id":"e3","result":"77","success":true}"#;
    assert_eq!(response(accepted), response(sparse));
    assert_eq!(
        response(sparse).said(),
        Ok(Said::Accepted {
            change: "77".into()
        })
    );
    let failed = r#"{"id":"t6","action":"install","success":false,"message":"No snap name provided for install","result":null}"#;
    let failed_sparse =
        r#"{"action":"install","id":"t6","message":"No snap name provided for install"}"#;
    assert_eq!(response(failed), response(failed_sparse));
    assert_eq!(
        response(failed_sparse).said(),
        Ok(Said::Failed("No snap name provided for install".into()))
    );
    for (text, encoding) in [
        (accepted, Encoding::Full),
        (sparse, Encoding::Sparse),
        (failed, Encoding::Full),
        (failed_sparse, Encoding::Sparse),
    ] {
        let golden: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(response(text).to_json(encoding), golden);
    }
    assert_eq!(Response::read(b""), Ok(Reply::Empty));
}

#[test]
fn the_results_of_every_generation_are_understood() {
    let device = response(
        r#"{"action":"device","id":"1","success":true,"result":{"orgId":"abc","deviceId":"d1","brand":"canonical",
            "model":"ubuntu-core-18-amd64","serial":"BB-0001","deviceKey":"key","created":"0001-01-01T00:00:00Z",
            "lastRefresh":"0001-01-01T00:00:00Z","version":{"deviceId":"d1","version":"2.57","series":"16","osId":"ubuntu-core",
            "osVersionId":"18","kernelVersion":"4.15"}}}"#,
    );
    let Ok(Said::Device(device)) = device.said() else {
        panic!("not a device")
    };
    let version = device.version.clone().unwrap();
    assert_eq!(
        (&*device.serial, &*version.version, version.on_classic),
        ("BB-0001", "2.57", false)
    );

    let list = r#"[{"deviceId":"d1","name":"pi","installedSize":3000000000,"installedDate":"2026-01-01T00:00:00Z","status":"active",
        "channel":"latest/stable","confinement":"strict","version":"1","revision":-2,"devmode":false,"config":"{\"a\":1}",
        "services":null}]"#;
    let old = response(&format!(
        r#"{{"id":"1","action":"list","success":true,"message":"","result":{list}}}"#
    ));
    let Ok(Said::Snaps(old)) = old.said() else {
        panic!("not a list")
    };
    assert_eq!(old.snaps[0].revision_text(), "x2");
    assert_eq!(old.snaps[0].installed_size, 3_000_000_000);
    let new = response(&format!(
        r#"{{"id":"1","version":"2","action":"list","success":true,"result":{{"snapListHash":"h1","installedSnapsHash":"h2","snaps":{list}}}}}"#
    ));
    let Ok(Said::Snaps(new)) = new.said() else {
        panic!("not a list")
    };
    assert_eq!(new.snaps, old.snaps);
    assert_eq!(
        (&*new.snap_list_hash, &*new.installed_snaps_hash),
        ("h1", "h2")
    );

    let raw = response(
        r#"{"id":"1","action":"info","success":true,"message":"","result":{"id":"buPKUD3TKqCOgLEjjHx5kSiCpIs5cMuQ","name":"hello-world",
            "install-date":"2026-01-01T00:00:00Z","installed-size":20480,"revision":"29","tracking-channel":"latest/stable",
            "channel":"stable","confinement":"strict","apps":[{"name":"hello"},{"name":"svc","daemon":"simple","active":true}]}}"#,
    );
    let Ok(Said::Snap(snap)) = raw.said() else {
        panic!("not a snap")
    };
    assert_eq!(
        (
            snap.revision,
            &*snap.channel,
            snap.installed_size,
            snap.services.len()
        ),
        (29, "latest/stable", 20480, 1)
    );
    let conf = response(
        r#"{"id":"1","action":"conf","success":true,"message":"","result":{"a":{"b":1}}}"#,
    );
    assert!(matches!(conf.said(), Ok(Said::Configuration(keys)) if keys["a"]["b"] == 1));
    assert_eq!(
        response(r#"{"id":"1","action":"conf","success":true}"#).said(),
        Ok(Said::Done)
    );
}

#[test]
fn results_of_the_wrong_shape_are_refused() {
    let said = |text: &str| response(text).said();
    assert!(matches!(
        said(r#"{"id":"1","action":"dance","success":true}"#),
        Err(BadResult::UnknownAction(_))
    ));
    assert!(matches!(
        said(r#"{"id":"1","action":"list","version":"3","success":true}"#),
        Err(BadResult::Version(_))
    ));
    assert!(matches!(
        said(r#"{"id":"1","action":"install","version":"2","success":true}"#),
        Err(BadResult::Version(_))
    ));
    assert!(matches!(
        said(r#"{"id":"1","action":"list","success":true,"result":{"snaps":[]}}"#),
        Err(BadResult::Shape { .. })
    ));
    let many = format!(
        r#"{{"id":"1","action":"list","success":true,"result":[{}{{}}]}}"#,
        "{},".repeat(1000)
    );
    assert_eq!(said(&many), Err(BadResult::TooManySnaps(1001)));
}

#[test]
fn an_enrolment_answer_is_read_and_written_without_the_leaked_key() {
    let golden = r#"{"code":"","message":"","enrollment":{"id":"3MNtz7p7q11eZZi7mhGk3Z34FDI","device":{"brand":"canonical",
        "model":"ubuntu-core-18-amd64","serial":"BB-0001"},"credentials":{"privateKey":"a2V5","certificate":null,
        "mqttUrl":"mqtt.example.com","mqttPort":"8883"},"organization":{"id":"abc","name":"Example Inc","rootcert":"cm9vdA==",
        "-":"c2VjcmV0"},"status":2,"deviceData":""}}"#;
    let answer: Answer = serde_json::from_str(golden).unwrap();
    let enrollment = answer.enrollment.as_ref().unwrap();
    assert_eq!(enrollment.credentials.private_key, b"key");
    assert_eq!(enrollment.credentials.certificate, b"");
    assert_eq!(
        (&*enrollment.credentials.mqtt_port, enrollment.status),
        ("8883", 2)
    );
    let mut expected: serde_json::Value = serde_json::from_str(golden).unwrap();
    expected["enrollment"]["organization"]
        .as_object_mut()
        .unwrap()
        .remove("-");
    assert_eq!(serde_json::to_value(&answer).unwrap(), expected);
    assert!(!format!("{answer:?}").contains("107"), "{answer:?}");
}

#[test]
fn health_is_of_the_device_of_its_topic() {
    let golden = br#"{"orgId":"abc","deviceId":"d1","refresh":"2026-11-20T19:35:31.883718491Z"}"#;
    let health = Health::read("d1", golden).unwrap();
    assert_eq!(
        serde_json::to_value(&health).unwrap(),
        serde_json::from_slice::<serde_json::Value>(golden).unwrap()
    );
    assert_eq!(Health::read("d2", golden), Err(BadHealth::OtherDevice));
    assert_eq!(Health::read("d1", b"{"), Err(BadHealth::Unreadable));
    assert_eq!(
        Health::read("d1", &[b' '; 4097]),
        Err(BadHealth::TooLarge(4097))
    );
}

#[test]
fn required_snaps_swap_the_words_of_a_channel() {
    let message = RequiredInstall {
        id: "r1".into(),
        snaps: vec![RequiredSnap::new("snap-a", None)],
    };
    let golden =
        json!({"id": "r1", "snaps": [{"name": "snap-a", "channel": "latest", "track": "stable"}]});
    assert_eq!(serde_json::to_value(&message).unwrap(), golden);
    let single: RequiredInstall =
        serde_json::from_value(json!({"id": "r1", "snaps": {"name": "snap-a"}})).unwrap();
    assert_eq!(single.snaps[0].name, "snap-a");
    for (asked, meant) in [
        (Some("latest/stable"), "latest/stable"),
        (Some("edge"), "latest/edge"),
        (Some("22"), "22/stable"),
        (None, "latest/stable"),
    ] {
        assert_eq!(
            RequiredSnap::new("a", asked).snapd_channel().as_deref(),
            Some(meant)
        );
    }
}

#[test]
fn metrics_are_lines_of_numbers() {
    let text = "memory,device=d1 total=25276502016,used=1506410496,usedpc=5.959727\n\
                cpu,device=d1 user=1174.860000,system=331.560000,total=2342.890000\n";
    let lines = metrics::read(text.as_bytes()).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].measurement, "memory");
    assert_eq!(lines[0].tags, [("device".to_owned(), "d1".to_owned())]);
    assert_eq!(lines[1].fields[0], ("user".to_owned(), 1174.86));
    let odd = metrics::read(br#"a\ b,t\=1=x\,y n=1i,s="a b, c",ok=true,no=f 1465839830100400200"#)
        .unwrap();
    assert_eq!(odd[0].measurement, "a b");
    assert_eq!(odd[0].tags, [("t=1".to_owned(), "x,y".to_owned())]);
    let fields: Vec<_> = odd[0]
        .fields
        .iter()
        .map(|(k, v)| (k.as_str(), *v))
        .collect();
    assert_eq!(fields, [("n", 1.0), ("ok", 1.0), ("no", 0.0)]);
    for bad in [
        "cpu",
        "cpu,device user=1",
        "cpu user",
        "cpu user=x",
        "cpu user=NaN",
        "cpu user=1 soon",
        ",a=b c=1",
        "cpu user=\"x",
    ] {
        assert!(metrics::read(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(metrics::read("m f=1\n".repeat(64).as_bytes()).is_ok());
    assert!(metrics::read("m f=1\n".repeat(65).as_bytes()).is_err());
    let many = format!("m {}f=1", "f=1,".repeat(32));
    assert!(metrics::read(many.as_bytes()).is_err());
}

#[test]
fn long_texts_are_cut() {
    let snap: DeviceSnap =
        serde_json::from_value(json!({"name": "n".repeat(1000), "config": "c".repeat(70_000)}))
            .unwrap();
    assert_eq!((snap.name.len(), snap.config.len()), (256, 0));
}
