use edgeward_testkit::{AskError, eventually};
use serde_json::{Value, json};

use super::*;
use crate::trial::{KEY_FILE, Keys, Reply, call, claims, now_s, try_call, unsigned, with};
use crate::{Algorithm, Clock};

const LIMIT: Duration = Duration::from_secs(20);
const QUICK: RestartTimes = RestartTimes {
    lingers: Duration::from_millis(1),
    refused: Duration::from_millis(1),
};

async fn with_token(keys: &Keys) -> NanoMq {
    let options = NanoMqOptions::token(keys.folder.path().join(KEY_FILE));
    NanoMq::start(options).await.unwrap()
}

async fn open() -> NanoMq {
    let options = NanoMqOptions {
        restart: QUICK,
        ..NanoMqOptions::new(Access::Open)
    };
    NanoMq::start(options).await.unwrap()
}

async fn get(nanomq: &NanoMq, path: &str) -> Reply {
    let path = format!("/api/v4{path}");
    call(nanomq.address(), None, "GET", &path, "").await
}

async fn post(nanomq: &NanoMq, path: &str, body: &str) -> Reply {
    let path = format!("/api/v4{path}");
    call(nanomq.address(), None, "POST", &path, body).await
}

const MISSING: (u16, Option<&str>, &str) = (401, None, r#"{"code":104}"#);
const WRONG: (u16, Option<&str>, &str) = (401, None, r#"{"code":103}"#);
const EXPIRED: (u16, Option<&str>, &str) = (401, None, r#"{"code":116}"#);

#[tokio::test]
async fn every_row_of_the_table() {
    let keys = Keys::new();
    let nanomq = with_token(&keys).await;
    let full = claims("nanomq");
    let now = now_s();
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let signed = |changes: Value| bearer(keys.token(&with(&full, changes)));
    let good = keys.token(&full);
    let stranger = keys.stranger.token(&full).unwrap();
    let rows = [
        ("no header", None, Some(MISSING)),
        ("empty", Some(String::new()), Some(MISSING)),
        (
            "Basic",
            Some("Basic YWRtaW46cHVibGlj".to_owned()),
            Some(MISSING),
        ),
        (
            "lower-case scheme",
            Some(format!("bearer {good}")),
            Some(MISSING),
        ),
        ("bare token", Some(good.clone()), Some(MISSING)),
        ("scheme only", Some("Bearer ".to_owned()), Some(MISSING)),
        ("good", bearer(good.clone()), None),
        (
            "only iss and exp",
            signed(json!({"aud": null, "iat": null, "bodyEncode": null})),
            None,
        ),
        ("iat later", signed(json!({"iat": now + 600})), None),
        ("nbf later", signed(json!({"nbf": now + 600})), None),
        ("other aud", signed(json!({"aud": "eKuiper"})), None),
        (
            "exp as text",
            signed(json!({"exp": (now + 600).to_string()})),
            None,
        ),
        ("expired 190 s ago", signed(json!({"exp": now - 190})), None),
        (
            "expired 190 s ago, as text",
            signed(json!({"exp": (now - 190).to_string()})),
            None,
        ),
        ("no exp", signed(json!({"exp": null})), Some(EXPIRED)),
        (
            "expired 300 s ago",
            signed(json!({"exp": now - 300})),
            Some(EXPIRED),
        ),
        (
            "exp no number",
            signed(json!({"exp": "soon"})),
            Some(EXPIRED),
        ),
        (
            "wrong iss",
            signed(json!({"iss": "other.pub"})),
            Some(WRONG),
        ),
        ("no iss", signed(json!({"iss": null})), Some(WRONG)),
        (
            "iss without .pub",
            signed(json!({"iss": "ecp-test"})),
            Some(WRONG),
        ),
        (
            "iss in capitals",
            signed(json!({"iss": "ECP-TEST.PUB"})),
            Some(WRONG),
        ),
        ("wrong key", bearer(stranger), Some(WRONG)),
        (
            "RS512",
            bearer(keys.token_by(Algorithm::RS512, &full)),
            Some(WRONG),
        ),
        ("none", bearer(unsigned(&good)), Some(WRONG)),
        ("garbage", bearer("garbage".to_owned()), Some(WRONG)),
        (
            "wrong iss and expired",
            signed(json!({"iss": "other.pub", "exp": now - 300})),
            Some(WRONG),
        ),
    ];
    for (case, authorization, refused) in rows {
        let reply = call(
            nanomq.address(),
            authorization.as_deref(),
            "GET",
            "/api/v4/brokers",
            "",
        )
        .await;
        match refused {
            Some(row) => assert_eq!(reply.row(), row, "{case}"),
            None => {
                let kind = reply.header("content-type");
                assert_eq!(
                    (reply.status, kind),
                    (200, Some("application/json")),
                    "{case}"
                );
            }
        }
        assert_eq!(reply.header("date"), None, "{case}");
        assert_eq!(reply.header("connection"), Some("close"), "{case}");
    }
    nanomq.stop().await;
}

#[tokio::test]
async fn the_algorithm_that_the_header_names_does_not_matter() {
    let keys = Keys::new();
    let nanomq = with_token(&keys).await;
    for header in [json!({"alg": "RS512"}), json!({"alg": "none"}), json!({})] {
        let token = keys.good.with_header(&header, &claims("nanomq")).unwrap();
        let bearer = format!("Bearer {token}");
        let reply = call(
            nanomq.address(),
            Some(&bearer),
            "GET",
            "/api/v4/brokers",
            "",
        )
        .await;
        assert_eq!(reply.status, 200, "{header}");
    }
}

#[tokio::test]
async fn basic_wants_the_right_password() {
    let nanomq = NanoMq::start(NanoMqOptions::basic()).await.unwrap();
    let rows = [
        (None, 401, Some(MISSING)),
        (Some("Bearer abc"), 401, Some(MISSING)),
        // admin:wrong, admin:public
        (Some("Basic YWRtaW46d3Jvbmc="), 401, Some(WRONG)),
        (Some("Basic ???"), 401, Some(WRONG)),
        (Some("Basic YWRtaW46cHVibGlj"), 200, None),
    ];
    for (authorization, status, refused) in rows {
        let reply = call(nanomq.address(), authorization, "GET", "/api/v4/nodes", "").await;
        assert_eq!(reply.status, status, "{authorization:?}");
        if let Some(row) = refused {
            assert_eq!(reply.row(), row, "{authorization:?}");
        }
    }
}

#[tokio::test]
async fn who_may_call_comes_before_what_there_is() {
    let closed = NanoMq::start(NanoMqOptions::basic()).await.unwrap();
    for path in ["/api/v4", "/api/v4/nothing", "/api/v4/brokers"] {
        let reply = call(closed.address(), None, "GET", path, "").await;
        assert_eq!(reply.row(), MISSING, "{path}");
    }
    let outside = call(closed.address(), None, "GET", "/api/v1/brokers", "").await;
    assert_eq!(
        (outside.status, outside.header("content-type")),
        (404, Some("text/html; charset=UTF-8"))
    );
    let nanomq = open().await;
    let unknown = (404, None, r#"{"code":102}"#);
    assert_eq!(get(&nanomq, "/nothing").await.row(), unknown);
    assert_eq!(post(&nanomq, "/brokers", "").await.row(), unknown);
    let patched = call(nanomq.address(), None, "PATCH", "/api/v4/brokers", "").await;
    assert_eq!(patched.row(), (405, None, r#"{"code":102}"#));
    assert_eq!(get(&nanomq, "").await.json()["code"], 0);
}

#[tokio::test]
async fn a_wrong_clock_makes_good_tokens_expire() {
    let keys = Keys::new();
    let nanomq = with_token(&keys).await;
    let bearer = format!("Bearer {}", keys.token(&claims("nanomq")));
    let ask = async || {
        call(
            nanomq.address(),
            Some(&bearer),
            "GET",
            "/api/v4/brokers",
            "",
        )
        .await
    };
    assert_eq!(ask().await.status, 200);
    nanomq.clock().set_offset_s(900);
    assert_eq!(ask().await.row(), EXPIRED);
    nanomq.clock().set_offset_s(-900);
    let behind = Clock::off_by(-900);
    let before = behind.plain();
    let told = ask().await.json()["data"][0]["datetime"].clone();
    let told = told.as_str().unwrap();
    assert!(
        before.as_str() <= told && told <= behind.plain().as_str(),
        "{told}"
    );
}

#[tokio::test]
async fn figures_have_nanomqs_shape() {
    let nanomq = open().await;
    let broker = get(&nanomq, "/brokers").await.json()["data"][0].clone();
    assert_eq!(broker["node_status"], "Running");
    assert_eq!(broker["version"], VERSION);
    assert!(
        broker["uptime"]
            .as_str()
            .unwrap()
            .starts_with("0 Hours, 0 minutes, "),
        "{broker}"
    );
    assert_eq!(
        get(&nanomq, "/nodes").await.json()["data"][0]["connections"],
        0
    );
    let metrics = get(&nanomq, "/metrics").await.json();
    assert_eq!(metrics["cpuinfo"], "0.00%");
    assert!(metrics["code"].is_null());
    let text = get(&nanomq, "/prometheus").await.body;
    assert!(text.contains("\nnanomq_memory_usage 4464640\n"), "{text}");
}

#[tokio::test]
async fn the_configuration_tells_its_secrets_and_takes_changes() {
    let nanomq = NanoMq::start(NanoMqOptions::new(Access::Open))
        .await
        .unwrap();
    let all = get(&nanomq, "/configuration").await.json();
    assert_eq!(all["data"]["tls"]["key"], PRIVATE_KEY);
    assert_eq!(all["data"]["http_server"]["password"], "public");
    let change = json!({"data": {"websocket": {"enable": false}}}).to_string();
    assert_eq!(
        post(&nanomq, "/configuration/websocket", &change)
            .await
            .json(),
        json!({"code": 0})
    );
    let section = get(&nanomq, "/configuration/websocket").await.json();
    assert_eq!(section["data"]["websocket"]["enable"], false);
    assert_eq!(
        section["data"]["websocket"]["url"],
        "nmq-ws://0.0.0.0:8083/mqtt"
    );
    let unknown = get(&nanomq, "/configuration/nothing").await;
    assert_eq!(
        (unknown.status, unknown.json()),
        (404, json!({"code": 101, "data": {}}))
    );
    let reload = json!({"data": {"msq_len": 7, "unknown": 1}}).to_string();
    assert_eq!(post(&nanomq, "/reload", &reload).await.status, 200);
    let hot = get(&nanomq, "/reload").await.json()["data"].clone();
    assert_eq!(
        (&hot["msq_len"], &hot["unknown"]),
        (&json!(7), &Value::Null)
    );
    assert_eq!(
        post(&nanomq, "/reload", "").await.row(),
        (400, None, r#"{"code":109}"#)
    );
    assert_eq!(
        post(&nanomq, "/reload", "{}").await.row(),
        (200, None, r#"{"code":108}"#)
    );
}

#[tokio::test]
async fn a_good_file_is_written_and_a_bad_one_kills() {
    let nanomq = open().await;
    let file = "mqtt {\n  max_packet_size = 1MB\n}\n";
    assert_eq!(
        post(&nanomq, "/config_update", file).await.json(),
        json!({"code": 0})
    );
    assert_eq!(nanomq.configuration_file(), file);
    assert!(!nanomq.has_ended());
    let killed = try_call(
        nanomq.address(),
        None,
        "POST",
        "/api/v4/config_update",
        "{{{ bad",
    )
    .await;
    assert!(matches!(killed, Err(AskError::Answer { .. })), "{killed:?}");
    eventually("nobody there", LIMIT, async || {
        match try_call(nanomq.address(), None, "GET", "/api/v4/brokers", "").await {
            Err(AskError::Connect { .. }) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
    .unwrap();
    assert!(nanomq.has_ended());
    assert_eq!(nanomq.configuration_file(), file);
}

#[tokio::test]
async fn a_restart_is_a_new_process_that_reads_its_key_anew() {
    let keys = Keys::new();
    let file = keys.folder.path().join("late.pub");
    let options = NanoMqOptions {
        restart: QUICK,
        ..NanoMqOptions::token(&file)
    };
    let nanomq = NanoMq::start(options).await.unwrap();
    let token = keys.token(&with(&claims("nanomq"), json!({"iss": "late.pub"})));
    let bearer = format!("Bearer {token}");
    let ask = async || {
        call(
            nanomq.address(),
            Some(&bearer),
            "GET",
            "/api/v4/brokers",
            "",
        )
        .await
    };
    assert_eq!(ask().await.row(), WRONG);
    keys.good.put(keys.folder.path(), "late.pub").unwrap();
    assert_eq!(ask().await.row(), WRONG);
    nanomq.shared.order_restart();
    eventually("the next process", LIMIT, async || match nanomq.runs() {
        1 => Err("still the first"),
        _ => Ok(()),
    })
    .await
    .unwrap();
    assert_eq!(ask().await.status, 200);
    let path = "/api/v4/ctrl/restart";
    let told = call(nanomq.address(), Some(&bearer), "POST", path, "").await;
    assert_eq!(told.json(), json!({"code": 0}));
    eventually("the third process", LIMIT, async || match nanomq.runs() {
        3 => Ok(()),
        other => Err(other),
    })
    .await
    .unwrap();
    assert_eq!(ask().await.status, 200);
}
