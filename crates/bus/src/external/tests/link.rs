//! The link with mosquitto, without TLS.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use edgeward_mqtt::{Lane, Publish, QoS};

use super::mosquitto::{Mosquitto, password_file};
use super::stand::{Stand, block, client, soon};
use crate::external::{ExternalBus, MqttBlock};
use crate::{Bus, Delivery, Message, PublishError, Receiver};

const OPEN: &str = "allow_anonymous true";

fn publish(topic: &str, qos: QoS, retain: bool) -> Publish {
    Publish {
        topic: topic.into(),
        payload: "hello".into(),
        qos,
        retain,
    }
}

fn message(topic: &str, delivery: Delivery) -> Message {
    Message {
        topic: topic.into(),
        payload: "do".into(),
        delivery,
        retained: false,
    }
}

#[tokio::test]
async fn messages_travel_both_ways() {
    let mosquitto = Mosquitto::on_port(OPEN).await;
    let mut stand = Stand::new(block(mosquitto.port));
    stand.connected(1).await;
    let link = stand.bus.link().borrow().clone();
    assert!(link.connected && link.last_error.is_none(), "{link:?}");
    assert_eq!(link.address, format!("127.0.0.1:{}", mosquitto.port));
    let (device, mut incoming) = client(mosquitto.port).await;
    device
        .subscribe(&[("down/#", QoS::AtLeastOnce)])
        .await
        .unwrap();
    for (qos, delivery) in [
        (QoS::AtMostOnce, Delivery::AtMostOnce),
        (QoS::AtLeastOnce, Delivery::AtLeastOnce),
    ] {
        let up = publish("up/status", qos, false);
        device.publish(up, Lane::Control).await.unwrap();
        let heard = stand.message().await;
        assert_eq!(
            (
                &*heard.topic,
                &heard.payload[..],
                heard.delivery,
                heard.retained
            ),
            ("up/status", &b"hello"[..], delivery, false)
        );
        stand
            .bus
            .publish(message("down/device", delivery))
            .await
            .unwrap();
        let received = soon("a message", incoming.next()).await.unwrap();
        assert_eq!(
            (&*received.topic, &received.payload[..], received.qos),
            ("down/device", &b"do"[..], qos)
        );
    }
}

/// Answers each message, and waits until the broker has the answer.
#[derive(Default)]
struct Answering {
    bus: OnceLock<Weak<ExternalBus>>,
}

#[async_trait]
impl Receiver for Answering {
    async fn receive(&self, _message: Message) {
        let bus = self.bus.get().and_then(Weak::upgrade).unwrap();
        let answer = message("down/device", Delivery::AtLeastOnce);
        bus.publish(answer).await.unwrap();
    }

    async fn connected(&self) {}
}

/// The broker's acknowledgement of the first answer comes behind the other messages.
#[tokio::test]
async fn whoever_answers_many_at_once_does_not_wait_for_ever() {
    const MANY: usize = 300;
    let mosquitto = Mosquitto::on_port(OPEN).await;
    let answering = Arc::new(Answering::default());
    let bus = ExternalBus::start(
        block(mosquitto.port),
        vec!["up/#".to_owned()],
        answering.clone(),
    );
    let bus = Arc::new(bus.unwrap());
    answering.bus.set(Arc::downgrade(&bus)).unwrap();
    let mut link = bus.link();
    soon("a connection", link.wait_for(|link| link.connected))
        .await
        .unwrap();
    let (device, mut incoming) = client(mosquitto.port).await;
    device
        .subscribe(&[("down/#", QoS::AtLeastOnce)])
        .await
        .unwrap();
    for _ in 0..MANY {
        let up = publish("up/status", QoS::AtMostOnce, false);
        device.publish(up, Lane::Bulk).await.unwrap();
    }
    for number in 0..MANY {
        let what = format!("answer {number}");
        soon(&what, incoming.next()).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_broker_had_kept_is_marked() {
    let mosquitto = Mosquitto::on_port(OPEN).await;
    let (device, _incoming) = client(mosquitto.port).await;
    let kept = publish("up/status", QoS::AtLeastOnce, true);
    device.publish(kept, Lane::Control).await.unwrap();
    let mut stand = Stand::new(block(mosquitto.port));
    assert!(stand.message().await.retained);
    let live = publish("up/status", QoS::AtLeastOnce, true);
    device.publish(live, Lane::Control).await.unwrap();
    assert!(!stand.message().await.retained);
}

#[tokio::test]
async fn after_a_crash_of_the_broker_it_connects_and_subscribes_again() {
    let mosquitto = Mosquitto::on_port(OPEN).await;
    let port = mosquitto.port;
    let mut stand = Stand::new(block(port));
    stand.connected(1).await;
    mosquitto.kill().await;
    let link = stand.link(|link| !link.connected).await;
    assert!(link.last_error.is_some());
    let refused = stand
        .bus
        .publish(message("down/device", Delivery::AtMostOnce))
        .await;
    assert!(
        matches!(refused, Err(PublishError::NotConnected)),
        "{refused:?}"
    );
    let _again = soon("the port is free again", async {
        loop {
            match Mosquitto::on_this_port(port, OPEN).await {
                Ok(mosquitto) => break mosquitto,
                Err(log) => assert!(log.contains("Address already in use"), "{log}"),
            }
        }
    })
    .await;
    stand.connected(2).await;
    let link = stand.link(|link| link.connected).await;
    assert_eq!(link.last_error, None);
    let (device, _incoming) = client(port).await;
    let up = publish("up/status", QoS::AtLeastOnce, false);
    device.publish(up, Lane::Control).await.unwrap();
    assert_eq!(&*stand.message().await.topic, "up/status");
}

#[tokio::test]
async fn a_wrong_password_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    password_file(&file, "edge", "right").await;
    let settings = format!("allow_anonymous false\npassword_file {}", file.display());
    let mosquitto = Mosquitto::on_port(&settings).await;
    let wrong = MqttBlock {
        username: "edge".to_owned(),
        password: "wrong".to_owned(),
        ..block(mosquitto.port)
    };
    assert_eq!(
        Stand::new(wrong.clone()).error().await,
        format!(
            "cannot speak MQTT to the broker at 127.0.0.1:{}: the broker refused the connection: not authorized (code 135)",
            mosquitto.port
        )
    );
    let right = MqttBlock {
        password: "right".to_owned(),
        ..wrong
    };
    Stand::new(right).connected(1).await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_said_in_words() {
    // Bound and not listening: nobody else gets it, and nobody answers.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let stand = Stand::new(block(port));
    let error = stand.error().await;
    assert!(
        error.starts_with(&format!(
            "cannot connect to the broker at 127.0.0.1:{port}: "
        )),
        "{error}"
    );
    let refused = stand
        .bus
        .publish(message("down/device", Delivery::AtLeastOnce))
        .await;
    assert!(
        matches!(refused, Err(PublishError::NotConnected)),
        "{refused:?}"
    );
    soon("closing", stand.bus.close()).await;
}

#[tokio::test]
async fn closing_says_good_bye() {
    let mut mosquitto = Mosquitto::on_port(OPEN).await;
    let mut stand = Stand::new(block(mosquitto.port));
    stand.connected(1).await;
    soon("closing", stand.bus.close()).await;
    assert!(!stand.bus.link().borrow().connected);
    // Of a client that just goes away it says "closed its connection".
    assert!(mosquitto.logged(" disconnected.").await);
}
