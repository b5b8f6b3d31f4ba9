use edgeward_testkit::{AskError, eventually};
use serde_json::{Value, json};
use std::time::Duration;

use super::*;
use crate::Algorithm;
use crate::trial::{KEY_FILE, Keys, Reply, call, claims, now_s, try_call, unsigned, with};

const LIMIT: Duration = Duration::from_secs(20);
const PLAIN: &str = "text/plain; charset=utf-8";

async fn open() -> EKuiper {
    let options = EKuiperOptions {
        access: Access::Open,
        ..EKuiperOptions::new("")
    };
    EKuiper::start(options).await.unwrap()
}

async fn send(ekuiper: &EKuiper, method: &str, path: &str, body: &Value) -> Reply {
    call(ekuiper.address(), None, method, path, &body.to_string()).await
}

async fn get(ekuiper: &EKuiper, path: &str) -> Value {
    let reply = call(ekuiper.address(), None, "GET", path, "").await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply.json()
}

/// What the text behind `validate token error: ` is.
fn invalid(text: &str) -> String {
    format!("validate token error: {text}")
}

#[tokio::test]
async fn every_row_of_the_table() {
    let keys = Keys::new();
    let ekuiper = EKuiper::start(EKuiperOptions::new(keys.folder.path()))
        .await
        .unwrap();
    let full = claims("eKuiper");
    let now = now_s();
    let signed = |changes: Value| Some(keys.token(&with(&full, changes)));
    let good = keys.token(&full);
    let keyfunc = |why: &str| {
        invalid(&format!(
            "token is unverifiable: error while executing keyfunc: {why}"
        ))
    };
    let missing = |name: &str| keyfunc(&format!("not found target key file {name} in /etc/mgmt"));
    let audience = |got: &str| format!("audience field should contain eKuiper, but got {got}");
    let segments = invalid("token is malformed: token contains an invalid number of segments");
    let signature = invalid("token signature is invalid: crypto/rsa: verification error");
    let rows: Vec<(&str, Option<String>, Option<String>)> = vec![
        ("no header", None, Some("missing_token".to_owned())),
        (
            "empty",
            Some(String::new()),
            Some("missing_token".to_owned()),
        ),
        (
            "with a scheme",
            Some(format!("Bearer {good}")),
            Some(invalid(
                "token is malformed: could not base64 decode header: illegal base64 data at input byte 6",
            )),
        ),
        ("good", Some(good.clone()), None),
        ("RS512", Some(keys.token_by(Algorithm::RS512, &full)), None),
        ("RS384", Some(keys.token_by(Algorithm::RS384, &full)), None),
        ("PS256", Some(keys.token_by(Algorithm::PS256, &full)), None),
        (
            "only iss and aud",
            signed(json!({"iat": null, "exp": null, "bodyEncode": null})),
            None,
        ),
        (
            "iss in capitals",
            signed(json!({"iss": "ECP-Test.PUB"})),
            None,
        ),
        (
            "several aud",
            signed(json!({"aud": ["neuron", "eKuiper"]})),
            None,
        ),
        ("iat later", signed(json!({"iat": now + 600})), None),
        (
            "exp as text",
            signed(json!({"exp": (now + 600).to_string()})),
            None,
        ),
        (
            "unknown iss",
            signed(json!({"iss": "other.pub"})),
            Some(missing("other.pub")),
        ),
        (
            "iss without .pub",
            signed(json!({"iss": "ecp-test"})),
            Some(missing("ecp-test")),
        ),
        (
            "iss a path",
            signed(json!({"iss": "../mgmt/ecp-test.pub"})),
            Some(missing("../mgmt/ecp-test.pub")),
        ),
        (
            "no iss",
            signed(json!({"iss": null})),
            Some(keyfunc("issuer field not exist in jwt payload")),
        ),
        ("no aud", signed(json!({"aud": null})), Some(audience("[]"))),
        (
            "other aud",
            signed(json!({"aud": "neuron"})),
            Some(audience("[neuron]")),
        ),
        (
            "several other aud",
            signed(json!({"aud": ["a", "b"]})),
            Some(audience("[a b]")),
        ),
        (
            "aud in small letters",
            signed(json!({"aud": "ekuiper"})),
            Some(audience("[ekuiper]")),
        ),
        (
            "expired",
            signed(json!({"exp": now - 2})),
            Some(invalid("token has invalid claims: token is expired")),
        ),
        (
            "nbf later",
            signed(json!({"nbf": now + 600})),
            Some(invalid("token has invalid claims: token is not valid yet")),
        ),
        (
            "expired and nbf later",
            signed(json!({"exp": now - 2, "nbf": now + 600})),
            Some(invalid(
                "token has invalid claims: token is expired, token is not valid yet",
            )),
        ),
        (
            "wrong key",
            Some(keys.stranger.token(&full).unwrap()),
            Some(signature.clone()),
        ),
        (
            "wrong key and expired",
            Some(
                keys.stranger
                    .token(&with(&full, json!({"exp": 1})))
                    .unwrap(),
            ),
            Some(signature.clone()),
        ),
        (
            "expired and for another",
            signed(json!({"exp": 1, "aud": "neuron"})),
            Some(invalid("token has invalid claims: token is expired")),
        ),
        ("no token", Some("abc".to_owned()), Some(segments.clone())),
        (
            "Basic",
            Some("Basic YWRtaW46cHVibGlj".to_owned()),
            Some(segments),
        ),
        (
            "none",
            Some(unsigned(&good)),
            Some(invalid(
                "token signature is invalid: token is unverifiable: 'none' signature type is not allowed",
            )),
        ),
        (
            "unknown alg",
            Some(keys.good.with_header(&json!({"alg": "XY"}), &full).unwrap()),
            Some(invalid(
                "token is unverifiable: signing method (alg) is unavailable",
            )),
        ),
        (
            "no alg",
            Some(keys.good.with_header(&json!({}), &full).unwrap()),
            Some(invalid(
                "token is unverifiable: signing method (alg) is unspecified",
            )),
        ),
    ];
    for (case, authorization, refused) in rows {
        let reply = call(
            ekuiper.address(),
            authorization.as_deref(),
            "GET",
            "/rules",
            "",
        )
        .await;
        match refused {
            Some(text) => {
                let text = format!("{text}\n");
                assert_eq!(reply.row(), (401, Some(PLAIN), text.as_str()), "{case}");
            }
            None => assert_eq!(reply.row(), (200, Some("application/json"), "[]"), "{case}"),
        }
        assert!(reply.header("date").is_some(), "{case}");
    }
    ekuiper.stop().await;
}

#[tokio::test]
async fn old_ones_send_the_token_back() {
    let keys = Keys::new();
    let ekuiper = EKuiper::start(EKuiperOptions::old(keys.folder.path()))
        .await
        .unwrap();
    // A time at which no second passes while this runs.
    let full = claims("eKuiper");
    let signed = |changes: Value| keys.token(&with(&full, changes));
    let good = keys.token(&full);
    let rows = [
        (
            "with a scheme",
            format!("Bearer {good}"),
            1,
            "tokenstring should not contain 'bearer '",
        ),
        (
            "garbage with a scheme",
            "Bearer abc".to_owned(),
            1,
            "token contains an invalid number of segments",
        ),
        (
            "several aud",
            signed(json!({"aud": ["eKuiper"]})),
            1,
            "json: cannot unmarshal array into Go struct field Token.aud of type string",
        ),
        (
            "exp as text",
            signed(json!({"exp": "9999999999"})),
            1,
            "json: cannot unmarshal string into Go struct field Token.exp of type int64",
        ),
        (
            "unknown iss",
            signed(json!({"iss": "other.pub"})),
            2,
            "not found target key file other.pub in /etc/mgmt",
        ),
        (
            "no iss",
            signed(json!({"iss": null})),
            2,
            "issuer field not exist in jwt payload",
        ),
        (
            "wrong key",
            keys.stranger.token(&full).unwrap(),
            4,
            "crypto/rsa: verification error",
        ),
        (
            "iat later",
            signed(json!({"iat": now_s() + 600})),
            32,
            "token used before issued",
        ),
        (
            "nbf later",
            signed(json!({"nbf": now_s() + 600})),
            128,
            "token is not valid yet",
        ),
        (
            "wrong key and nbf later",
            keys.stranger
                .token(&with(&full, json!({"nbf": now_s() + 600})))
                .unwrap(),
            132,
            "crypto/rsa: verification error",
        ),
    ];
    for (case, token, code, text) in rows {
        let reply = call(ekuiper.address(), Some(&token), "GET", "/rules", "").await;
        let body = format!("JWTVAL__ERRCODE:{code}__ERRSTR:{text}__TOKEN:{token}\n");
        assert_eq!(reply.row(), (401, Some(PLAIN), body.as_str()), "{case}");
    }
    let expired = signed(json!({"exp": now_s() - 3600}));
    let reply = call(ekuiper.address(), Some(&expired), "GET", "/rules", "").await;
    let body = &reply.body;
    assert!(
        body.starts_with("JWTVAL__ERRCODE:16__ERRSTR:token is expired by 1h0m"),
        "{body}"
    );
    assert!(body.ends_with(&format!("s__TOKEN:{expired}\n")), "{body}");
    let other = call(
        ekuiper.address(),
        Some(&signed(json!({"aud": "neuron"}))),
        "GET",
        "/rules",
        "",
    )
    .await;
    assert_eq!(
        other.row(),
        (
            401,
            Some(PLAIN),
            "audience field should be eKuiper, but got neuron\n"
        )
    );
    for token in [good, signed(json!({"exp": null}))] {
        assert_eq!(
            call(ekuiper.address(), Some(&token), "GET", "/rules", "")
                .await
                .status,
            200
        );
    }
    assert_eq!(
        call(ekuiper.address(), None, "GET", "/rules", "")
            .await
            .body,
        "missing_token\n"
    );
}

#[tokio::test]
async fn two_places_are_open_and_keys_may_come_and_go() {
    let keys = Keys::new();
    let ekuiper = EKuiper::start(EKuiperOptions::new(keys.folder.path()))
        .await
        .unwrap();
    let token = keys.token(&claims("eKuiper"));
    let status = async |path: &str| call(ekuiper.address(), None, "GET", path, "").await.status;
    assert_eq!(
        (
            status("/").await,
            status("/ping").await,
            status("/streams").await
        ),
        (200, 200, 401)
    );
    assert_eq!(status("/ping/").await, 404);
    let ask = async || call(ekuiper.address(), Some(&token), "GET", "/rules", "").await;
    assert_eq!(ask().await.status, 200);
    std::fs::remove_file(keys.folder.path().join(KEY_FILE)).unwrap();
    assert!(ask().await.body.contains("not found target key file"));
    std::fs::write(keys.folder.path().join(KEY_FILE), "no key").unwrap();
    assert!(ask().await.body.contains("Key must be a PEM encoded"));
    keys.good.put(keys.folder.path(), KEY_FILE).unwrap();
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn a_wrong_clock_shows_in_the_date_and_makes_good_tokens_expire() {
    let keys = Keys::new();
    let ekuiper = EKuiper::start(EKuiperOptions::new(keys.folder.path()))
        .await
        .unwrap();
    ekuiper.clock().set_offset_s(-now_s());
    let about = call(ekuiper.address(), None, "GET", "/", "").await;
    let date = about.header("date").unwrap();
    assert!(date.starts_with("Thu, 01 Jan 1970 00:00:"), "{date}");
    assert_eq!(about.json()["version"], VERSION);
    ekuiper.clock().set_offset_s(3600);
    let token = keys.token(&claims("eKuiper"));
    let refused = call(ekuiper.address(), Some(&token), "GET", "/rules", "").await;
    assert_eq!(
        refused.body,
        "validate token error: token has invalid claims: token is expired\n"
    );
}

#[tokio::test]
async fn streams_and_rules_are_made_stopped_and_removed() {
    let ekuiper = open().await;
    let stream = json!({"sql": "CREATE STREAM demo (a BIGINT) WITH (DATASOURCE=\"x\")"});
    let made = send(&ekuiper, "POST", "/streams", &stream).await;
    assert_eq!(
        (made.status, made.body.as_str()),
        (201, "Stream demo is created.\n")
    );
    let again = send(&ekuiper, "POST", "/streams", &stream).await;
    assert_eq!(
        (again.status, again.json()["error"].clone()),
        (400, json!(1000))
    );
    assert_eq!(
        send(&ekuiper, "POST", "/streams", &json!({"sql": "drop"}))
            .await
            .status,
        400
    );
    assert_eq!(get(&ekuiper, "/streams").await, json!(["demo"]));
    let rule = json!({"id": "r1", "sql": "SELECT * FROM demo", "actions": [{"log": {}}]});
    assert_eq!(send(&ekuiper, "POST", "/rules", &rule).await.status, 201);
    assert_eq!(get(&ekuiper, "/rules/r1").await, rule);
    assert_eq!(get(&ekuiper, "/rules").await[0]["status"], "Running");
    assert_eq!(
        send(&ekuiper, "POST", "/rules/r1/stop", &json!({}))
            .await
            .body,
        "Rule r1 was stopped"
    );
    assert_eq!(
        get(&ekuiper, "/rules").await[0]["status"],
        "Stopped: canceled manually."
    );
    assert_eq!(
        get(&ekuiper, "/rules/status/all").await["r1"]["status"],
        "stopped"
    );
    assert_eq!(
        send(&ekuiper, "POST", "/rules/r1/start", &json!({}))
            .await
            .status,
        200
    );
    assert_eq!(get(&ekuiper, "/rules/r1/status").await["status"], "running");
    assert_eq!(
        send(&ekuiper, "POST", "/rules/r1/fly", &json!({}))
            .await
            .status,
        404
    );
    for (rule, status) in [(rule.clone(), 200), (json!({"id": "x"}), 422)] {
        assert_eq!(
            send(&ekuiper, "POST", "/rules/validate", &rule)
                .await
                .status,
            status,
            "{rule}"
        );
    }
    let broken = call(ekuiper.address(), None, "POST", "/rules/validate", "{").await;
    assert_eq!(broken.status, 400);
    assert_eq!(
        send(&ekuiper, "PUT", "/rules/r1", &json!([1])).await.status,
        400
    );
    let removed = call(ekuiper.address(), None, "DELETE", "/rules/r1", "").await;
    assert_eq!(removed.body, "Rule r1 is dropped.");
    let missing = call(ekuiper.address(), None, "GET", "/rules/r1", "").await;
    assert_eq!(
        (missing.status, missing.json()["error"].clone()),
        (404, json!(1002))
    );
}

#[tokio::test]
async fn an_import_wipes_first_unless_it_is_a_part() {
    let ekuiper = open().await;
    let stream = |name: &str| json!({"sql": format!("create stream {name} ()")});
    send(&ekuiper, "POST", "/streams", &stream("old")).await;
    let rule = json!({"id": "r1", "sql": "SELECT * FROM new", "actions": []});
    let content = json!({
        "streams": {"new": "create stream new ()"},
        "rules": {"r1": rule.to_string(), "r2": "{}"},
        "sinkConfig": {"mqtt": {"a": 1}},
    });
    let body = |content: &str| json!({"content": content});
    let part = send(
        &ekuiper,
        "POST",
        "/data/import?partial=1",
        &body(&content.to_string()),
    )
    .await;
    assert_eq!(part.status, 400);
    assert_eq!(
        part.json()["ConfigResponse"]["rules"],
        json!({"r2": "Missing rule SQL."})
    );
    assert_eq!(
        get(&ekuiper, "/data/import/status").await["rules"]["r2"],
        "Missing rule SQL."
    );
    assert_eq!(get(&ekuiper, "/streams").await, json!(["new", "old"]));
    let export = get(&ekuiper, "/data/export").await;
    assert_eq!(export["rules"]["r1"], rule.to_string());
    assert_eq!(export["sinkConfig"], json!({"mqtt": {"a": 1}}));
    let whole = json!({"streams": {"only": "create stream only ()"}}).to_string();
    let taken = send(&ekuiper, "POST", "/data/import", &body(&whole)).await;
    assert_eq!((taken.status, &taken.json()["ErrorMsg"]), (200, &json!("")));
    assert_eq!(get(&ekuiper, "/streams").await, json!(["only"]));
    assert_eq!(get(&ekuiper, "/rules").await, json!([]));
    // The hazard: what cannot be read has wiped already.
    let broken = send(&ekuiper, "POST", "/data/import", &body("{broken")).await;
    assert_eq!(broken.status, 400);
    assert_eq!(get(&ekuiper, "/streams").await, json!([]));
    // And the export brings everything back.
    let back = send(&ekuiper, "POST", "/data/import", &body(&export.to_string())).await;
    assert_eq!(back.status, 200, "{back:?}");
    assert_eq!(get(&ekuiper, "/data/export").await, export);
}

#[tokio::test]
async fn a_ruleset_adds_what_is_missing_and_an_import_may_end_it() {
    let ekuiper = open().await;
    let stream = json!({"sql": "create stream a ()"});
    send(&ekuiper, "POST", "/streams", &stream).await;
    let rule = json!({"sql": "SELECT * FROM a", "actions": []}).to_string();
    let content = json!({
        "streams": {"a": "create stream a ()", "b": "create stream b ()"}, "tables": {"t": "create table t ()"},
        "rules": {"r": rule},
    });
    let body = json!({"content": content.to_string()});
    let said = send(&ekuiper, "POST", "/ruleset/import", &body).await;
    assert_eq!(said.body, "imported 1 streams, 1 tables and 1 rules");
    let exported = send(&ekuiper, "POST", "/ruleset/export", &json!({}))
        .await
        .json();
    assert_eq!(exported["streams"], content["streams"]);
    assert_eq!(get(&ekuiper, "/tables").await, json!(["t"]));
    let last = json!({"content": "{}"});
    let taken = send(&ekuiper, "POST", "/data/import?stop=1", &last).await;
    assert_eq!(taken.status, 200);
    eventually("nobody there", LIMIT, async || {
        match try_call(ekuiper.address(), None, "GET", "/ping", "").await {
            Err(AskError::Connect { .. }) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
    .unwrap();
    assert!(ekuiper.has_ended());
}
