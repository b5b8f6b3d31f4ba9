//! Beginnings and ends.

use std::time::Duration;

use edgeward_bus::{Bus, Delivery, PublishError};
use edgeward_mqtt::{Lane, Publish, QoS};
use tokio::io::AsyncReadExt;

use super::stand::{BOTH, Stand, message, options, publish, soon, with_will};
use crate::Limits;

#[tokio::test]
async fn a_connection_is_announced_once_and_taken_back_once() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let will = || with_will(options(protocol, "gw-1"), "up/gw-1/status");
        let (polite, _incoming) = stand.try_connect("gw-1", will()).await.unwrap();
        polite.disconnect().await;
        assert_eq!(
            stand.notes.lines(2).await,
            ["connected gw-1", "disconnected gw-1"]
        );
        let (_abrupt, incoming) = stand.try_connect("gw-1", will()).await.unwrap();
        drop(incoming);
        assert_eq!(
            stand.notes.lines(5).await[2..],
            [
                "connected gw-1",
                "up/gw-1/status: gone",
                "disconnected gw-1"
            ]
        );
        stand.broker.close().await;
        assert_eq!(stand.notes.all().len(), 5, "{:?}", stand.notes.all());
    }
}

#[tokio::test]
async fn a_kicked_client_is_gone_at_once() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let will = with_will(options(protocol, "gw-1"), "up/gw-1/status");
        let (_client, mut incoming) = stand.try_connect("gw-1", will).await.unwrap();
        let (other, mut other_incoming) = stand.connect(protocol, "gw-2").await;
        other.subscribe(&[("hail", QoS::AtMostOnce)]).await.unwrap();
        stand.broker.kick("gw-1").await;
        stand.broker.kick("nobody").await;
        soon("the end", incoming.next()).await.unwrap_err();
        assert_eq!(
            stand.notes.lines(4).await[2..],
            ["up/gw-1/status: gone", "disconnected gw-1"]
        );
        let hail = message("hail", "all", Delivery::AtMostOnce);
        stand.broker.publish(hail).await.unwrap();
        soon("the hail", other_incoming.next()).await.unwrap();
    }
}

#[tokio::test]
async fn the_old_connection_has_ended_before_its_successor_begins() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let will = || with_will(options(protocol, "gw-1"), "up/gw-1/status");
        let (_old, mut old_incoming) = stand.try_connect("gw-1", will()).await.unwrap();
        for round in 1..=10 {
            let (new, mut new_incoming) = stand.try_connect("gw-1", will()).await.unwrap();
            soon("the old one's end", old_incoming.next())
                .await
                .unwrap_err();
            new.subscribe(&[("down/gw-1", QoS::AtLeastOnce)])
                .await
                .unwrap();
            let here = publish("up/gw-1/status", "here", QoS::AtLeastOnce);
            new.publish(here, Lane::Control).await.unwrap();
            let down = message("down/gw-1", "command", Delivery::AtLeastOnce);
            stand.broker.publish(down).await.unwrap();
            let received = soon("the command", new_incoming.next()).await.unwrap();
            assert_eq!(&received.payload[..], b"command");
            assert_eq!(
                stand.notes.lines(1 + 4 * round).await[4 * round - 3..],
                [
                    "up/gw-1/status: gone",
                    "disconnected gw-1",
                    "connected gw-1",
                    "up/gw-1/status: here"
                ]
            );
            old_incoming = new_incoming;
        }
    }
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_its_place_is_free_afterwards() {
    let limits = Limits {
        max_connections: 1,
        ..Limits::default()
    };
    let stand = Stand::with_limits(limits).await;
    let (client, _incoming) = stand.connect(BOTH[1], "gw-1").await;
    assert_eq!(stand.broker.connections(), 1);
    stand
        .try_connect("gw-2", options(BOTH[1], "gw-2"))
        .await
        .err()
        .unwrap();
    stand.notes.line("refused gw-2: too_many_connections").await;
    client.disconnect().await;
    stand.notes.line("disconnected gw-1").await;
    soon("a free place", async {
        while stand.broker.connections() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stand.connect(BOTH[1], "gw-2").await;
}

#[tokio::test]
async fn a_client_that_says_nothing_is_closed() {
    let limits = Limits {
        handshake_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let stand = Stand::with_limits(limits).await;
    let mut silent = stand.dial("gw-1");
    let read = soon("the end", silent.read(&mut [0; 16])).await.unwrap();
    assert_eq!(read, 0);
    assert_eq!(
        stand.notes.lines(1).await,
        ["refused gw-1: handshake_timeout"]
    );
}

#[tokio::test]
async fn giving_up_serving_ends_the_connection() {
    let stand = Stand::new().await;
    let (near, far) = tokio::io::duplex(64 * 1024);
    let (broker, peer) = (stand.broker.clone(), stand.peer("gw-1"));
    let serving = tokio::spawn(async move { broker.serve(far, peer).await });
    let (_client, mut incoming) = edgeward_mqtt::connect(near, options(BOTH[1], "gw-1"))
        .await
        .unwrap();
    serving.abort();
    soon("the end", incoming.next()).await.unwrap_err();
    stand.notes.line("disconnected gw-1").await;
}

#[tokio::test]
async fn closing_ends_everything() {
    let stand = Stand::new().await;
    let mut clients = Vec::new();
    for n in 0..5 {
        clients.push(stand.connect(BOTH[n % 2], &format!("gw-{n}")).await);
    }
    let link = stand.broker.link();
    assert!(link.borrow().connected);
    soon("closing", stand.broker.close()).await;
    assert!(!link.borrow().connected);
    assert_eq!(stand.broker.connections(), 0);
    assert_eq!(stand.notes.all().len(), 10);
    for (_, incoming) in &mut clients {
        soon("the end", incoming.next()).await.unwrap_err();
    }
    let late = stand
        .broker
        .publish(message("hail", "", Delivery::AtMostOnce))
        .await;
    assert!(matches!(late, Err(PublishError::NotConnected)), "{late:?}");
    stand
        .try_connect("gw-1", options(BOTH[1], "gw-1"))
        .await
        .err()
        .unwrap();
    tokio::net::TcpStream::connect(stand.broker.loopback_address())
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_slow_receiver_slows_the_sender_and_loses_nothing() {
    const MESSAGES: usize = 2000;
    let stand = Stand::new().await;
    let (client, _incoming) = stand.connect(BOTH[1], "gw-1").await;
    // Nothing is received yet.
    let held = stand.notes.gate.forget_permits(usize::MAX);
    let sender = tokio::spawn(async move {
        for n in 0..MESSAGES {
            let publish = Publish {
                payload: vec![b'x'; 60_000 + n].into(),
                ..publish("up/gw-1/tunnel", "", QoS::AtMostOnce)
            };
            client.publish(publish, Lane::Bulk).await.unwrap();
        }
        client
    });
    // 120 MB do not fit on the way: the sender cannot finish.
    tokio::time::timeout(Duration::from_secs(1), async {
        while !sender.is_finished() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect_err("the sender did not wait");
    stand.notes.gate.add_permits(held);
    let lines = stand.notes.lines(1 + MESSAGES).await;
    for (n, line) in lines[1..].iter().enumerate() {
        assert_eq!(*line, format!("up/gw-1/tunnel: {} bytes", 60_000 + n));
    }
    sender.await.unwrap();
}
