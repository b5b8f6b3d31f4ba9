//! The `mqtt:` block.

use edgeward_runtime::config::{self, Environment};
use serde::Deserialize;

use super::stand::block;
use crate::external::{ConfigError, MqttBlock};

/// As operators have it in their files.
const PASTED: &str = r#"
mqtt:
   # Whether to enable ssl
   useSSL: false
   addr: mqtt:1883
   username: "ecp-mqtt-cloud"
   password: "ecp-mqtt-cloud1!"
   #Maximum reconnection interval, in seconds
   maxReconnectInterval: 3
   connectTimeout: 8
   cleanSession: true
   verifyCertificate: false
   cacertFile: ""
   certFile: ""
   keyFile: ""
"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mqtt: MqttBlock,
}

fn parse(text: &str) -> Result<File, String> {
    let environment = Environment::empty();
    config::parse("edgeward.yaml", text, &environment)
        .map(|loaded| loaded.value)
        .map_err(|error| error.to_string())
}

#[test]
fn a_pasted_block_is_understood() {
    let block = parse(PASTED).unwrap().mqtt;
    assert_eq!(
        block,
        MqttBlock {
            addr: "mqtt:1883".to_owned(),
            username: "ecp-mqtt-cloud".to_owned(),
            password: "ecp-mqtt-cloud1!".to_owned(),
            max_reconnect_interval_s: 3,
            verify_certificate: false,
            ..super::stand::block(1883)
        }
    );
    block.check().unwrap();
}

#[test]
fn only_the_address_must_be_given_and_certificates_are_checked_unless_told_otherwise() {
    let block = parse("mqtt:\n  addr: broker:8883\n").unwrap().mqtt;
    assert!(block.verify_certificate && block.clean_session && !block.use_ssl);
    assert_eq!(
        (block.max_reconnect_interval_s, block.connect_timeout_s),
        (3, 8)
    );
    assert!(parse("mqtt:\n  username: edge\n").is_err());
}

#[test]
fn a_key_that_is_not_one_of_the_ten_is_refused() {
    let error = parse("mqtt:\n  addr: broker:1883\n  qos: 2\n").unwrap_err();
    assert!(error.contains("qos"), "{error}");
}

#[test]
fn addresses_are_host_and_port() {
    for (addr, host, port) in [
        ("mqtt:1883", "mqtt", 1883),
        ("10.0.0.7:8883", "10.0.0.7", 8883),
        ("[fd00::7]:1883", "fd00::7", 1883),
    ] {
        let block = MqttBlock {
            addr: addr.to_owned(),
            ..block(1)
        };
        assert_eq!(block.host_and_port().unwrap(), (host, port));
    }
    for addr in [
        "",
        "mqtt",
        "mqtt:",
        ":1883",
        "mqtt:0",
        "mqtt:70000",
        "mqtt://mqtt:1883",
        "fd00::7:1883",
    ] {
        let block = MqttBlock {
            addr: addr.to_owned(),
            ..block(1)
        };
        let error = block.check().unwrap_err();
        assert!(matches!(error, ConfigError::Address(_)), "{addr}: {error}");
    }
}

#[test]
fn what_cannot_work_is_said_before_starting() {
    let zero = MqttBlock {
        connect_timeout_s: 0,
        ..block(1)
    };
    assert_eq!(
        zero.check().unwrap_err().to_string(),
        "mqtt.connectTimeout is 0 seconds; 1 to 3600 are allowed"
    );
    let half = MqttBlock {
        use_ssl: true,
        cert_file: "/etc/edgeward/client.pem".to_owned(),
        ..block(1)
    };
    assert_eq!(
        half.check().unwrap_err().to_string(),
        "mqtt.certFile is set, but mqtt.keyFile is not; a client certificate needs both"
    );
    let missing = MqttBlock {
        use_ssl: true,
        cacert_file: "/nowhere/ca.pem".to_owned(),
        ..block(1)
    };
    assert_eq!(
        missing.check().unwrap_err().to_string(),
        "cannot read mqtt.cacertFile: /nowhere/ca.pem"
    );
    // Without TLS the files are not looked at.
    let unused = MqttBlock {
        use_ssl: false,
        ..missing
    };
    unused.check().unwrap();
}

#[test]
fn the_password_is_never_printed() {
    let block = parse(PASTED).unwrap().mqtt;
    let printed = format!("{block:?} {}", serde_json::to_string(&block).unwrap());
    assert!(!printed.contains("cloud1!"), "{printed}");
    assert!(printed.contains("\"password\":\"<hidden>\""), "{printed}");
}
