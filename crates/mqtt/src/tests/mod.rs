//! Against mosquitto, and against a broker made of the codec where mosquitto cannot be made to misbehave.

mod broker;
mod lanes;
mod liveness;
mod mosquitto;
mod peer;

use std::sync::Arc;
use std::time::Duration;

use crate::{Options, Protocol, Publish, QoS};

const BOTH: [Protocol; 2] = [Protocol::V3_1_1, Protocol::V5];

fn options(protocol: Protocol, client_id: &str) -> Options {
    Options {
        protocol,
        client_id: client_id.to_owned(),
        username: None,
        password: None,
        keep_alive_s: 20,
        clean_session: true,
        will: None,
        max_packet_bytes: 256 * 1024,
        connect_timeout: Duration::from_secs(10),
    }
}

fn message(topic: &str, payload: &'static [u8], qos: QoS) -> Publish {
    Publish {
        topic: Arc::from(topic),
        payload: payload.into(),
        qos,
        retain: false,
    }
}

/// Anything that should happen soon.
async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(Duration::from_secs(60), future).await {
        Ok(output) => output,
        Err(_) => panic!("not within a minute: {what}"),
    }
}
