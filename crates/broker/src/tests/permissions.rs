//! What a client may not do.

use edgeward_mqtt::{ConnectError, Lane, Publish, QoS, SubscribeOutcome};

use super::stand::{BOTH, MAX_PAYLOAD_BYTES, Stand, options, publish, soon, with_will};

/// Publishes, expecting to be thrown out; says what was heard.
async fn thrown_out_for(publish: Publish) {
    for protocol in BOTH {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
            let stand = Stand::new().await;
            let (client, mut incoming) = stand.connect(protocol, "gw-1").await;
            let publish = Publish {
                qos,
                ..publish.clone()
            };
            let result = client.publish(publish.clone(), Lane::Control).await;
            assert!(
                qos == QoS::AtMostOnce || result.is_err(),
                "{protocol:?}: acknowledged"
            );
            soon("the end", incoming.next()).await.unwrap_err();
            let reason = if publish.retain {
                "retained"
            } else if publish.payload.len() > MAX_PAYLOAD_BYTES {
                "payload_too_large"
            } else {
                "foreign_topic"
            };
            assert_eq!(
                stand.notes.lines(3).await,
                [
                    "connected gw-1".to_owned(),
                    format!("refused gw-1: {reason}"),
                    "disconnected gw-1".to_owned()
                ]
            );
        }
    }
}

#[tokio::test]
async fn a_foreign_topic_ends_the_connection() {
    thrown_out_for(publish("up/gw-2/status", "lie", QoS::AtMostOnce)).await;
}

#[tokio::test]
async fn a_payload_that_is_too_large_ends_the_connection() {
    let large = "x".repeat(MAX_PAYLOAD_BYTES + 1);
    thrown_out_for(publish("up/gw-1/report", &large, QoS::AtMostOnce)).await;
}

#[tokio::test]
async fn a_retained_message_ends_the_connection() {
    let retained = Publish {
        retain: true,
        ..publish("up/gw-1/status", "here", QoS::AtMostOnce)
    };
    thrown_out_for(retained).await;
}

#[tokio::test]
async fn the_largest_payload_is_let_through() {
    let stand = Stand::new().await;
    for protocol in BOTH {
        let (client, _incoming) = stand.connect(protocol, "gw-1").await;
        let largest = "x".repeat(MAX_PAYLOAD_BYTES);
        let largest = publish("up/gw-1/report", &largest, QoS::AtLeastOnce);
        client.publish(largest, Lane::Control).await.unwrap();
        client.disconnect().await;
    }
    stand.notes.lines(6).await;
}

#[tokio::test]
async fn a_packet_larger_than_the_broker_reads_ends_the_connection() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let (client, mut incoming) = stand.connect(protocol, "gw-1").await;
        let huge = publish("up/gw-1/report", &"x".repeat(256 * 1024), QoS::AtMostOnce);
        match client.publish(huge, Lane::Bulk).await {
            // MQTT 5 tells the client beforehand.
            Err(edgeward_mqtt::PublishError::TooLarge { .. }) => continue,
            other => other.unwrap(),
        }
        soon("the end", incoming.next()).await.unwrap_err();
        assert_eq!(
            stand.notes.lines(3).await,
            [
                "connected gw-1",
                "refused gw-1: unreadable_packet",
                "disconnected gw-1"
            ]
        );
    }
}

#[tokio::test]
async fn a_foreign_client_id_is_not_admitted() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let error = stand
            .try_connect("gw-1", options(protocol, "gw-2"))
            .await
            .err();
        assert!(
            matches!(error, Some(ConnectError::Refused { .. })),
            "{error:?}"
        );
        assert_eq!(
            stand.notes.lines(1).await,
            ["refused gw-2: foreign_client_id"]
        );
    }
}

#[tokio::test]
async fn a_foreign_will_is_not_admitted() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let foreign = with_will(options(protocol, "gw-1"), "up/gw-2/status");
        let error = stand.try_connect("gw-1", foreign).await.err();
        assert!(
            matches!(error, Some(ConnectError::Refused { .. })),
            "{error:?}"
        );
        assert_eq!(
            stand.notes.lines(1).await,
            ["refused gw-1: foreign_will_topic"]
        );
    }
}

#[tokio::test]
async fn a_retained_will_is_not_admitted() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let mut options = with_will(options(protocol, "gw-1"), "up/gw-1/status");
        if let Some(will) = &mut options.will {
            will.retain = true;
        }
        let error = stand.try_connect("gw-1", options).await.err();
        assert!(
            matches!(error, Some(ConnectError::Refused { .. })),
            "{error:?}"
        );
        // With MQTT 5 the broker has refused it before asking, as it keeps nothing.
        assert!(
            stand
                .notes
                .all()
                .iter()
                .all(|line| line == "refused gw-1: retained_will")
        );
    }
}

#[tokio::test]
async fn only_the_exact_filters_are_granted() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let (client, _incoming) = stand.connect(protocol, "gw-1").await;
        let foreign = [
            "down/gw-2",
            "#",
            "down/+",
            "+/gw-1",
            "$share/all/down/gw-1",
            "$share/all/hail",
            "up/gw-1/status",
        ];
        for filter in foreign {
            let outcomes = client.subscribe(&[(filter, QoS::AtLeastOnce)]).await;
            let outcome = outcomes.unwrap().remove(0);
            assert!(
                matches!(outcome, SubscribeOutcome::Refused(_)),
                "{protocol:?} {filter}: {outcome:?}"
            );
        }
        let own = [("down/gw-1", QoS::AtLeastOnce), ("hail", QoS::AtMostOnce)];
        assert_eq!(
            client.subscribe(&own).await.unwrap(),
            [
                SubscribeOutcome::Granted(QoS::AtLeastOnce),
                SubscribeOutcome::Granted(QoS::AtMostOnce)
            ]
        );
        let refusals = stand.notes.lines(1 + foreign.len()).await;
        assert!(
            refusals[1..]
                .iter()
                .all(|line| line == "refused gw-1: foreign_filter"),
            "{refusals:?}"
        );
    }
}

#[tokio::test]
async fn a_process_that_finds_the_loopback_port_is_refused() {
    for protocol in BOTH {
        let stand = Stand::new().await;
        let (_served, _incoming) = stand.connect(protocol, "gw-1").await;
        let intruder = tokio::net::TcpStream::connect(stand.broker.loopback_address())
            .await
            .unwrap();
        let error = edgeward_mqtt::connect(intruder, options(protocol, "gw-1"))
            .await
            .err();
        assert!(
            matches!(error, Some(ConnectError::Refused { .. })),
            "{error:?}"
        );
        assert_eq!(
            stand.notes.lines(2).await,
            ["connected gw-1", "refused gw-1: not_a_served_connection"]
        );
    }
}
