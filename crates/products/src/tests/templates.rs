use std::collections::BTreeMap;

use super::*;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    pairs.collect()
}

fn json(text: &str, pairs: &[(&str, &str)]) -> serde_json::Value {
    let filled = fill(Form::Json, text, &values(pairs)).unwrap();
    serde_json::from_str(&filled).unwrap()
}

fn hocon(text: &str, pairs: &[(&str, &str)]) -> Result<String, TemplateError> {
    fill(Form::Hocon, text, &values(pairs))
}

#[test]
fn names_are_found_once_in_order_and_only_names() {
    let text = r#"{"a": "${b} ${a-1} ${b}", "${_c}": "$${d} $${${e}"}"#;
    assert_eq!(placeholders(text).unwrap(), ["b", "a-1", "_c", "e"]);
    assert_eq!(placeholders("$ { $} $a").unwrap(), Vec::<String>::new());
    let longest = "n".repeat(MAX_NAME_CHARS);
    assert_eq!(
        placeholders(&format!("${{{longest}}}")).unwrap(),
        *std::slice::from_ref(&longest)
    );
    for bad in [
        "a\n${1a}",
        "\n${a.b}",
        "\n${",
        "\n${}",
        "\n${a",
        &format!("\n${{{longest}n}}"),
    ] {
        assert_eq!(placeholders(bad), Err(TemplateError::NoName { line: 2 }));
    }
    let many = |count: usize| {
        let names = (0..count).map(|number| format!("${{n{number}}}"));
        placeholders(&names.collect::<String>()).map(|names| names.len())
    };
    assert_eq!(many(MAX_PLACEHOLDERS), Ok(MAX_PLACEHOLDERS));
    assert_eq!(many(MAX_PLACEHOLDERS + 1), Err(TemplateError::TooMany));
    assert_eq!(placeholders(&"x".repeat(MAX_TEMPLATE_BYTES)), Ok(vec![]));
    let long = placeholders(&"x".repeat(MAX_TEMPLATE_BYTES + 1));
    assert_eq!(long, Err(TemplateError::TooLong));
}

#[test]
fn all_missing_values_are_named_and_others_passed_over() {
    let filled = fill(
        Form::Json,
        r#"{"a": "${x} ${y} ${z}"}"#,
        &values(&[("y", "1"), ("q", "1")]),
    );
    let missing = vec!["x".to_owned(), "z".to_owned()];
    assert_eq!(filled, Err(TemplateError::Missing(missing)));
}

#[test]
fn a_string_that_is_nothing_but_a_placeholder_becomes_what_the_value_is() {
    for (value, expected) in [
        ("502", serde_json::json!(502)),
        ("-1.5", serde_json::json!(-1.5)),
        ("true", serde_json::json!(true)),
        ("false", serde_json::json!(false)),
        ("null", serde_json::json!("null")),
        ("007", serde_json::json!("007")),
        (" 7", serde_json::json!(" 7")),
        ("", serde_json::json!("")),
        ("{\"a\": 1}", serde_json::json!("{\"a\": 1}")),
        (
            "0.12345678901234567",
            serde_json::json!("0.12345678901234567"),
        ),
        ("18446744073709551615", serde_json::json!(u64::MAX)),
        (
            "18446744073709551616",
            serde_json::json!("18446744073709551616"),
        ),
        ("10.0.0.1", serde_json::json!("10.0.0.1")),
        ("${v}", serde_json::json!("${v}")),
    ] {
        let filled = json(r#"{"a": ["${v}"], "b": " ${v}"}"#, &[("v", value)]);
        assert_eq!(filled["a"][0], expected, "{value}");
        assert_eq!(filled["b"], format!(" {value}"));
    }
}

#[test]
fn values_are_escaped_as_deep_as_they_stand_and_never_break_out() {
    let evil = r#"a", "sql": "x" } \ "#;
    let rule = r#"{"id": "r", "sql": "SELECT 1", "note": "by ${v}", "deep": "{\"x\": \"${v}\", \"n\": \"${n}\"}"}"#;
    let template = serde_json::json!({"rules": {"${v}": rule}, "plain": "<${v}>"}).to_string();
    let filled = json(&template, &[("v", evil), ("n", "3")]);
    assert_eq!(filled["plain"], format!("<{evil}>"));
    let rule = filled["rules"][evil].as_str().unwrap();
    let rule: serde_json::Value = serde_json::from_str(rule).unwrap();
    assert_eq!(rule["note"], format!("by {evil}"));
    assert_eq!(rule["sql"], "SELECT 1");
    let deep: serde_json::Value = serde_json::from_str(rule["deep"].as_str().unwrap()).unwrap();
    assert_eq!(deep, serde_json::json!({"x": evil, "n": 3}));

    // JSON only once filled in.
    let template = serde_json::json!({"r": r#"{"n": ${n}, "m": ${v}, "t": "${v}"}"#}).to_string();
    let filled = json(&template, &[("v", evil), ("n", "3")]);
    let inner: serde_json::Value = serde_json::from_str(filled["r"].as_str().unwrap()).unwrap();
    assert_eq!(inner, serde_json::json!({"n": 3, "m": evil, "t": evil}));
    let twice = fill(Form::Json, r#"{"${a}": 1, "x": 2}"#, &values(&[("a", "x")]));
    assert_eq!(twice, Err(TemplateError::Twice("x".to_owned())));
}

#[test]
fn what_could_end_a_text_in_a_statement_is_refused() {
    let template = serde_json::json!({
        "s": "CREATE STREAM ${name} () WITH (DATASOURCE=\"${topic}\", FORMAT='json')",
    })
    .to_string();
    let fill = |name: &str, topic: &str| {
        fill(
            Form::Json,
            &template,
            &values(&[("name", name), ("topic", topic)]),
        )
    };
    let good = fill("demo_1", "plant/it's/#").unwrap();
    assert!(good.contains("STREAM demo_1 ") && good.contains("plant/it's/#"));
    for (name, topic, which) in [
        ("demo", "a\", TYPE=\"file", "topic"),
        ("demo", "a\\", "topic"),
        ("demo", "a\nb", "topic"),
        ("demo; DROP", "a", "name"),
        ("", "a", "name"),
        ("a--b", "a", "name"),
    ] {
        match fill(name, topic) {
            Err(TemplateError::Unsafe { name, .. }) => assert_eq!(name, which),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_literal_stays_one() {
    let text = r#"{"a": "$${node}", "b": "{\"x\": \"$${y}\"}", "c": "$$${z}"}"#;
    let filled = json(text, &[]);
    assert_eq!(filled["a"], "${node}");
    assert_eq!(filled["b"], r#"{"x":"${y}"}"#);
    assert_eq!(filled["c"], "$${z}");
    assert_eq!(hocon("a = $${b}\n", &[]).unwrap(), "a = ${b}\n");
}

#[test]
fn hocon_is_filled_in_where_it_stands_and_json_in_it_as_json() {
    let text = "port = ${n} # ${w}\nname = \"a ${v}\"\nwho = ${v}\nurl = tcp://${v}\nraw = \"\"\"${w}\"\"\"\nend = \"\\\"${v}\"\n";
    let evil = "a\"\nb = 1 // }";
    let filled = hocon(text, &[("n", "8081"), ("w", "word"), ("v", evil)]).unwrap();
    let quoted = r#"a\"\nb = 1 // }"#;
    let expected = format!(
        "port = 8081 # word\nname = \"a {quoted}\"\nwho = \"{quoted}\"\nurl = tcp://\"{quoted}\"\nraw = \"\"\"word\"\"\"\nend = \"\\\"{quoted}\"\n"
    );
    assert_eq!(filled, expected);
    let raw = hocon("raw = \"\"\"${v}\"\"\"", &[("v", evil)]);
    assert!(matches!(raw, Err(TemplateError::Unsafe { .. })));
    let filled = hocon(r#"{"http_server": {"port": "${n}"}}"#, &[("n", "8081")]).unwrap();
    let filled: serde_json::Value = serde_json::from_str(&filled).unwrap();
    assert_eq!(filled["http_server"]["port"], 8081);
    let no_json = fill(Form::Json, "{\n\"a\": }", &values(&[]));
    assert_eq!(no_json, Err(TemplateError::NotJson { line: 2 }));
}

#[test]
fn a_password_of_digits_stays_a_text() {
    let text = r#"{"port": "${port}", "password": "${mqttPassword}"}"#;
    let filled = json(text, &[("port", "1883"), ("mqttPassword", "1234")]);
    assert_eq!(filled["port"], 1883);
    assert_eq!(filled["password"], "1234");
}
