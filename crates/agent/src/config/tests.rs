use std::path::Path;
use std::time::Duration;

use super::{
    ChangeLogLevel, Config, ControlPlaneConfig, Cure, HostingConfig, ServiceLimits, ServiceTarget,
    SnapPlaces, TargetError, TrustSource,
};

fn problems(text: &str) -> String {
    Config::parse("agent.yaml", text).unwrap_err().to_string()
}

#[test]
fn a_file_reads_into_what_it_says() {
    let config = Config::parse(
        "agent.yaml",
        "host_name: press-3\ndescription: Line 3\nservices:\n  - name: neuron\n    url: http://127.0.0.1:7000\n    kind: neuron\n    key_folder: /opt/neuron/certs\n  - name: flows\n    url: http://plc-gateway/\nlimits:\n  connect_timeout_ms: 250\n",
    )
    .unwrap();
    assert_eq!(config.host_name.as_deref(), Some("press-3"));
    assert_eq!(config.description, "Line 3");
    assert_eq!(config.services[0].name.as_str(), "neuron");
    assert_eq!(
        config.services[0].target,
        ServiceTarget::new("127.0.0.1", 7000)
    );
    assert_eq!(
        (
            config.services[0].kind.as_str(),
            config.services[1].kind.as_str()
        ),
        ("neuron", "http")
    );
    assert_eq!(config.services[1].target.authority(), "plc-gateway");
    let folders = config.services.iter();
    let folders: Vec<_> = folders.map(|s| s.key_folder.as_deref()).collect();
    assert_eq!(folders, [Some(Path::new("/opt/neuron/certs")), None]);
    assert_eq!(config.limits.connect_timeout.as_millis(), 250);
    assert_eq!(
        config.limits.response_timeout,
        ServiceLimits::default().response_timeout
    );
}

#[test]
fn an_empty_file_offers_nothing() {
    assert_eq!(Config::parse("agent.yaml", "").unwrap(), Config::default());
}

/// What a person sees who got everything wrong at once.
#[test]
fn every_problem_is_named_with_its_line() {
    let text = "\
descripton: Line 3
services:
  - name: Neuron One
    url: https://127.0.0.1:7000
  - name: flows
    url: http://127.0.0.1:1880/admin
    kind: Node RED
  - name: flows
    url: http://127.0.0.1:1881
  - name: files
limits:
  connect_timeout_ms: 0
  idle_connections: many
";
    let form = problems(text);
    for expected in [
        "agent.yaml:1:1: descripton: unknown key; did you mean \"description\"?",
        "agent.yaml:10:",
        "agent.yaml:13:",
    ] {
        assert!(form.contains(expected), "{expected} in\n{form}");
    }
    let fixed = text
        .replace("descripton", "description")
        .replace("  - name: files\n", "")
        .replace("many", "1000");
    let golden = "\
agent.yaml:3:11: services.0.name: \"Neuron One\" cannot name an offered service; use 1 to 32 characters of a-z, 0-9 and \"-\", beginning with a letter or digit
agent.yaml:4:10: services.0.url: https to a local service is not supported; give the service's http address, such as http://127.0.0.1:7000
agent.yaml:6:10: services.1.url: the URL may have only a host and a port, such as http://127.0.0.1:7000; remove the path
agent.yaml:7:11: services.1.kind: write 1 to 32 characters of a-z, 0-9 and \"-\", such as neuron, or leave it out
agent.yaml:11:23: limits.connect_timeout_ms: 0 is out of range; 1 to 3600000 milliseconds are allowed
agent.yaml:12:21: limits.idle_connections: 1000 is out of range; at most 512 are allowed";
    assert_eq!(problems(&fixed), golden);
    let twice = "services:\n  - {name: a, url: \"http://x\"}\n  - {name: a, url: \"http://y\"}\n";
    assert_eq!(
        problems(twice),
        "agent.yaml:3:12: services.1.name: another service is called \"a\" already; give each its own name"
    );
    assert_eq!(
        problems("host_name: ' '\n"),
        "agent.yaml:1:12: host_name: write a name, or leave it out for the device's own"
    );
}

#[test]
fn targets_are_http_hosts_and_nothing_more() {
    for (text, host, port, authority) in [
        ("http://127.0.0.1:7000", "127.0.0.1", 7000, "127.0.0.1:7000"),
        ("http://neuron.local", "neuron.local", 80, "neuron.local"),
        ("http://[::1]:1880/", "::1", 1880, "[::1]:1880"),
        ("http://[fe80::1]", "fe80::1", 80, "[fe80::1]"),
    ] {
        let target: ServiceTarget = text.parse().unwrap();
        assert_eq!(target, ServiceTarget::new(host, port));
        assert_eq!(target.authority(), authority);
    }
    assert_eq!(
        "https://x".parse::<ServiceTarget>(),
        Err(TargetError::Https)
    );
    for bad in [
        "",
        "neuron",
        "127.0.0.1:7000",
        "ftp://x",
        "http://x:0",
        "http://x:99999",
        "http://u:p@x",
        "http://x/?a",
        "http://",
        "http://:80",
    ] {
        assert!(bad.parse::<ServiceTarget>().is_err(), "{bad}");
    }
}

/// The names and defaults that document 003 gives.
#[test]
fn the_change_log_has_the_documented_keys_and_defaults() {
    let state = Path::new("/var/lib/edgeward-agent");
    let none = SnapPlaces::default();
    let config = Config::parse("agent.yaml", "").unwrap().change_log;
    assert_eq!(
        config.location.resolve(&none, state).as_deref(),
        Ok(Path::new("/var/lib/edgeward-agent/changes.db"))
    );
    let in_a_snap = SnapPlaces {
        data: Some("/var/snap/x/7".into()),
        ..SnapPlaces::default()
    };
    assert_eq!(
        config.location.resolve(&in_a_snap, state).as_deref(),
        Ok(Path::new("/var/snap/x/7/changes.db"))
    );
    assert_eq!(
        (config.keep, config.between_checks, config.log_at_start),
        (1000, Duration::from_secs(3600), true)
    );
    assert_eq!(config.level, ChangeLogLevel::Info);

    // What `snap set` makes of the dotted names is JSON, which is YAML too.
    let text = r#"{"snaplogger": {"database": {"location": "${CARGO_MANIFEST_DIR}/c.db"}, "maximum": {"changes": {"keep": 5}},
        "duration": {"between": {"checks": "1h30m"}}, "log": {"changes": {"startup": false}, "level": "warn"}}}"#;
    let config = Config::parse("options", text).unwrap().change_log;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("c.db");
    assert_eq!(config.location.resolve(&none, state), Ok(here));
    assert_eq!(
        (config.keep, config.between_checks, config.log_at_start),
        (5, Duration::from_secs(5400), false)
    );
    assert_eq!(config.level, ChangeLogLevel::Warn);
}

#[test]
fn the_watchdog_cures_mildest_first_whatever_order_is_written() {
    let config = Config::parse("agent.yaml", "").unwrap().watchdog;
    assert_eq!(
        (config.limit, config.restarts_per_day),
        (Duration::from_secs(3600), 3)
    );
    assert_eq!(config.cure, [Cure::RestartDevice]);
    let text = "watchdog:\n  limit: 20m\n  cure: [restart-device, abort]\n  restarts_per_day: 0\n";
    let config = Config::parse("agent.yaml", text).unwrap().watchdog;
    assert_eq!(config.limit, Duration::from_secs(1200));
    assert_eq!(config.cure, [Cure::Abort, Cure::RestartDevice]);
    assert_eq!(config.restarts_per_day, 0);
}

#[test]
fn the_nats_password_has_no_default_and_is_not_shown() {
    let config = Config::parse("agent.yaml", "").unwrap();
    assert_eq!(config.nats.password, None);
    assert_eq!(config.nats.address(), "localhost:4222");
    for (url, address) in [
        ("nats://[::1]", "[::1]:4222"),
        ("nats://10.0.0.1:5", "10.0.0.1:5"),
    ] {
        let config = Config::parse("agent.yaml", &format!("nats: {{url: \"{url}\"}}")).unwrap();
        assert_eq!(config.nats.address(), address);
    }
    let text = "nats: {snapd: {password: very long indeed}, url: \"nats://10.0.0.1:4333\"}";
    let config = Config::parse("agent.yaml", text).unwrap();
    let password = config.nats.password.as_ref().unwrap();
    assert_eq!(password.expose(), "very long indeed");
    assert!(!format!("{config:?}").contains("very long"));
}

#[test]
fn what_is_wrong_about_the_device_is_named_with_its_line() {
    let text = "\
snapd: {socket: run/snapd.socket}
snaplogger:
  database: {location: $NO_SUCH_VARIABLE/x.db}
  maximum: {changes: {keep: 0}}
  duration: {between: {checks: 10ms}}
watchdog:
  limit: 0s
  cure: [abort, abort]
  restarts_per_day: 100
  restart_command: []
nats:
  url: http://localhost:4222
  snapd: {password: ''}
";
    let golden = "\
agent.yaml:1:17: snapd.socket: write the whole path, such as /run/snapd.socket
agent.yaml:3:24: snaplogger.database.location: $NO_SUCH_VARIABLE is not set in the agent's environment; write the path out
agent.yaml:4:29: snaplogger.maximum.changes.keep: 0 is out of range; 1 to 100000 are allowed
agent.yaml:5:32: snaplogger.duration.between.checks: 0.01s is out of range; 1s to 168h are allowed
agent.yaml:7:10: watchdog.limit: 0s is out of range; 1s to 168h are allowed
agent.yaml:8:9: watchdog.cure: each cure may stand there once
agent.yaml:9:21: watchdog.restarts_per_day: 100 is out of range; at most 24 are allowed
agent.yaml:10:20: watchdog.restart_command: write a program and its arguments, 1 to 16 words
agent.yaml:12:8: nats.url: write scheme, host and port, such as nats://localhost:4222
agent.yaml:13:21: nats.snapd.password: write a password, or leave it out; then there is no NATS API";
    let mut found: Vec<_> = problems(text).lines().map(str::to_owned).collect();
    let mut expected: Vec<_> = golden.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let form = problems(
        "snaplogger: {duration: {between: {checks: 1d}}, log: {level: loud}}\nwatchdog: {cure: [pray]}\n",
    );
    for expected in ["has the unit \"d\"", "\"loud\" is no log level", "pray"] {
        assert!(form.contains(expected), "{expected} in\n{form}");
    }
}

#[test]
fn an_iot_agents_control_plane_is_verified_unless_it_is_said() {
    let parse = |text: &str| Config::parse("agent.yaml", text);
    let config = parse("").unwrap();
    assert_eq!(config.control_plane, ControlPlaneConfig::Found);
    assert!(config.iot.verify_broker);
    let config = parse("control_plane: {kind: iot, verify_broker: false}").unwrap();
    assert_eq!(config.control_plane, ControlPlaneConfig::Iot);
    assert!(!config.iot.verify_broker);
    let config = parse("control_plane: {url: \"http://x:8030\"}").unwrap();
    assert_eq!(config.control_plane, ControlPlaneConfig::Iot);
    let error = problems(
        "control_plane: {kind: edgeward, url: \"x\", verify_broker: false, broker_ca_file: /x}",
    );
    for part in [
        "control_plane.url: only with kind: iot",
        "control_plane.url: \"x\" is no address",
        "control_plane.verify_broker: either name",
    ] {
        assert!(error.contains(part), "{part} in\n{error}");
    }
}

#[test]
fn where_a_device_enrols_by_itself_comes_with_a_reason_to_believe_it() {
    let fingerprint = "ab".repeat(32);
    let config = Config::parse(
        "agent.yaml",
        &format!("control_plane: {{address: \"edge:8883\", ca_fingerprint: {fingerprint}}}"),
    )
    .unwrap();
    assert_eq!(config.control_plane, ControlPlaneConfig::Edgeward);
    let enrolment = config.enrolment.unwrap();
    assert_eq!(enrolment.address, "edge:8883");
    assert_eq!(
        enrolment.trust,
        TrustSource::Fingerprint(fingerprint.parse().unwrap())
    );
    for (text, part) in [
        ("address: \"edge:8883\"", "must be said in one way"),
        (
            "address: \"edge:8883\", ca_file: /x, public_certificate: true",
            "must be said in one way",
        ),
        ("address: edge, ca_file: /x", "is not an address"),
        ("public_certificate: true", "is missing; add address"),
        (
            "kind: iot, address: \"edge:8883\", ca_file: /x",
            "only for an Edgeward",
        ),
        (
            "address: \"edge:8883\", ca_fingerprint: x",
            "control_plane.ca_fingerprint",
        ),
    ] {
        let error = problems(&format!("control_plane: {{{text}}}"));
        assert!(error.contains(part), "{text}: {part} in\n{error}");
    }
}

#[test]
fn what_may_be_hosted_is_said_and_nothing_is_unless_it_is() {
    let parse = |text: &str| Config::parse("agent.yaml", text).unwrap().hosting;
    assert_eq!(parse("description: x\n"), None);
    let hosting = parse("hosting: {engine: /run/docker.sock}\n").unwrap();
    assert_eq!(
        hosting,
        HostingConfig {
            engine: Some("/run/docker.sock".into()),
            ..HostingConfig::default()
        }
    );
    assert!((hosting.max_services, hosting.open_ports) == (8, false));
    assert!(hosting.allows_image("anything"));
    let hosting = parse(
        "hosting:\n  engine: unix:///run/podman/podman.sock\n  images: [emqx/, r.example.com/edge/]\n  max_services: 32\n  open_ports: true\n",
    )
    .unwrap();
    assert_eq!(
        hosting.engine.as_deref(),
        Some(Path::new("/run/podman/podman.sock"))
    );
    assert!(hosting.open_ports);
    assert!(hosting.allows_image("r.example.com/edge/neuron:1"));
    assert!(!hosting.allows_image("evil/emqx/neuron"));
    let told = problems(
        "hosting:\n  engine: docker.sock\n  images: [\"\"]\n  max_services: 33\n  privileged: true\n",
    );
    assert!(
        told.contains("agent.yaml:5:3: hosting.privileged: unknown key"),
        "{told}"
    );
    let told = problems("hosting:\n  engine: docker.sock\n  images: [\"\"]\n  max_services: 33\n");
    for part in [
        "agent.yaml:2:11: hosting.engine: write the whole path of the socket",
        "hosting.images.0: write what the names of images must begin with",
        "agent.yaml:4:17: hosting.max_services: 33 is out of range; 1 to 32 are allowed",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let told = problems("hosting: {max_services: 3}\n");
    assert!(told.contains("name an engine"), "{told}");
}
