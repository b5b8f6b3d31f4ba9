//! A bare MQTT client with a device's identity: what an agent would never do, its certificate lets others try.

use std::sync::Arc;

use bytes::Bytes;
use edgeward_agent::state::Identity;
use edgeward_ids::AgentId;
use edgeward_mqtt::{Client, ConnectError, Incoming, Options, Protocol, Publish, QoS};
use edgeward_pki::tls::Connector;
use edgeward_wire::enrol::ALPN_MQTT;
use edgeward_wire::report::{State, Status};
use tokio::net::TcpStream;

use crate::system::LIMIT;

/// How the agent itself would connect, without a last will.
pub fn options(agent: AgentId) -> Options {
    Options {
        protocol: Protocol::V5,
        client_id: agent.to_string(),
        username: None,
        password: None,
        keep_alive_s: 15,
        clean_session: true,
        will: None,
        max_packet_bytes: u32::MAX,
        connect_timeout: LIMIT,
    }
}

/// Connects with this identity's certificate.
pub async fn connect(
    identity: &Identity,
    options: Options,
) -> Result<(Client, Incoming), ConnectError> {
    let trust = identity.server_trust();
    let connector = Connector::new(trust, Some(&identity.client()), &[ALPN_MQTT]);
    let address = &identity.mqtt[0];
    let host = address.rsplit_once(':').unwrap().0;
    let stream = TcpStream::connect(address).await.unwrap();
    let stream = connector.unwrap().connect(host, stream).await.unwrap();
    edgeward_mqtt::connect(stream, options).await
}

/// A message at QoS 0, not retained.
pub fn publish(topic: &Arc<str>, payload: impl Into<Bytes>) -> Publish {
    Publish {
        topic: topic.clone(),
        payload: payload.into(),
        qos: QoS::AtMostOnce,
        retain: false,
    }
}

/// What an agent says of its presence.
pub fn status(state: State) -> Vec<u8> {
    let status = Status {
        state,
        run: 1,
        heartbeat_s: 20,
    };
    serde_json::to_vec(&status).unwrap()
}
