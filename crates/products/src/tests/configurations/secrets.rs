//! What nobody should keep: taken out of documents, and put back from what is there.

use serde_json::json;

use super::*;

const NEURON: &str = r#"{"nodes": [{"name": "a b", "plugin": "MQTT"}], "settings": [
    {"node": "a b", "params": {"host": "${node}", "password": "geheim", "ssl-key": "-----BEGIN PRIVATE KEY-----", "key": "", "token": 7}}]}"#;

const EKUIPER: &str = r#"{"streams": {"token": "CREATE STREAM token ()"}, "rules":
    {"password": "{\"id\":\"password\",\"sql\":\"SELECT 1\",\"actions\":[{\"mqtt\":{\"password\":\"geheim\",\"topic\":\"${x}\"}}]}"}}"#;

fn value(document: &str) -> Value {
    serde_json::from_str(document).unwrap()
}

#[test]
fn documents_have_placeholders_instead_of_secrets_and_are_stable() {
    let neuron = of(Kind::Neuron);
    let document = neuron.document(&[answer(200, NEURON)]).unwrap();
    let params = &value(&document)["settings"][0]["params"];
    let hidden = json!({
        "host": "${node}", "password": "${settings_a_b_params_password}",
        "ssl-key": "${settings_a_b_params_ssl-key}", "key": "", "token": "${settings_a_b_params_token}",
    });
    assert_eq!(params, &hidden);
    let again = neuron.without_secrets(&document).unwrap();
    assert_eq!(again, document);
    let other_order = NEURON
        .replace("\"host\": \"${node}\", ", "")
        .replace("\"token\": 7", "\"token\": 7, \"host\": \"${node}\"");
    assert_eq!(
        neuron.document(&[answer(200, &other_order)]).unwrap(),
        document
    );

    let document = of(Kind::EKuiper).document(&[answer(200, EKUIPER)]).unwrap();
    assert!(!document.contains("geheim"));
    assert!(document.contains("${rules_password_actions_0_mqtt_password}"));
    // Names of entries are their makers'.
    assert_eq!(
        value(&document)["streams"]["token"],
        "CREATE STREAM token ()"
    );
}

#[test]
fn secrets_come_back_from_what_is_there_or_nothing_is_written() {
    for (kind, body) in [(Kind::Neuron, NEURON), (Kind::EKuiper, EKUIPER)] {
        let configuration = of(kind);
        let present = clear(kind, &[body]);
        let document = configuration.without_secrets(&present).unwrap();
        for wanted in [
            document.clone(),
            document.replace("${rules_password_actions_0_mqtt_password}", "***"),
        ] {
            let calls = configuration
                .writing(&wanted, &present, Extent::Whole)
                .unwrap();
            let (_, _, sent) = shown(&calls[0]);
            let sent = sent.get("content").map_or(sent.to_string(), |content| {
                content.as_str().unwrap().to_owned()
            });
            assert_eq!(
                configuration.differences(&present, &sent, Extent::Whole),
                []
            );
            assert!(sent.contains("geheim"), "{sent}");
        }
        let lost = configuration.writing(&document, &document, Extent::Whole);
        match lost {
            Err(ConfigurationError::SecretsMissing(paths)) => assert!(!paths.is_empty()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn secrets_are_compared_where_both_are_known() {
    let neuron = of(Kind::Neuron);
    let present = clear(Kind::Neuron, &[NEURON]);
    let hidden = neuron.without_secrets(&present).unwrap();
    let other = present.replace("geheim", "neu");
    let both = |wanted: &str, found: &str| {
        let count = neuron.differences(wanted, found, Extent::Whole).len();
        (count, neuron.unseen(wanted, found).len())
    };
    assert_eq!(both(&present, &present), (0, 0));
    assert_eq!(both(&other, &present), (1, 0));
    assert_eq!(both(&hidden, &present), (0, 0));
    assert_eq!(both(&hidden, &hidden), (0, 0));
    assert_eq!(both(&other, &hidden), (0, 3));
}

#[test]
fn a_template_of_a_document_gives_the_document_again() {
    for (kind, body) in [(Kind::Neuron, NEURON), (Kind::EKuiper, EKUIPER)] {
        let configuration = of(kind);
        let present = clear(kind, &[body]);
        let document = configuration.without_secrets(&present).unwrap();
        let template = configuration.as_template(&document).unwrap();
        let names = placeholders(&template).unwrap();
        assert!(!names.is_empty());
        assert!(
            names
                .iter()
                .all(|name| name.contains("_params_") || name.contains("_mqtt_")),
            "{names:?}"
        );
        let keep = names
            .iter()
            .map(|name| (name.clone(), format!("${{{name}}}")));
        let filled = fill(configuration.form(), &template, &keep.collect()).unwrap();
        assert_eq!(
            configuration.differences(&document, &filled, Extent::Whole),
            []
        );
        assert_eq!(
            configuration.differences(&filled, &present, Extent::Whole),
            []
        );
        assert_eq!(configuration.without_secrets(&filled).unwrap(), document);
    }
}
