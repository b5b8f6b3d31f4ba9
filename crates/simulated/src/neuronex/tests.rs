use serde_json::{Value, json};

use super::*;
use crate::Algorithm;
use crate::trial::{Keys, call, claims, now_s, unsigned, with};

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn every_row_of_the_table() {
    let keys = Keys::new();
    let neuronex = NeuronEx::start(NeuronExOptions::new(keys.folder.path()))
        .await
        .unwrap();
    let full = claims("neuronex");
    let now = now_s();
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let signed = |changes: Value| bearer(keys.token(&with(&full, changes)));
    let good = keys.token(&full);
    let (missing, incorrect) = (Some(20203), Some(20204));
    let rows = [
        ("no header", None, missing),
        ("empty", Some(String::new()), missing),
        ("scheme only", Some("Bearer ".to_owned()), missing),
        ("good", bearer(good.clone()), None),
        (
            "without bodyEncode",
            signed(json!({"bodyEncode": null})),
            None,
        ),
        ("bare token", Some(good.clone()), incorrect),
        (
            "unknown iss",
            signed(json!({"iss": "other.pub"})),
            incorrect,
        ),
        ("no iss", signed(json!({"iss": null})), incorrect),
        ("other aud", signed(json!({"aud": "neuron"})), incorrect),
        ("no aud", signed(json!({"aud": null})), incorrect),
        ("expired", signed(json!({"exp": now - 2})), incorrect),
        ("no exp", signed(json!({"exp": null})), incorrect),
        ("nbf later", signed(json!({"nbf": now + 600})), incorrect),
        (
            "iss of the built-in key",
            signed(json!({"iss": "neuronex"})),
            incorrect,
        ),
        (
            "wrong key",
            bearer(keys.stranger.token(&full).unwrap()),
            incorrect,
        ),
        (
            "RS512",
            bearer(keys.token_by(Algorithm::RS512, &full)),
            incorrect,
        ),
        ("none", bearer(unsigned(&good)), incorrect),
        ("garbage", bearer("garbage".to_owned()), incorrect),
        (
            "Basic",
            Some("Basic YWRtaW46MDAwMA==".to_owned()),
            incorrect,
        ),
    ];
    for (case, authorization, refused) in rows {
        let reply = call(
            neuronex.address(),
            authorization.as_deref(),
            "GET",
            "/api/version",
            "",
        )
        .await;
        assert!(reply.header("date").is_some(), "{case}");
        assert_eq!(reply.header("content-type"), JSON, "{case}");
        match refused {
            None => assert_eq!(
                (reply.status, reply.json()),
                (200, json!({"version": VERSION})),
                "{case}"
            ),
            Some(code) => {
                let body = reply.json();
                assert_eq!((reply.status, &body["code"]), (401, &json!(code)), "{case}");
                assert!(body["message"].is_string(), "{case}");
            }
        }
    }
    neuronex.stop().await;
}

#[tokio::test]
async fn logins_and_a_wrong_clock() {
    let keys = Keys::new();
    let neuronex = NeuronEx::start(NeuronExOptions::new(keys.folder.path()))
        .await
        .unwrap();
    let login = async |password: &str| {
        let body = json!({"name": "admin", "password": password}).to_string();
        call(neuronex.address(), None, "POST", "/api/login", &body).await
    };
    let refused = login("1111").await;
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (401, json!(20200))
    );
    let token = login("0000").await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let bearer = format!("Bearer {token}");
    let ask = async || call(neuronex.address(), Some(&bearer), "GET", "/api/system", "").await;
    assert_eq!(ask().await.json()["neuronStatus"], "0");
    neuronex.clock().set_offset_s(25 * 3600);
    assert_eq!(ask().await.json()["code"], 20204);
}

#[tokio::test]
async fn what_is_behind_it_is_called_through_it() {
    let keys = Keys::new();
    let neuronex = NeuronEx::start(NeuronExOptions::new(keys.folder.path()))
        .await
        .unwrap();
    let bearer = format!("Bearer {}", keys.token(&claims("neuronex")));
    let ask = async |method: &str, path: &str, body: Value| {
        call(
            neuronex.address(),
            Some(&bearer),
            method,
            path,
            &body.to_string(),
        )
        .await
    };
    let version = ask("GET", "/api/neuron/version", Value::Null).await;
    assert_eq!(version.json()["version"], crate::neuron::VERSION);
    let missing = ask("GET", "/api/neuron/node", Value::Null).await;
    assert_eq!(missing.row(), (400, JSON, "{\"error\": 1003}"));
    let rule = json!({"id": "r", "sql": "SELECT * FROM a", "actions": []});
    assert_eq!(ask("POST", "/api/ekuiper/rules", rule).await.status, 201);
    assert_eq!(
        ask("GET", "/api/ekuiper/rules/r", Value::Null).await.json()["id"],
        "r"
    );
    assert_eq!(
        ask("GET", "/api/ekuiper", Value::Null).await.json()["os"],
        "linux"
    );
    assert_eq!(ask("GET", "/api/nothing", Value::Null).await.status, 404);
    for path in [
        "/api/neuron/version",
        "/api/ekuiper/rules",
        "/api/ekuiper/ping",
        "/api/nothing",
    ] {
        let reply = call(neuronex.address(), None, "GET", path, "").await;
        assert_eq!(
            (reply.status, reply.json()["code"].clone()),
            (401, json!(20203)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn templates_are_taken_and_delivered() {
    let options = NeuronExOptions {
        access: Access::Open,
        ..NeuronExOptions::new("")
    };
    let neuronex = NeuronEx::start(options).await.unwrap();
    let ask = async |method: &str, category: &str, body: &str| {
        let path = format!("/api/template?category={category}");
        call(neuronex.address(), None, method, &path, body).await
    };
    let neuron = ask("GET", "2", "").await.json();
    assert_eq!(neuron["nodes"][0]["name"], "press-1");
    let mut fewer = neuron.clone();
    for kind in ["nodes", "groups", "tags", "subscriptions", "settings"] {
        fewer[kind] = json!([]);
    }
    assert_eq!(ask("POST", "2", &fewer.to_string()).await.status, 200);
    assert_eq!(ask("GET", "2", "").await.json(), fewer);
    let refused = ask(
        "POST",
        "2",
        r#"{"nodes": [{"name": "a", "plugin": "none"}]}"#,
    )
    .await;
    assert_eq!(
        (refused.status, refused.json()["message"].is_string()),
        (400, true)
    );
    assert_eq!(ask("GET", "2", "").await.json(), fewer);
    let rules = json!({"streams": {"a": "create stream a ()"}}).to_string();
    assert_eq!(ask("POST", "1", &rules).await.status, 200);
    assert_eq!(
        ask("GET", "1", "").await.json()["streams"]["a"],
        "create stream a ()"
    );
    assert_eq!(
        ask("POST", "1", r#"{"rules": {"r": "{}"}}"#).await.status,
        400
    );
    assert_eq!(ask("GET", "3", "").await.status, 400);
}
