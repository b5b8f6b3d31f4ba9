//! Neuron, eKuiper and NeuronEX.

use serde_json::json;

use super::*;

const NEURON: &str = r#"{
    "nodes": [{"name": "press", "plugin": "Modbus TCP"}, {"name": "mqtt", "plugin": "MQTT"}],
    "groups": [{"driver": "press", "group": "g", "interval": 1000}],
    "tags": [{"driver": "press", "group": "g", "tags": [
        {"name": "t", "address": "1!400001", "attribute": 1, "type": 9, "precision": 0, "decimal": 0.0, "bias": 0, "unit": ""},
        {"name": "u", "address": "1!400002", "attribute": 1, "type": 9, "precision": 2}]}],
    "subscriptions": [{"app": "mqtt", "driver": "press", "group": "g"}],
    "settings": [{"node": "mqtt", "params": {"host": "a", "port": 1883, "password": "geheim"}}]}"#;

const EKUIPER: &str = r#"{
    "streams": {"demo": "CREATE STREAM demo () WITH (DATASOURCE=\"a\")"}, "tables": {},
    "rules": {"r": "{\"id\":\"r\",\"sql\":\"SELECT * FROM demo\",\"actions\":[{\"mqtt\":{\"server\":\"tcp://a\",\"password\":\"geheim\"}}],\"options\":{\"qos\":1}}"},
    "sourceConfig": {"mqtt": "{\"one\":{\"server\":\"tcp://a\",\"qos\":1},\"two\":{\"server\":\"tcp://b\"}}"}, "Service": {}}"#;

#[test]
fn neuron_is_read_and_put_and_a_part_is_put_into_what_is_there() {
    let neuron = of(Kind::Neuron);
    assert_eq!(neuron.reading(), [Call::get("/api/v2/global/config")]);
    let present = clear(Kind::Neuron, &[NEURON]);
    let part = r#"{
        "groups": [{"driver": "press", "group": "g", "interval": 500}],
        "tags": [{"driver": "press", "group": "g", "tags": [{"name": "u", "unit": "bar"}, {"name": "new"}]}],
        "subscriptions": [{"app": "mqtt", "driver": "press", "group": "h"}],
        "settings": [{"node": "mqtt", "params": {"host": "b"}}, {"node": "press", "params": {"port": 502}}]}"#;
    let calls = neuron.writing(part, &present, Extent::Part).unwrap();
    let [call] = &calls[..] else {
        panic!("{calls:?}")
    };
    let (method, path, body) = shown(call);
    assert_eq!((&*method, &*path), ("PUT", "/api/v2/global/config"));
    assert_eq!(body["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(
        body["groups"],
        json!([{"driver": "press", "group": "g", "interval": 500}])
    );
    let tags = &body["tags"][0]["tags"];
    assert_eq!(tags[0]["name"], "t");
    assert_eq!(tags[1]["unit"], "bar");
    assert_eq!(tags[1]["address"], "1!400002");
    assert_eq!(tags[2]["name"], "new");
    assert_eq!(body["subscriptions"].as_array().unwrap().len(), 2);
    assert_eq!(
        body["settings"],
        json!([{"node": "mqtt", "params": {"host": "b", "port": 1883, "password": "geheim"}}, {"node": "press", "params": {"port": 502}}])
    );
    let written = body.to_string();
    assert_eq!(neuron.differences(part, &written, Extent::Part), []);

    let whole = neuron
        .writing("{\"nodes\": []}", &present, Extent::Whole)
        .unwrap();
    let all = json!({"nodes": [], "groups": [], "tags": [], "subscriptions": [], "settings": []});
    assert_eq!(shown(&whole[0]).2, all);
}

#[test]
fn what_differs_is_told_by_name_and_nothing_else_is() {
    let neuron = of(Kind::Neuron);
    let present = clear(Kind::Neuron, &[NEURON]);
    // The same in another order, with defaults left out.
    let same = r#"{
        "settings": [{"node": "mqtt", "params": {"password": "geheim", "port": 1883.0, "host": "a"}}],
        "nodes": [{"plugin": "MQTT", "name": "mqtt"}, {"name": "press", "plugin": "Modbus TCP"}],
        "groups": [{"driver": "press", "group": "g", "interval": 1000}],
        "tags": [{"driver": "press", "group": "g", "tags": [
            {"name": "u", "address": "1!400002", "attribute": 1, "type": 9, "precision": 2, "bias": 0},
            {"name": "t", "address": "1!400001", "attribute": 1, "type": 9}]}],
        "subscriptions": [{"app": "mqtt", "driver": "press", "group": "g", "params": null}]}"#;
    for extent in [Extent::Whole, Extent::Part] {
        assert_eq!(neuron.differences(same, &present, extent), []);
    }
    let other = same
        .replace(
            "\"password\": \"geheim\", ",
            "\"password\": \"neu\", \"x\": 1, ",
        )
        .replace("{\"plugin\": \"MQTT\", \"name\": \"mqtt\"}, ", "")
        .replace("1!400002", &"9".repeat(100));
    let differences = neuron.differences(&other, &present, Extent::Part);
    let long = format!("{}…", "9".repeat(80));
    let changed = [
        ("settings/mqtt/params/password", Some("***"), Some("***")),
        ("settings/mqtt/params/x", None, Some("1")),
        (
            "tags/press g/tags/u/address",
            Some("1!400002"),
            Some(&*long),
        ),
    ];
    assert_eq!(told(&differences), changed);
    let differences = neuron.differences(&other, &present, Extent::Whole);
    let gone = [
        ("nodes/mqtt/name", Some("mqtt"), None),
        ("nodes/mqtt/plugin", Some("MQTT"), None),
    ];
    assert_eq!(told(&differences), [&changed[..], &gone[..]].concat());
    assert!(
        !neuron
            .differences("no JSON", &present, Extent::Part)
            .is_empty()
    );
    assert!(!neuron.differences(same, "no JSON", Extent::Part).is_empty());
}

#[test]
fn ekuiper_is_imported_whole_or_in_part_and_asked_what_it_left_out() {
    let ekuiper = of(Kind::EKuiper);
    assert_eq!(ekuiper.reading(), [Call::get("/data/export")]);
    let present = clear(Kind::EKuiper, &[EKUIPER]);
    let part = r#"{"streams": {"new": "CREATE STREAM new () WITH (DATASOURCE=\"b\")"}}"#;
    let calls = ekuiper.writing(part, &present, Extent::Part).unwrap();
    let content = serde_json::from_str::<Value>(part).unwrap().to_string();
    let post = |path: &str| {
        (
            "POST".to_owned(),
            path.to_owned(),
            json!({"content": content}),
        )
    };
    let calls: Vec<_> = calls.iter().map(shown).collect();
    assert_eq!(calls, [post("/data/import?partial=1")]);
    let calls = ekuiper.writing(part, &present, Extent::Whole).unwrap();
    assert_eq!(shown(&calls[0]), post("/data/import"));
    assert_eq!(calls[1..], [Call::get("/data/import/status")]);

    let errors = r#"{"streams": {}, "rules": {"r": "Missing rule SQL."}}"#;
    let response = format!(r#"{{"ErrorMsg": "", "ConfigResponse": {errors}}}"#);
    for (call, status, body, why) in [
        (
            0,
            200,
            r#"{"ErrorMsg":"","ConfigResponse":{"rules":{}}}"#,
            None,
        ),
        (0, 200, "", None),
        (0, 400, &*response, Some("rules/r: Missing rule SQL.")),
        (0, 200, &*response, Some("rules/r: Missing rule SQL.")),
        (
            0,
            400,
            r#"{"ErrorMsg":"no object","ConfigResponse":{}}"#,
            Some("no object"),
        ),
        (
            0,
            400,
            r#"{"error":1000,"message":"Invalid body"}"#,
            Some("Invalid body"),
        ),
        (0, 500, "oh eyJabcdef", Some("500 with \"oh […]\"")),
        (1, 200, r#"{"streams":{},"rules":{}}"#, None),
        (1, 200, errors, Some("rules/r: Missing rule SQL.")),
        (1, 404, "404 page not found", None),
        (1, 500, "", Some("500 with nothing")),
    ] {
        let accepted = ekuiper.accepted(&calls[call], &answer(status, body));
        let refused = accepted.err().map(|error| match error {
            ConfigurationError::Refused { why, .. } => why,
            other => panic!("{other}"),
        });
        assert_eq!(refused.as_deref(), why, "{call} {status} {body}");
    }
}

#[test]
fn an_entry_of_ekuiper_is_replaced_as_a_whole_even_in_part() {
    let ekuiper = of(Kind::EKuiper);
    let present = clear(Kind::EKuiper, &[EKUIPER]);
    // Without the rule's options and its id, which comes by itself; of two source configurations one, without its qos.
    let part = r#"{
        "rules": {"r": "{\"sql\": \"SELECT * FROM demo\", \"actions\": [{\"mqtt\": {\"server\": \"tcp://a\", \"password\": \"geheim\"}}]}"},
        "sourceConfig": {"mqtt": "{\"one\": {\"server\": \"tcp://a\"}}"}}"#;
    let differences = ekuiper.differences(part, &present, Extent::Part);
    let gone = [
        ("rules/r/options/qos", Some("1"), None),
        ("sourceConfig/mqtt/one/qos", Some("1"), None),
    ];
    assert_eq!(told(&differences), gone);
    let shorter = r#"{"rules": {"r": "{\"sql\": \"SELECT * FROM demo\", \"actions\": [], \"options\":{\"qos\":1}}"}}"#;
    let differences = ekuiper.differences(shorter, &present, Extent::Part);
    assert_eq!(differences.len(), 3, "{differences:?}");
}

#[test]
fn neuronex_is_both_and_only_what_differs_is_written() {
    let neuronex = of(Kind::NeuronEx);
    let paths: Vec<String> = neuronex
        .reading()
        .into_iter()
        .map(|call| call.path)
        .collect();
    assert_eq!(
        paths,
        ["/api/neuron/global/config", "/api/ekuiper/data/export"]
    );
    let present = clear(Kind::NeuronEx, &[NEURON, EKUIPER]);
    let document: Value = serde_json::from_str(&present).unwrap();
    assert_eq!(document["neuron"]["nodes"][1]["name"], "mqtt");
    let part = r#"{"neuron": {"nodes": [{"name": "press", "plugin": "Modbus RTU"}]}}"#;
    let differences = neuronex.differences(part, &present, Extent::Part);
    let changed = (
        "neuron/nodes/press/plugin",
        Some("Modbus TCP"),
        Some("Modbus RTU"),
    );
    assert_eq!(told(&differences), [changed]);
    let calls = neuronex.writing(part, &present, Extent::Part).unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].path, "/api/neuron/global/config");
    let refused = neuronex.accepted(&calls[0], &answer(404, r#"{"error": 2301}"#));
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.ends_with("error 2301: it does not have a plugin"),
        "{refused}"
    );
    let whole = neuronex.writing(part, &present, Extent::Whole);
    assert!(matches!(whole, Err(ConfigurationError::Shape(_))));
    let same = neuronex
        .document(&[answer(200, NEURON), answer(200, EKUIPER)])
        .unwrap();
    assert_eq!(neuronex.writing(&same, &present, Extent::Whole), Ok(vec![]));
    let both = r#"{"neuron": {}, "ekuiper": {}}"#;
    let calls = neuronex.writing(both, &present, Extent::Whole).unwrap();
    let paths: Vec<&str> = calls.iter().map(|call| &*call.path).collect();
    let ekuiper = [
        "/api/ekuiper/data/import",
        "/api/ekuiper/data/import/status",
    ];
    assert_eq!(
        paths,
        [&["/api/neuron/global/config"][..], &ekuiper].concat()
    );
}

#[test]
fn what_is_none_of_the_products_documents_is_refused_with_the_place() {
    for (kind, document, words) in [
        (Kind::Neuron, "{\n\"nodes\": [}", "line 2"),
        (Kind::Neuron, "[]", "no object"),
        (Kind::Neuron, r#"{"streams": {}}"#, "\"streams\""),
        (Kind::Neuron, r#"{"nodes": {}}"#, "nodes is no list"),
        (
            Kind::Neuron,
            r#"{"nodes": [{"name": "a"}]}"#,
            "nodes/0 has no plugin",
        ),
        (Kind::EKuiper, r#"{"nodes": []}"#, "\"nodes\""),
        (Kind::EKuiper, r#"{"rules": []}"#, "rules is no object"),
        (
            Kind::EKuiper,
            r#"{"streams": {"a": 1}}"#,
            "streams/a is no text",
        ),
        (Kind::EKuiper, r#"{"rules": {"a": "SELECT"}}"#, "rules/a"),
        (
            Kind::EKuiper,
            r#"{"rules": {"a": "{\"id\": \"b\"}"}}"#,
            "the id \"b\"",
        ),
        (Kind::NeuronEx, r#"{"nodes": []}"#, "\"nodes\""),
        (
            Kind::NeuronEx,
            r#"{"neuron": {"nodes": 1}}"#,
            "nodes is no list",
        ),
    ] {
        let error = of(kind).check(document).unwrap_err().to_string();
        assert!(error.contains(words), "{kind} {document}: {error}");
    }
    for (kind, document) in [
        (Kind::Neuron, NEURON),
        (Kind::EKuiper, EKUIPER),
        (Kind::NeuronEx, "{}"),
    ] {
        assert_eq!(of(kind).check(document), Ok(()), "{kind}");
    }
    assert!(product(Kind::Http).configuration().is_none());
}

#[test]
fn an_answer_that_is_no_configuration_is_told_with_its_call() {
    for (kind, status, body, words) in [
        (Kind::Neuron, 401, r#"{"error": 1004}"#, "401"),
        (Kind::Neuron, 200, "[]", "no JSON"),
        (Kind::Neuron, 200, "{}", "no nodes"),
        (
            Kind::EKuiper,
            200,
            r#"{"streams": {}}"#,
            "no streams and rules",
        ),
        (Kind::NanoMq, 200, r#"{"code": 0}"#, "no data"),
        (Kind::NanoMq, 503, "", "503 with nothing"),
    ] {
        let read = of(kind).document(&[answer(status, body)]);
        let error = read.unwrap_err().to_string();
        let path = &of(kind).reading()[0].path;
        assert!(error.contains(path) && error.contains(words), "{error}");
        assert!(of(kind).document(&[]).is_err());
    }
    let long = format!(
        "{{\"nodes\": [\"{}\"]}}",
        "x".repeat(MAX_CONFIGURATION_BYTES)
    );
    let long = Answer::whole(StatusCode::OK, &HeaderMap::new(), long.into());
    let error = of(Kind::Neuron).document(&[long]).unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
}
