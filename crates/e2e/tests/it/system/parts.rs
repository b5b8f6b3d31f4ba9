//! Which database and which broker a story has, and a broker as an operator would run it.

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use edgeward_server::config::Config;
use edgeward_server::keys::Keys;
use edgeward_testkit::mosquitto::{Mosquitto, MosquittoOptions};
use serde_json::Value;

/// What the control plane is called by an operator's own broker, and its password.
const BROKER_USER: &str = "control-plane";
const BROKER_PASSWORD: &str = "not secret";

/// How long the own broker's certificate lasts.
const CERTIFICATE_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Which broker agents connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broker {
    Embedded,
    Mosquitto,
}

/// What a control plane is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    pub database: Database,
    pub broker: Broker,
}

/// Everything inside the control plane, as `edgeward up` has it.
pub const EMBEDDED: Parts = Parts {
    database: Database::Sqlite,
    broker: Broker::Embedded,
};

/// Everything the operator's own.
pub const OPERATORS_OWN: Parts = Parts {
    database: Database::Postgres,
    broker: Broker::Mosquitto,
};

/// Makes two tests of each story `async fn name(parts: Parts)`: one with the embedded parts, one with the operator's own.
macro_rules! with_both_parts {
    ($($story:ident,)+) => {
        mod embedded {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story($crate::system::EMBEDDED).await;
                }
            )+
        }

        mod operators_own {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story($crate::system::OPERATORS_OWN).await;
                }
            )+
        }
    };
}
pub(crate) use with_both_parts;

/// A mosquitto that believes the control plane's CA, and that the configuration leads to.
pub async fn own_broker(config: &mut Config, address: Ipv4Addr) -> Mosquitto {
    let now = SystemTime::now();
    let authority = Keys::open(&config.data_dir, now).unwrap().authority;
    let identity = authority.issue_server(&[address.to_string()], CERTIFICATE_LIFETIME, now);
    let identity = identity.unwrap();
    let broker = Mosquitto::start(MosquittoOptions {
        client_ca_pem: authority.certificate_pem().to_owned(),
        certificate_pem: identity.certificate_pem,
        key_pem: identity.key_pem,
        control_plane_user: BROKER_USER.to_owned(),
        control_plane_password: BROKER_PASSWORD.to_owned(),
        address,
    });
    let broker = broker.await.unwrap();
    config.mqtt = Some(serde_json::from_value(mqtt_block(&broker)).unwrap());
    config.agent_port.broker_addresses = vec![broker.tls_address().to_string()];
    broker
}

/// The `mqtt:` block that leads to this broker.
pub fn mqtt_block(broker: &Mosquitto) -> Value {
    serde_json::json!({
        "addr": broker.plain_address().to_string(),
        "username": BROKER_USER,
        "password": BROKER_PASSWORD,
    })
}
