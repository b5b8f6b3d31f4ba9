//! NanoMQ: sections and files, and secrets that must not be lost.

use serde_json::json;

use super::*;

const SHOWN: &str = r#"{"code": 0, "data": {
    "basic": {"url": "nmq-tcp://0.0.0.0:1883", "msq_len": 2048, "property_size": 32, "allow_anonymous": true},
    "tls": {"enable": true, "url": "tls+nmq-tcp://0.0.0.0:8883", "key": "-----BEGIN PRIVATE KEY-----", "key_password": "geheim", "cacert": null},
    "auth": [{"login": "a", "password": "one"}, {"login": "b", "password": "two"}],
    "http_server": {"port": 8081, "username": "admin", "password": "public", "auth_type": "basic"},
    "something": {"new": 1}}}"#;

const FILE: &str = "mqtt {\n  property_size = 64\n}\nlisteners.tcp { bind = \"0.0.0.0:1884\" }\nlisteners.ssl {\n  bind = \"0.0.0.0:8883\"\n  keyfile = \"/k.pem\"\n  key_password = \"x\"\n}\nhttp_server { port = 8081, username = admin, password = geheim }\nauth { password = {include \"/etc/pwd\"} }\nlog.level = warn\n";

fn present() -> (String, String) {
    let clear = clear(Kind::NanoMq, &[SHOWN]);
    let hidden = of(Kind::NanoMq).without_secrets(&clear).unwrap();
    (clear, hidden)
}

#[test]
fn its_document_is_its_sections_without_secrets() {
    let (_, document) = present();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["tls"]["key"], "${tls_key}");
    assert_eq!(document["tls"]["key_password"], "${tls_key_password}");
    assert_eq!(document["auth"][1]["password"], "${auth_b_password}");
    assert_eq!(
        document["http_server"]["password"],
        "${http_server_password}"
    );
    assert_eq!(document["something"], Value::Null);
    assert_eq!(of(Kind::NanoMq).form(), Form::Hocon);
    let restart = product(Kind::NanoMq).restart().unwrap();
    assert_eq!(
        (restart.method.as_str(), &*restart.path),
        ("POST", "/api/v4/ctrl/restart")
    );
    assert!(of(Kind::NanoMq).needs_restart());
    for kind in [Kind::Neuron, Kind::EKuiper, Kind::NeuronEx, Kind::Http] {
        assert_eq!(product(kind).restart(), None);
    }
}

#[test]
fn only_changed_settings_are_sent_so_that_secrets_survive() {
    let nanomq = of(Kind::NanoMq);
    let (clear, hidden) = present();
    let part = r#"{"basic": {"msq_len": 100, "property_size": 32}, "tls": {"key": "${tls_key}"}}"#;
    let whole = hidden.replace("2048", "100");
    for present in [&clear, &hidden] {
        for (wanted, extent) in [(part, Extent::Part), (&whole, Extent::Whole)] {
            let calls = nanomq.writing(wanted, present, extent).unwrap();
            let data = json!({"data": {"basic": {"msq_len": 100}}});
            let call = ("POST".to_owned(), "/api/v4/configuration".to_owned(), data);
            assert_eq!(calls.iter().map(shown).collect::<Vec<_>>(), [call]);
            let differences = nanomq.differences(wanted, present, extent);
            assert_eq!(
                told(&differences),
                [("basic/msq_len", Some("2048"), Some("100"))]
            );
        }
        assert_eq!(nanomq.writing(&hidden, present, Extent::Whole), Ok(vec![]));
    }
    // A list is sent as a whole, and so needs all its secrets.
    let login = r#"{"auth": [{"login": "c", "password": "three"}]}"#;
    let calls = nanomq.writing(login, &clear, Extent::Part).unwrap();
    let all = json!([{"login": "a", "password": "one"}, {"login": "b", "password": "two"}, {"login": "c", "password": "three"}]);
    assert_eq!(shown(&calls[0]).2, json!({"data": {"auth": all}}));
    let lost = nanomq.writing(login, &hidden, Extent::Part);
    let paths = ["auth/a/password", "auth/b/password"].map(str::to_owned);
    assert_eq!(lost, Err(ConfigurationError::SecretsMissing(paths.into())));
    // A password that cannot be compared is written.
    let password = r#"{"http_server": {"password": "neu"}}"#;
    assert_eq!(nanomq.differences(password, &hidden, Extent::Part), []);
    assert_eq!(nanomq.unseen(password, &hidden), ["http_server/password"]);
    let calls = nanomq.writing(password, &hidden, Extent::Part).unwrap();
    assert_eq!(
        shown(&calls[0]).2["data"],
        json!({"http_server": {"password": "neu"}})
    );
}

#[test]
fn nothing_is_removed_emptied_or_masked() {
    let nanomq = of(Kind::NanoMq);
    let (clear, hidden) = present();
    let removed = nanomq.writing(r#"{"basic": {"msq_len": 1}}"#, &clear, Extent::Whole);
    match removed {
        Err(ConfigurationError::CannotRemove(paths)) => {
            assert!(
                paths.contains(&"basic/url".to_owned())
                    && paths.contains(&"http_server/port".to_owned()),
                "{paths:?}"
            );
            assert!(
                !paths
                    .iter()
                    .any(|path| path.contains("password") || path == "tls/key"),
                "{paths:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    for empty in [
        r#"{"tls": {"key": ""}}"#,
        r#"{"http_server": {"password": ""}}"#,
    ] {
        let refused = nanomq.writing(empty, &clear, Extent::Part);
        assert!(
            matches!(refused, Err(ConfigurationError::SecretsMissing(_))),
            "{empty}"
        );
    }
    let masked = nanomq.writing(r#"{"tls": {"key": "***"}}"#, &hidden, Extent::Part);
    assert_eq!(masked, Ok(vec![]));
    for bad in [
        r#"{"auth": {}}"#,
        r#"{"basic": []}"#,
        "a = 1",
        r#"{"streams": {}, "rules": {}}"#,
        "{{{ bad",
        "http_server { password = \"***\" }",
    ] {
        assert!(nanomq.check(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_file_replaces_all_and_must_name_all_secrets() {
    let nanomq = of(Kind::NanoMq);
    let (clear, hidden) = present();
    let calls = nanomq.writing(FILE, &hidden, Extent::Whole).unwrap();
    let text = Value::String(FILE.to_owned());
    assert_eq!(
        shown(&calls[0]),
        ("POST".to_owned(), "/api/v4/config_update".to_owned(), text)
    );
    assert_eq!(calls.len(), 1);
    let part = nanomq.writing(FILE, &hidden, Extent::Part);
    assert_eq!(part, Err(ConfigurationError::AlwaysWhole));
    for (line, path) in [
        ("  keyfile = \"/k.pem\"\n", "tls/key"),
        ("  key_password = \"x\"\n", "tls/key_password"),
        (", password = geheim", "http_server/password"),
        (
            "auth { password = {include \"/etc/pwd\"} }\n",
            "auth/a/password",
        ),
    ] {
        match nanomq.writing(&FILE.replace(line, ""), &clear, Extent::Whole) {
            Err(ConfigurationError::SecretsMissing(paths)) => assert_eq!(paths[0], path),
            other => panic!("{line}: {other:?}"),
        }
    }
    let token = FILE.replace("password = geheim", "auth_type = jwt");
    assert!(nanomq.writing(&token, &hidden, Extent::Whole).is_ok());
    // Named only: taken from what is there, or refused.
    let named = FILE.replace("geheim", "${http_server_password}");
    let calls = nanomq.writing(&named, &clear, Extent::Whole).unwrap();
    let text = FILE.replace("geheim", "\"public\"");
    assert_eq!(shown(&calls[0]).2, Value::String(text));
    let paths = vec!["http_server/password".to_owned()];
    let refused = nanomq.writing(&named, &hidden, Extent::Whole);
    assert_eq!(refused, Err(ConfigurationError::SecretsMissing(paths)));
}

#[test]
fn what_of_a_file_shows_is_compared_and_the_rest_told() {
    let nanomq = of(Kind::NanoMq);
    let (clear, _) = present();
    let differences = nanomq.differences(FILE, &clear, Extent::Whole);
    assert_eq!(
        told(&differences),
        [
            ("basic/property_size", Some("32"), Some("64")),
            (
                "basic/url",
                Some("nmq-tcp://0.0.0.0:1883"),
                Some("nmq-tcp://0.0.0.0:1884")
            ),
            ("http_server/password", Some("***"), Some("***")),
            ("tls/key_password", Some("***"), Some("***")),
        ]
    );
    let unseen = nanomq.unseen(FILE, &clear);
    assert_eq!(
        unseen,
        [
            "auth/password/include",
            "listeners/ssl/keyfile",
            "log/level"
        ]
    );
}

#[test]
fn refusals_are_in_words() {
    let nanomq = of(Kind::NanoMq);
    let (_, hidden) = present();
    let call = &nanomq.writing(FILE, &hidden, Extent::Whole).unwrap()[0];
    for (status, body, why) in [
        (200, "{\"code\":0}", None),
        (200, "", None),
        (200, "{\"code\":117}", Some("error 117: this is no HOCON")),
        (
            400,
            "{\"code\":118}",
            Some("error 118: it cannot write its configuration file"),
        ),
        (404, "{\"code\":102}", Some("error 102")),
        (500, "{\"code\":99}", Some("500 with \"{\"code\":99}\"")),
    ] {
        let refused = nanomq.accepted(call, &answer(status, body)).err();
        let refused = refused.map(|error| match error {
            ConfigurationError::Refused { path, why } => {
                assert_eq!(path, "/api/v4/config_update");
                why
            }
            other => panic!("{other}"),
        });
        assert_eq!(refused.as_deref(), why, "{body}");
    }
}
