use super::{Config, ServiceLimits, ServiceTarget, TargetError};

fn problems(text: &str) -> String {
    Config::parse("agent.yaml", text).unwrap_err().to_string()
}

#[test]
fn a_file_reads_into_what_it_says() {
    let config = Config::parse(
        "agent.yaml",
        "host_name: press-3\ndescription: Line 3\nservices:\n  - name: neuron\n    url: http://127.0.0.1:7000\n    kind: neuron\n  - name: flows\n    url: http://plc-gateway/\nlimits:\n  connect_timeout_ms: 250\n",
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
