//! Brokers that do not speak MQTT 5: mosquitto behind a door that only lets 3.1.1 through.

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::mosquitto::Mosquitto;
use super::stand::{Stand, block, client};

/// Where the protocol level stands in a CONNECT of less than 128 bytes.
const LEVEL_OFFSET: usize = 8;

/// Answers a CONNECT of MQTT 5 so and hangs up, and passes one of 3.1.1 to the broker; gives the port.
async fn door(broker_port: u16, answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut start = [0; LEVEL_OFFSET + 1];
                stream.read_exact(&mut start).await.unwrap();
                if start[LEVEL_OFFSET] == 5 {
                    // All of it, or the hanging up would overtake the answer.
                    let mut rest = vec![0; usize::from(start[1]) + 2 - start.len()];
                    stream.read_exact(&mut rest).await.unwrap();
                    stream.write_all(answer).await.unwrap();
                    return;
                }
                let mut broker = TcpStream::connect(("127.0.0.1", broker_port))
                    .await
                    .unwrap();
                broker.write_all(&start).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut broker).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn it_falls_back_to_3_1_1() {
    use edgeward_mqtt::{Lane, Publish, QoS};
    let mosquitto = Mosquitto::on_port("allow_anonymous true").await;
    let refusal_3_1_1 = &[0x20, 2, 0, 1];
    let refusal_5 = &[0x20, 3, 0, 0x84, 0];
    for answer in [&refusal_3_1_1[..], &refusal_5[..], &[]] {
        let mut stand = Stand::new(block(door(mosquitto.port, answer).await));
        stand.connected(1).await;
        let (device, _incoming) = client(mosquitto.port).await;
        let up = Publish {
            topic: "up/status".into(),
            payload: "hello".into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        };
        device.publish(up, Lane::Control).await.unwrap();
        assert_eq!(&stand.message().await.payload[..], b"hello");
    }
}
