//! What existing iot-agents send: no bytes make a reader panic, and a topic that is accepted prints as the same text.
#![no_main]

use edgeward_wire::iot::Topic;
use edgeward_wire::iot::action::{Reply, Response};
use edgeward_wire::iot::health::Health;
use edgeward_wire::iot::metrics;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Reply::Response(response)) = Response::read(bytes) {
        let _ = response.said();
    }
    let _ = Health::read("d1", bytes);
    let _ = metrics::read(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(topic) = Topic::parse(text)
    {
        assert_eq!(topic.to_string(), text);
    }
});
