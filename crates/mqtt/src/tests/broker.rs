//! The broker's end, packet by packet.

use futures::{SinkExt, StreamExt};
use rmqtt_codec::types::Publish as RawPublish;
use rmqtt_codec::{types, v5};
use tokio::io::DuplexStream;
use tokio_util::codec::Framed;

use super::{options, soon};
use crate::{Client, Incoming, Protocol, connect};

/// Bytes that the stream between client and broker holds.
const STREAM_BYTES: usize = 16 * 1024;

/// A broker of MQTT 5 that does what the test says.
pub(crate) struct Broker {
    pub(crate) packets: Framed<DuplexStream, v5::Codec>,
}

impl Broker {
    /// A client that is connected to a broker which answered so.
    pub(crate) async fn with_client(answer: v5::ConnectAck) -> (Self, Client, Incoming) {
        let (near, far) = tokio::io::duplex(STREAM_BYTES);
        let mut broker = Self {
            packets: Framed::new(far, v5::Codec::default()),
        };
        let handshake = async {
            assert!(matches!(broker.receive().await, v5::Packet::Connect(_)));
            broker.send(answer.into()).await;
        };
        let (connected, ()) =
            tokio::join!(connect(near, options(Protocol::V5, "client")), handshake);
        let (client, incoming) = connected.unwrap();
        (broker, client, incoming)
    }

    pub(crate) async fn receive(&mut self) -> v5::Packet {
        let packet = soon("a packet from the client", self.packets.next()).await;
        packet.expect("the client hung up").unwrap().0
    }

    pub(crate) async fn receive_publish(&mut self) -> RawPublish {
        match self.receive().await {
            v5::Packet::Publish(publish) => *publish,
            other => panic!("not a publish: {other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, packet: v5::Packet) {
        self.packets.send(packet).await.unwrap();
    }

    pub(crate) async fn acknowledge(&mut self, publish: &RawPublish) {
        self.send(v5::Packet::PublishAck(v5::PublishAck {
            packet_id: publish.packet_id.unwrap(),
            reason_code: v5::PublishAckReason::Success,
            properties: Vec::new(),
            reason_string: None,
        }))
        .await;
    }
}

pub(crate) fn publish(topic: &str, payload: &'static [u8], id: Option<u16>) -> v5::Packet {
    v5::Packet::Publish(Box::new(RawPublish {
        dup: false,
        retain: false,
        qos: if id.is_some() {
            types::QoS::AtLeastOnce
        } else {
            types::QoS::AtMostOnce
        },
        topic: topic.into(),
        packet_id: id.and_then(std::num::NonZeroU16::new),
        payload: payload.into(),
        properties: None,
    }))
}
