use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ConfigError, Environment, Loaded, parse};

#[derive(Deserialize, Debug, PartialEq, Default)]
#[serde(default)]
struct Config {
    listen: String,
    port: u16,
    #[serde(rename = "mqtt")]
    bus: Option<Mqtt>,
    database: Database,
    labels: BTreeMap<String, u8>,
    ports: Vec<u16>,
    rules: Vec<Rule>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Mqtt {
    addr: String,
    #[serde(default, rename = "useSSL")]
    use_ssl: bool,
    #[serde(default)]
    keep_alive: u16,
    #[serde(default)]
    password: Option<String>,
    level: Level,
}

#[derive(Deserialize, Debug, PartialEq, Default)]
#[serde(default)]
struct Database {
    url: String,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Rule {
    name: String,
    even: Even,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Level {
    Low,
    High,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(try_from = "u8")]
struct Even(u8);

impl TryFrom<u8> for Even {
    type Error = String;

    fn try_from(value: u8) -> Result<Self, String> {
        if value.is_multiple_of(2) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is odd"))
        }
    }
}

fn read(text: &str) -> Result<Loaded<Config>, ConfigError> {
    parse("edgeward.yaml", text, &Environment::empty())
}

fn problems(text: &str) -> Vec<String> {
    problems_with(text, &Environment::empty())
}

fn problems_with(text: &str, environment: &Environment) -> Vec<String> {
    match parse::<Config>("edgeward.yaml", text, environment) {
        Err(ConfigError::Wrong(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::new("EDGEWARD", &["EDGEWARD_URL"], variables)
}

#[test]
fn a_right_file_is_read() {
    let loaded = read(
        "listen: 127.0.0.1\nport: 8883\nmqtt:\n   # comment\n   useSSL: true\n   addr: mqtt:1883\n   password: 0123\n   level: high\nlabels: {a: 1}\nports: [1, 2]\nrules:\n  - {name: x, even: 4}\n",
    )
    .unwrap();
    let mqtt = loaded.value.bus.unwrap();
    assert_eq!(
        (mqtt.addr.as_str(), mqtt.use_ssl, mqtt.level),
        ("mqtt:1883", true, Level::High)
    );
    assert_eq!(
        mqtt.password.as_deref(),
        Some("0123"),
        "a text keeps its zeros"
    );
    assert_eq!(loaded.value.ports, [1, 2]);
    assert_eq!(loaded.value.labels["a"], 1);
    assert_eq!(loaded.value.rules[0].even, Even(4));
}

#[test]
fn nothing_and_empty_keys_mean_the_defaults() {
    for text in ["", "# only a comment\n", "database:\nport:\n", "---\n"] {
        assert_eq!(read(text).unwrap().value, Config::default(), "{text:?}");
    }
}

#[test]
fn all_problems_are_reported_at_once_with_their_places() {
    let found = problems(
        "lisen: x\nport: 70000\nmqtt:\n  keepalive: 3\n  useSSL: maybe\n  level: hihg\ndatabase: [1]\nlabels:\n  a: b\nports: [1, two, three]\nrules:\n  - name: r\n    even: 3\n  - even: 2\n    colour: red\n",
    );
    assert_eq!(
        found,
        [
            "edgeward.yaml:1:1: lisen: unknown key; did you mean \"listen\"?",
            "edgeward.yaml:2:7: port: expected a whole number from 0 to 65535, found \"70000\"",
            "edgeward.yaml:3:1: mqtt.addr: is missing",
            "edgeward.yaml:4:3: mqtt.keepalive: unknown key; did you mean \"keepAlive\"?",
            "edgeward.yaml:5:11: mqtt.useSSL: expected true or false, found \"maybe\"",
            "edgeward.yaml:6:10: mqtt.level: \"hihg\" is not one of low, high; did you mean \"high\"?",
            "edgeward.yaml:7:11: database: expected a section with keys, found a list",
            "edgeward.yaml:9:6: labels.a: expected a whole number from 0 to 255, found \"b\"",
            "edgeward.yaml:10:12: ports.1: expected a whole number from 0 to 65535, found \"two\"",
            "edgeward.yaml:10:17: ports.2: expected a whole number from 0 to 65535, found \"three\"",
            "edgeward.yaml:13:11: rules.0.even: 3 is odd",
            "edgeward.yaml:14:5: rules.1.name: is missing",
            "edgeward.yaml:15:5: rules.1.colour: unknown key; known here: name, even",
        ]
    );
}

#[test]
fn a_file_that_is_no_yaml_says_where() {
    let found = problems("listen: [1, 2\nport: 3\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("edgeward.yaml:2:"), "{}", found[0]);
    let twice = problems("port: 1\nport: 2\n");
    assert!(twice[0].starts_with("edgeward.yaml:2:1: "), "{}", twice[0]);
    assert!(!twice[0].contains('\n'));
}

#[test]
fn the_environment_wins_and_makes_sections() {
    let environment = environment(&[
        ("EDGEWARD_PORT", "9"),
        ("EDGEWARD_PORTS", "1, 2"),
        ("EDGEWARD_MQTT_ADDR", "broker:1"),
        ("EDGEWARD_MQTT_USE_SSL", "true"),
        ("EDGEWARD_MQTT_LEVEL", "low"),
        ("EDGEWARD_URL", "http://not-ours"),
        ("EDGEWARD_MQTT_LEVLE", "low"),
        ("OTHER", "x"),
    ]);
    let loaded = parse::<Config>("f", "port: 8\n", &environment).unwrap();
    assert_eq!(loaded.value.port, 9);
    assert_eq!(loaded.value.ports, [1, 2]);
    let mqtt = loaded.value.bus.unwrap();
    assert_eq!((mqtt.addr.as_str(), mqtt.use_ssl), ("broker:1", true));
    assert_eq!(loaded.unused_variables, ["EDGEWARD_MQTT_LEVLE"]);
}

#[test]
fn a_wrong_variable_is_named() {
    let found = problems_with("", &environment(&[("EDGEWARD_PORT", "many")]));
    assert_eq!(
        found,
        [
            "environment variable EDGEWARD_PORT: port: expected a whole number from 0 to 65535, found \"many\""
        ]
    );
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "s3cret\n").unwrap();
    let by_key = format!(
        "mqtt:\n  addr: a\n  level: low\n  passwordFile: {}\n",
        file.display()
    );
    assert_eq!(
        read(&by_key)
            .unwrap()
            .value
            .bus
            .unwrap()
            .password
            .as_deref(),
        Some("s3cret")
    );

    let variable = [("EDGEWARD_DATABASE_URL_FILE", file.to_str().unwrap())];
    let loaded = parse::<Config>("f", "", &environment(&variable)).unwrap();
    assert_eq!(loaded.value.database.url, "s3cret");

    let found =
        problems("mqtt:\n  addr: a\n  level: low\n  passwordFile: /nowhere/secret\nport: x\n");
    assert!(
        found[0].starts_with(
            "edgeward.yaml:4:17: mqtt.password: cannot read /nowhere/secret: No such file"
        ),
        "{found:?}"
    );
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn the_callers_problems_stand_at_the_key() {
    let mut loaded = read("port: 1\ndatabase:\n  url: ''\n").unwrap();
    loaded.problems.add("database.url", "is empty");
    loaded.problems.add("mqtt.addr", "is needed");
    assert!(loaded.problems.was_given("port"));
    let text = loaded.problems.into_result().unwrap_err().to_string();
    assert_eq!(
        text,
        "edgeward.yaml:3:8: database.url: is empty\nedgeward.yaml: mqtt.addr: is needed"
    );
}
