//! What a client may do, with our own client and with mosquitto's.

use std::process::Stdio;
use std::time::Duration;

use edgeward_bus::{Bus, Delivery};
use edgeward_mqtt::{Lane, QoS};
use tokio::process::{Child, Command};

use super::stand::{BOTH, Stand, message, publish, soon};

#[tokio::test]
async fn messages_travel_both_ways_at_both_qualities_in_both_versions() {
    let stand = Stand::new().await;
    for protocol in BOTH {
        let (client, mut incoming) = stand.connect(protocol, "gw-1").await;
        let before = stand.notes.all().len();
        client
            .subscribe(&[("down/gw-1", QoS::AtLeastOnce)])
            .await
            .unwrap();
        for (qos, delivery) in [
            (QoS::AtMostOnce, Delivery::AtMostOnce),
            (QoS::AtLeastOnce, Delivery::AtLeastOnce),
        ] {
            let up = publish("up/gw-1/status", "here", qos);
            client.publish(up, Lane::Control).await.unwrap();
            let down = message("down/gw-1", "do", delivery);
            stand.broker.publish(down).await.unwrap();
            let received = soon("the command", incoming.next()).await.unwrap();
            assert_eq!(
                (
                    &*received.topic,
                    &received.payload[..],
                    received.qos,
                    received.retain
                ),
                ("down/gw-1", &b"do"[..], qos, false)
            );
        }
        assert_eq!(
            stand.notes.lines(before + 2).await[before..],
            ["up/gw-1/status: here", "up/gw-1/status: here"]
        );
        client.disconnect().await;
        stand.notes.lines(before + 3).await;
    }
}

#[tokio::test]
async fn each_client_gets_its_own_and_what_is_for_all() {
    let stand = Stand::new().await;
    let (one, mut one_incoming) = stand.connect(BOTH[0], "gw-1").await;
    let (two, mut two_incoming) = stand.connect(BOTH[1], "gw-2").await;
    for (client, own) in [(&one, "down/gw-1"), (&two, "down/gw-2")] {
        client
            .subscribe(&[(own, QoS::AtLeastOnce), ("hail", QoS::AtMostOnce)])
            .await
            .unwrap();
    }
    for topic in ["down/gw-1", "down/gw-2", "hail"] {
        let message = message(topic, "", Delivery::AtMostOnce);
        stand.broker.publish(message).await.unwrap();
    }
    for (incoming, own) in [
        (&mut one_incoming, "down/gw-1"),
        (&mut two_incoming, "down/gw-2"),
    ] {
        for topic in [own, "hail"] {
            let received = soon("a message", incoming.next()).await.unwrap();
            assert_eq!(&*received.topic, topic);
        }
    }
}

#[tokio::test]
async fn a_burst_to_a_client_arrives_whole_and_in_order() {
    const MESSAGES: usize = 5000;
    let stand = Stand::new().await;
    let (client, mut incoming) = stand.connect(BOTH[1], "gw-1").await;
    client
        .subscribe(&[("down/gw-1", QoS::AtLeastOnce)])
        .await
        .unwrap();
    let broker = stand.broker.clone();
    let sender = tokio::spawn(async move {
        for n in 0..MESSAGES {
            let delivery = if n % 2 == 0 {
                Delivery::AtMostOnce
            } else {
                Delivery::AtLeastOnce
            };
            let message = message("down/gw-1", &n.to_string(), delivery);
            broker.publish(message).await.unwrap();
        }
    });
    for n in 0..MESSAGES {
        let received = soon("a message", incoming.next()).await.unwrap();
        assert_eq!(received.payload, n.to_string());
    }
    sender.await.unwrap();
}

fn tool(name: &str, port: u16, version: &str, arguments: &[&str]) -> Child {
    Command::new(name)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(["-V", version, "-i", "gw-1"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("this test needs mosquitto_pub and mosquitto_sub: install the Debian package \"mosquitto-clients\"")
}

#[tokio::test]
async fn mosquittos_clients_work_in_both_versions() {
    for version in ["311", "5"] {
        let stand = Stand::new().await;
        let port = stand.front("gw-1").await.port();
        for qos in ["0", "1"] {
            let status = ["-t", "up/gw-1/status", "-m", "hello", "-q", qos];
            let publishing = tool("mosquitto_pub", port, version, &status);
            let output = soon("mosquitto_pub", publishing.wait_with_output()).await;
            assert!(output.unwrap().status.success());
        }
        let lines = stand.notes.lines(6).await;
        let heard = lines.iter().filter(|line| *line == "up/gw-1/status: hello");
        assert_eq!(heard.count(), 2, "{lines:?}");

        let command = ["-t", "down/gw-1", "-q", "1", "-C", "1"];
        let subscribing = tool("mosquitto_sub", port, version, &command);
        let mut subscribing = std::pin::pin!(subscribing.wait_with_output());
        // It does not say when it has subscribed: publish until it has heard one.
        let output = soon("mosquitto_sub", async {
            loop {
                let command = message("down/gw-1", "open", Delivery::AtLeastOnce);
                stand.broker.publish(command).await.unwrap();
                let some_time = Duration::from_millis(20);
                if let Ok(output) = tokio::time::timeout(some_time, &mut subscribing).await {
                    break output.unwrap();
                }
            }
        })
        .await;
        assert_eq!(output.stdout, b"open\n");

        let foreign = ["-t", "up/gw-2/status", "-m", "lie", "-q", "1"];
        let publishing = tool("mosquitto_pub", port, version, &foreign);
        stand.notes.line("refused gw-1: foreign_topic").await;
        drop(publishing);
    }
}
