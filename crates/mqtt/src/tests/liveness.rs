//! Time: pings, silence, and peers that do not answer. The clock is the test's.

use std::time::Duration;

use rmqtt_codec::v5;
use tokio::time::Instant;

use super::broker::{Broker, publish};
use super::{message, options, soon};
use crate::{ConnectError, Lane, Lost, Protocol, QoS, connect};

#[tokio::test(start_paused = true)]
async fn an_idle_connection_pings_within_its_keep_alive() {
    let (mut broker, _client, _incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    for _ in 0..5 {
        let asked = Instant::now();
        assert!(matches!(broker.receive().await, v5::Packet::PingRequest));
        assert!(
            asked.elapsed() <= Duration::from_secs(20),
            "{:?}",
            asked.elapsed()
        );
        broker.send(v5::Packet::PingResponse).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_brokers_keep_alive_counts() {
    let answer = v5::ConnectAck {
        server_keepalive_sec: Some(4),
        ..Default::default()
    };
    let (mut broker, _client, _incoming) = Broker::with_client(answer).await;
    let asked = Instant::now();
    assert!(matches!(broker.receive().await, v5::Packet::PingRequest));
    assert!(asked.elapsed() <= Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn a_silent_broker_is_given_up() {
    let (_broker, _client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    let asked = Instant::now();
    let lost = soon("the loss", incoming.next()).await.unwrap_err();
    assert!(matches!(lost, Lost::Silent(_)), "{lost}");
    let after = asked.elapsed();
    assert!(
        after >= Duration::from_secs(30) && after <= Duration::from_secs(40),
        "{after:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_broker_is_given_up_in_the_middle_of_a_write() {
    let (_broker, client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    let large = message("large", vec![0; 200 * 1024].leak(), QoS::AtMostOnce);
    client.publish(large, Lane::Bulk).await.unwrap();
    let lost = soon("the loss", incoming.next()).await.unwrap_err();
    assert!(matches!(lost, Lost::Silent(_)), "{lost}");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_takes_nothing_does_not_make_the_broker_silent() {
    let (mut broker, client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    for _ in 0..crate::INCOMING_CAPACITY + 1 {
        broker.send(publish("flood", b"", None)).await;
    }
    let waited = tokio::time::timeout(Duration::from_secs(600), client.closed()).await;
    assert!(waited.is_err(), "{waited:?}");
    for _ in 0..crate::INCOMING_CAPACITY + 1 {
        incoming.next().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_does_not_answer_the_handshake_is_given_up() {
    let (near, _far) = tokio::io::duplex(1024);
    let error = connect(near, options(Protocol::V5, "patient")).await.err();
    assert!(
        matches!(error, Some(ConnectError::TimedOut(_))),
        "{error:?}"
    );
}
