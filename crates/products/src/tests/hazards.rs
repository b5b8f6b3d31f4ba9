use http::Method;

use super::*;

fn post(path: &str, body: &str) -> Call {
    Call {
        method: Method::POST,
        body: Some(body.to_owned().into()),
        ..Call::get(path)
    }
}

#[test]
fn nanomq_is_never_sent_what_it_cannot_read() {
    let update = |text: &str| validate(Kind::NanoMq, &post("/api/v4/config_update", text));
    for good in [
        "mqtt {\n  max_packet_size = 10KB # comment\n  keepalive_multiplier = 1.25\n}\nlisteners.tcp {\n  bind = \"0.0.0.0:1883\"\n}\n",
        "{\"http_server\": {\"port\": 8081, \"jwt\": {}}, \"list\": [1, 2, {\"a\": null}]}",
        "url=nmq-tcp://0.0.0.0:1883\nbridges.mqtt.one = {\n server = \"mqtt-tcp://10.0.0.1:1883\" // there\n}",
        "include \"other.conf\"\na = ${b} \"text\"\nsql = \"\"\"SELECT \" FROM {\"\"\"",
        "auth { password = {include \"/etc/nanomq_pwd.conf\"} }\ninclude \"a}\"\n",
        "x = [\n  { topic = \"a/#\", qos = 1 }\n  { topic = \"b/#\" }\n]",
    ] {
        assert_eq!(update(good), Ok(()), "{good}");
    }
    for (bad, line) in [
        ("{{{ bad", 1),
        ("", 1),
        ("# nothing\n", 2),
        ("mqtt {\n a = 1\n", 3),
        ("mqtt {\n a = 1\n}}\n", 3),
        ("a = 1\nb = \"open\nc = 2", 2),
        ("a = [1, 2\n", 2),
        ("a = 1\nlonely\n", 2),
        ("a =\n", 2),
        ("a = }\n", 1),
        ("a = 1\0", 1),
        ("{a = 1} more", 1),
        ("a = ${open\n", 1),
        ("a = \"\"\"open\n\n", 1),
        ("a = \"\\", 1),
    ] {
        match update(bad) {
            Err(Hazard::BrokenConfiguration(error)) => {
                assert_eq!(error.line, line, "{bad}: {error}")
            }
            other => panic!("{bad}: {other:?}"),
        }
    }
    let deep = "a = ".to_owned() + &"[".repeat(100_000);
    assert!(update(&deep).is_err());
    assert!(update(&"a = 1\n".repeat(200_000)).is_err());
    assert!(validate(Kind::Neuron, &post("/api/v4/config_update", "{{{ bad")).is_ok());
    assert!(validate(Kind::NanoMq, &post("/api/v4/mqtt/publish", "{{{ bad")).is_ok());
}

#[test]
fn nanomqs_secrets_are_hidden_and_the_mask_is_not_sent_back() {
    let shown = r#"{"code":0,"data":{"http_server":{"port":8081,"username":"admin","password":"public"},
        "tls":{"keyfile":"/etc/key.pem","key":"-----BEGIN PRIVATE KEY-----\nMII","key_password":"geheim","ca":null},
        "bridges":[{"name":"a","Password":"geheim"},"-----BEGIN RSA PRIVATE KEY-----"]}}"#;
    let masked = mask(Kind::NanoMq, "/api/v4/configuration/tls?x=1", shown.into());
    let text = String::from_utf8(masked.to_vec()).unwrap();
    for secret in ["public", "PRIVATE KEY", "MII", "geheim"] {
        assert!(!text.contains(secret), "{text}");
    }
    for kept in ["admin", "8081", "/etc/key.pem", "\"a\""] {
        assert!(text.contains(kept), "{text}");
    }
    let cut = mask(
        Kind::NanoMq,
        "/api/v4/configuration",
        shown[..200].to_owned().into(),
    );
    assert_eq!(&cut[..], MASKED.as_bytes());
    let listed = r#"{"bridges":[{"name":"a","password":"geheim"}]}"#;
    let masked = mask(Kind::NanoMq, "/api/v4/bridges", listed.into());
    assert!(!masked.windows(6).any(|part| part == b"geheim"));
    let other = r#"{"code":0,  "data":[]}"#;
    let untouched = mask(Kind::NanoMq, "/api/v4/brokers", other.into());
    assert_eq!(&untouched[..], other.as_bytes());
    let untouched = mask(Kind::Neuron, "/api/v4/configuration", shown.into());
    assert_eq!(&untouched[..], shown.as_bytes());
    for path in [
        "/api/v4/configuration/tls",
        "/api/v4/config_update",
        "/api/v4/bridges/a",
        "/api//v4/%63onfig_update/?x",
    ] {
        let back = post(path, "{\"tls\":{\"key\":\"***\"}}");
        assert_eq!(validate(Kind::NanoMq, &back), Err(Hazard::MaskedSecret));
    }
}

#[test]
fn an_import_that_deletes_first_is_told_apart() {
    for (kind, path, expected) in [
        (Kind::EKuiper, "/data/import", Err(Hazard::DeletesFirst)),
        (
            Kind::EKuiper,
            "/data/import?stop=1",
            Err(Hazard::DeletesFirst),
        ),
        (Kind::EKuiper, "/data/import?partial=1&stop=1", Ok(())),
        (
            Kind::EKuiper,
            "/async/data/import",
            Err(Hazard::DeletesFirst),
        ),
        (Kind::EKuiper, "//data/%69mport/", Err(Hazard::DeletesFirst)),
        (Kind::EKuiper, "/data/import/status", Ok(())),
        (Kind::EKuiper, "/ruleset/import", Ok(())),
        (
            Kind::NeuronEx,
            "/api/ekuiper/data/import",
            Err(Hazard::DeletesFirst),
        ),
        (Kind::NeuronEx, "/data/import", Ok(())),
        (Kind::Neuron, "/data/import", Ok(())),
    ] {
        assert_eq!(validate(kind, &post(path, "{}")), expected, "{kind} {path}");
    }
    assert!(Hazard::DeletesFirst.may_be_meant());
}

#[test]
fn what_must_not_overlap_is_known() {
    for (kind, path, expected) in [
        (Kind::Neuron, "/api/v2/global/config", true),
        (Kind::Neuron, "/api/v2/global/drivers?name=a", true),
        (Kind::Neuron, "/api/v2//glob%61l/config%", true),
        (Kind::Neuron, "/api/v2/globally", false),
        (Kind::Neuron, "/api/v2/node", false),
        (Kind::NanoMq, "/api/v4/brokers", true),
        (Kind::NeuronEx, "/api/neuron/global/config", true),
        (Kind::NeuronEx, "/api/system", false),
        (Kind::EKuiper, "/rules", false),
    ] {
        assert_eq!(serialised(kind, path), expected, "{kind} {path}");
    }
}
