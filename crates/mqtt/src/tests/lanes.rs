//! Order, limits and back-pressure.

use std::num::NonZeroU16;

use rmqtt_codec::v5;

use super::broker::{Broker, publish};
use super::{message, options, soon};
use crate::{
    ConnectError, Lane, Lost, Protocol, Publish, PublishError, QoS, SubscribeOutcome, connect,
};

fn bulk(size: usize) -> Publish {
    Publish {
        topic: "bulk".into(),
        payload: vec![7; size].into(),
        qos: QoS::AtMostOnce,
        retain: false,
    }
}

#[tokio::test]
async fn a_control_message_overtakes_the_bulk_that_waits() {
    let (mut broker, client, _incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    // The broker reads nothing yet: one batch is on its way, the lane fills up behind it.
    let filling = client.clone();
    let filler = tokio::spawn(async move {
        for _ in 0..40 {
            filling.publish(bulk(64 * 1024), Lane::Bulk).await.unwrap();
        }
    });
    // The batch, and a full lane.
    let on_the_way = soon("the lane is full", async {
        loop {
            let waiting = crate::LANE_CAPACITY - client.bulk_capacity();
            if waiting == crate::LANE_CAPACITY {
                break waiting;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(on_the_way, crate::LANE_CAPACITY);
    client
        .publish(message("status", b"here", QoS::AtMostOnce), Lane::Control)
        .await
        .unwrap();
    let mut before = 0;
    while &*broker.receive_publish().await.topic == "bulk" {
        before += 1;
    }
    // 128 KiB per write: two messages of 64 KiB, or one more where the first had been taken alone.
    assert!(before <= 3, "{before} bulk messages went first");
    for _ in before..40 {
        assert_eq!(&*broker.receive_publish().await.topic, "bulk");
    }
    filler.await.unwrap();
}

#[tokio::test]
async fn the_brokers_receive_maximum_holds_back_the_next_message() {
    let answer = v5::ConnectAck {
        receive_max: NonZeroU16::MIN,
        ..Default::default()
    };
    let (mut broker, client, _incoming) = Broker::with_client(answer).await;
    let publishing = |topic: &'static str| {
        let client = client.clone();
        tokio::spawn(async move {
            client
                .publish(message(topic, b"", QoS::AtLeastOnce), Lane::Bulk)
                .await
        })
    };
    let first = publishing("first");
    let one = broker.receive_publish().await;
    let second = publishing("second");
    // The second is given every chance to go out. A message at QoS 0 is not held back, and shows that the second is.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    client
        .publish(message("free", b"", QoS::AtMostOnce), Lane::Bulk)
        .await
        .unwrap();
    assert_eq!(&*broker.receive_publish().await.topic, "free");
    broker.acknowledge(&one).await;
    first.await.unwrap().unwrap();
    let two = broker.receive_publish().await;
    assert_eq!(&*two.topic, "second");
    broker.acknowledge(&two).await;
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_message_larger_than_the_broker_takes_is_not_sent() {
    let answer = v5::ConnectAck {
        max_packet_size: Some(100),
        ..Default::default()
    };
    let (mut broker, client, _incoming) = Broker::with_client(answer).await;
    // Fixed header 2, topic 2 + 4, properties 1.
    let result = client.publish(bulk(100 - 9 + 1), Lane::Bulk).await;
    assert!(
        matches!(
            result,
            Err(PublishError::TooLarge {
                size: 101,
                max: 100
            })
        ),
        "{result:?}"
    );
    client.publish(bulk(100 - 9), Lane::Bulk).await.unwrap();
    assert_eq!(broker.receive_publish().await.payload.len(), 91);
}

#[tokio::test]
async fn a_packet_larger_than_allowed_ends_the_connection() {
    let (mut broker, _client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    let huge = vec![0; 256 * 1024 + 1].leak();
    let sending = tokio::spawn(async move {
        let _ = futures::SinkExt::send(&mut broker.packets, publish("huge", huge, None)).await;
    });
    let lost = soon("the loss", incoming.next()).await.unwrap_err();
    assert!(lost.to_string().contains("Max size exceeded"), "{lost}");
    sending.await.unwrap();
}

#[tokio::test]
async fn a_message_is_acknowledged_when_the_next_is_asked_for() {
    let (mut broker, client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    broker.send(publish("first", b"1", Some(11))).await;
    broker.send(publish("second", b"2", Some(12))).await;
    assert_eq!(&*incoming.next().await.unwrap().topic, "first");
    // Nothing is acknowledged yet: this message is the next that the broker sees.
    client
        .publish(message("marker", b"", QoS::AtMostOnce), Lane::Control)
        .await
        .unwrap();
    assert_eq!(&*broker.receive_publish().await.topic, "marker");
    assert_eq!(&*incoming.next().await.unwrap().topic, "second");
    match broker.receive().await {
        v5::Packet::PublishAck(ack) => assert_eq!(ack.packet_id.get(), 11),
        other => panic!("not an acknowledgement: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_not_taken_is_not_read() {
    let (mut broker, _client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    let sent = tokio::spawn(async move {
        for _ in 0..1000 {
            broker.send(publish("flood", &[0; 4096], None)).await;
        }
        broker
    });
    // As long as nothing is taken, the broker cannot finish: queue, buffer and stream hold far less than 4 MB.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!sent.is_finished());
    for _ in 0..1000 {
        soon("a message", incoming.next()).await.unwrap();
    }
    sent.await.unwrap();
}

#[tokio::test]
async fn a_topic_with_a_wildcard_is_not_published_to() {
    let (_broker, client, _incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    for topic in ["", "a/+", "#", "nul\0"] {
        let result = client
            .publish(message(topic, b"", QoS::AtMostOnce), Lane::Bulk)
            .await;
        assert!(matches!(result, Err(PublishError::Topic(_))), "{topic:?}");
    }
}

#[tokio::test]
async fn dropping_the_receiving_half_ends_the_connection() {
    let (mut broker, client, incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    drop(incoming);
    assert!(matches!(
        soon("the end", client.closed()).await,
        Lost::Dropped
    ));
    assert!(
        soon(
            "the end of the stream",
            futures::StreamExt::next(&mut broker.packets)
        )
        .await
        .is_none()
    );
}

#[tokio::test]
async fn a_broker_that_only_knows_3_1_1_is_told_apart() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for (answer, closes) in [(&[0x20, 2, 0, 1][..], false), (&[][..], true)] {
        let (near, mut far) = tokio::io::duplex(1024);
        let broker = async move {
            let _ = far.read(&mut [0; 1024]).await.unwrap();
            far.write_all(answer).await.unwrap();
            far
        };
        let (result, _far) =
            tokio::join!(connect(near, options(Protocol::V5, "modern")), async move {
                let far = broker.await;
                (!closes).then_some(far)
            });
        match result.err() {
            Some(ConnectError::UnsupportedVersion) if !closes => {}
            Some(ConnectError::Closed) if closes => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn each_filter_has_its_own_outcome() {
    let (mut broker, client, _incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    let subscribing = tokio::spawn(async move {
        client
            .subscribe(&[("mine", QoS::AtLeastOnce), ("theirs", QoS::AtMostOnce)])
            .await
    });
    let v5::Packet::Subscribe(subscribe) = broker.receive().await else {
        panic!("not a subscription");
    };
    broker
        .send(v5::Packet::SubscribeAck(v5::SubscribeAck {
            packet_id: subscribe.packet_id,
            properties: Vec::new(),
            reason_string: Some("ask the operator".into()),
            status: vec![
                v5::SubscribeAckReason::GrantedQos1,
                v5::SubscribeAckReason::NotAuthorized,
            ],
        }))
        .await;
    assert_eq!(
        subscribing.await.unwrap().unwrap(),
        [
            SubscribeOutcome::Granted(QoS::AtLeastOnce),
            SubscribeOutcome::Refused("not authorized: ask the operator".to_owned())
        ]
    );
}

#[tokio::test]
async fn the_broker_says_why_it_ends_the_connection() {
    let (mut broker, _client, mut incoming) = Broker::with_client(v5::ConnectAck::default()).await;
    let reason = v5::DisconnectReasonCode::SessionTakenOver;
    broker.send(v5::Disconnect::new(reason).into()).await;
    let lost = soon("the loss", incoming.next()).await.unwrap_err();
    assert_eq!(
        lost.to_string(),
        "the broker ended the connection: session taken over"
    );
}
