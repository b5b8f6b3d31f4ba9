//! With mosquitto.

use super::mosquitto::{Mosquitto, password_file};
use super::{BOTH, message, options, soon};
use crate::{
    Client, ConnectError, Incoming, Lane, Lost, Protocol, Publish, PublishError, QoS, Received,
    SubscribeOutcome, Will, connect,
};

async fn open(mosquitto: &Mosquitto, protocol: Protocol, client_id: &str) -> (Client, Incoming) {
    connect(mosquitto.dial().await, options(protocol, client_id))
        .await
        .unwrap()
}

async fn next(incoming: &mut Incoming) -> Received {
    soon("a message", incoming.next()).await.unwrap()
}

#[tokio::test]
async fn messages_travel_both_ways_at_both_qualities_in_both_versions() {
    let mosquitto = Mosquitto::on_socket("allow_anonymous true").await;
    for protocol in BOTH {
        let (client, mut incoming) = open(&mosquitto, protocol, "traveller").await;
        let outcomes = client
            .subscribe(&[("a/+", QoS::AtLeastOnce), ("b", QoS::AtMostOnce)])
            .await
            .unwrap();
        assert_eq!(
            outcomes,
            [
                SubscribeOutcome::Granted(QoS::AtLeastOnce),
                SubscribeOutcome::Granted(QoS::AtMostOnce)
            ]
        );
        for (topic, qos) in [
            ("a/1", QoS::AtMostOnce),
            ("a/2", QoS::AtLeastOnce),
            ("b", QoS::AtMostOnce),
        ] {
            soon(
                "publish",
                client.publish(message(topic, b"hello", qos), Lane::Bulk),
            )
            .await
            .unwrap();
            let received = next(&mut incoming).await;
            assert_eq!(
                (
                    &*received.topic,
                    &received.payload[..],
                    received.qos,
                    received.retain
                ),
                (topic, &b"hello"[..], qos, false)
            );
        }
        soon("good-bye", client.disconnect()).await;
        assert!(matches!(incoming.next().await, Err(Lost::Disconnected)));
        let late = client
            .publish(message("b", b"late", QoS::AtLeastOnce), Lane::Control)
            .await;
        assert!(
            matches!(late, Err(PublishError::Lost(Lost::Disconnected))),
            "{late:?}"
        );
    }
}

#[tokio::test]
async fn large_and_many_messages_arrive_whole_and_in_order() {
    let mosquitto = Mosquitto::on_socket(
        "allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0",
    )
    .await;
    for protocol in BOTH {
        let (client, mut incoming) = open(&mosquitto, protocol, "bulk").await;
        client
            .subscribe(&[("bulk", QoS::AtMostOnce)])
            .await
            .unwrap();
        let sizes = [0, 1, 127, 128, 1000, 16_383, 16_384, 65_536, 100_000, 3];
        let sender = tokio::spawn(async move {
            for size in sizes.into_iter().cycle().take(200) {
                let publish = Publish {
                    topic: "bulk".into(),
                    payload: vec![size as u8; size].into(),
                    qos: QoS::AtMostOnce,
                    retain: false,
                };
                client.publish(publish, Lane::Bulk).await.unwrap();
            }
            client
        });
        for size in sizes.into_iter().cycle().take(200) {
            let payload = next(&mut incoming).await.payload;
            assert_eq!(payload.len(), size);
            assert!(payload.iter().all(|byte| *byte == size as u8));
        }
        sender.await.unwrap();
    }
}

#[tokio::test]
async fn only_what_was_kept_is_marked_as_retained() {
    let mosquitto = Mosquitto::on_socket("allow_anonymous true").await;
    for protocol in BOTH {
        let (client, mut incoming) = open(&mosquitto, protocol, "keeper").await;
        let kept = Publish {
            retain: true,
            ..message("kept", b"old", QoS::AtLeastOnce)
        };
        client.publish(kept.clone(), Lane::Control).await.unwrap();
        client
            .subscribe(&[("kept", QoS::AtLeastOnce)])
            .await
            .unwrap();
        assert!(next(&mut incoming).await.retain);
        client.publish(kept, Lane::Control).await.unwrap();
        assert!(!next(&mut incoming).await.retain);
    }
}

#[tokio::test]
async fn a_will_is_published_when_the_connection_is_dropped_and_not_after_a_good_bye() {
    let mosquitto = Mosquitto::on_socket("allow_anonymous true").await;
    for protocol in BOTH {
        let (watcher, mut incoming) = open(&mosquitto, protocol, "watcher").await;
        watcher
            .subscribe(&[("will/#", QoS::AtLeastOnce)])
            .await
            .unwrap();
        let with_will = |client_id: &str| {
            let mut options = options(protocol, client_id);
            options.will = Some(Will {
                topic: format!("will/{client_id}"),
                payload: "gone".into(),
                qos: QoS::AtLeastOnce,
                retain: false,
            });
            options
        };
        let (polite, _polite_incoming) = connect(mosquitto.dial().await, with_will("polite"))
            .await
            .unwrap();
        polite.disconnect().await;
        let (_abrupt, abrupt_incoming) = connect(mosquitto.dial().await, with_will("abrupt"))
            .await
            .unwrap();
        drop(abrupt_incoming);
        let will = next(&mut incoming).await;
        assert_eq!(
            (&*will.topic, &will.payload[..]),
            ("will/abrupt", &b"gone"[..])
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_words() {
    let passwords = tempfile::tempdir().unwrap();
    let file = passwords.path().join("passwords");
    password_file(&file, "edge", "right").await;
    let mosquitto = Mosquitto::on_socket(&format!(
        "allow_anonymous false\npassword_file {}",
        file.display()
    ))
    .await;
    for (protocol, words) in [
        (
            Protocol::V3_1_1,
            "the broker refused the connection: not authorized (code 5)",
        ),
        (
            Protocol::V5,
            "the broker refused the connection: not authorized (code 135)",
        ),
    ] {
        let mut wrong = options(protocol, "edge-1");
        wrong.username = Some("edge".to_owned());
        wrong.password = Some("wrong".to_owned());
        let error = connect(mosquitto.dial().await, wrong.clone())
            .await
            .err()
            .unwrap();
        assert_eq!(error.to_string(), words);
        wrong.password = Some("right".to_owned());
        connect(mosquitto.dial().await, wrong).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_access_list_forbids_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acl");
    std::fs::write(&file, "topic readwrite mine/#\n").unwrap();
    let mosquitto = Mosquitto::on_socket(&format!(
        "allow_anonymous true\nacl_file {}",
        file.display()
    ))
    .await;
    let (client, _incoming) = open(&mosquitto, Protocol::V5, "curious").await;
    let mine = message("mine/1", b"", QoS::AtLeastOnce);
    client.publish(mine, Lane::Control).await.unwrap();
    let foreign = message("theirs/1", b"", QoS::AtLeastOnce);
    let refused = client.publish(foreign, Lane::Control).await;
    assert!(
        matches!(&refused, Err(PublishError::Refused(reason)) if reason == "not authorized"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_killed_broker_is_noticed_at_once() {
    for protocol in BOTH {
        let mosquitto = Mosquitto::on_socket("allow_anonymous true").await;
        let (client, mut incoming) = open(&mosquitto, protocol, "bereft").await;
        mosquitto.kill().await;
        let lost = soon("the loss", incoming.next()).await;
        assert!(matches!(lost, Err(Lost::Closed)), "{lost:?}");
        assert!(matches!(client.closed().await, Lost::Closed));
    }
}

#[tokio::test]
async fn options_that_do_not_fit_a_packet_are_an_error() {
    let mosquitto = Mosquitto::on_socket("allow_anonymous true").await;
    for protocol in BOTH {
        let too_long = options(protocol, &"x".repeat(65_536));
        let error = connect(mosquitto.dial().await, too_long).await.err();
        assert!(matches!(error, Some(ConnectError::Options(_))), "{error:?}");
    }
}
