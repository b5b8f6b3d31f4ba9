//! Packets of both protocol versions, as this crate needs them.
//!
//! Everything but PUBLISH goes through the codec crate. PUBLISH, which carries all the load, is written here without an
//! allocation; its two versions differ in one byte.

use std::num::NonZeroU16;

use bytes::{BufMut, BytesMut};
use rmqtt_codec::error::{DecodeError, EncodeError};
use rmqtt_codec::types::Publish as RawPublish;
use rmqtt_codec::v5::{PublishAckReason, SubscribeAckReason};
use rmqtt_codec::{types, v3, v5};
use tokio_util::codec::{Decoder, Encoder};

use crate::message::{Protocol, Publish, QoS, SubscribeOutcome};

pub(crate) type PacketId = NonZeroU16;

/// The largest content of a packet that four length bytes can say.
pub(crate) const MAX_CONTENT_BYTES: usize = 268_435_455;

/// What goes out after the handshake.
pub(crate) enum Outgoing {
    Publish {
        publish: Publish,
        /// Present at QoS 1.
        id: Option<PacketId>,
    },
    Acknowledge {
        id: PacketId,
    },
    Subscribe {
        id: PacketId,
        filters: Vec<(String, QoS)>,
    },
    Ping,
    Disconnect,
}

/// What comes in after the handshake.
pub(crate) enum Inbound {
    Publish(Box<RawPublish>),
    Published {
        id: PacketId,
        result: Result<(), String>,
    },
    Subscribed {
        id: PacketId,
        outcomes: Vec<SubscribeOutcome>,
    },
    Pong,
    /// The broker ends the connection and says why (MQTT 5).
    Ended(String),
    /// Nothing that a broker may send to this client.
    Unexpected(&'static str),
}

/// Reads and writes packets of one version.
pub(crate) enum Codec {
    V3(v3::Codec),
    V5(v5::Codec),
}

impl Codec {
    pub(crate) fn new(protocol: Protocol, max_packet_bytes: u32) -> Self {
        match protocol {
            Protocol::V3_1_1 => Self::V3(v3::Codec::new(max_packet_bytes)),
            Protocol::V5 => Self::V5(v5::Codec::new(max_packet_bytes, 0)),
        }
    }

    /// The next whole packet in the buffer.
    pub(crate) fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Inbound>, DecodeError> {
        Ok(match self {
            Self::V3(codec) => codec.decode(buffer)?.map(|(packet, _)| from_v3(packet)),
            Self::V5(codec) => codec.decode(buffer)?.map(|(packet, _)| from_v5(packet)),
        })
    }

    /// Writes a packet to the end of the buffer.
    pub(crate) fn encode(
        &mut self,
        outgoing: Outgoing,
        buffer: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        match (outgoing, self) {
            (Outgoing::Publish { publish, id }, Self::V3(_)) => {
                encode_publish(Protocol::V3_1_1, &publish, id, buffer);
                Ok(())
            }
            (Outgoing::Publish { publish, id }, Self::V5(_)) => {
                encode_publish(Protocol::V5, &publish, id, buffer);
                Ok(())
            }
            (outgoing, Self::V3(codec)) => match to_v3(outgoing) {
                Some(packet) => codec.encode(packet, buffer),
                None => Ok(()),
            },
            (outgoing, Self::V5(codec)) => match to_v5(outgoing) {
                Some(packet) => codec.encode(packet, buffer),
                None => Ok(()),
            },
        }
    }
}

/// The size of the whole PUBLISH packet.
pub(crate) fn publish_bytes(protocol: Protocol, publish: &Publish) -> usize {
    let content = publish_content_bytes(protocol, publish);
    let length_bytes = match content {
        0..=127 => 1,
        128..=16_383 => 2,
        16_384..=2_097_151 => 3,
        _ => 4,
    };
    1 + length_bytes + content
}

fn publish_content_bytes(protocol: Protocol, publish: &Publish) -> usize {
    let id = match publish.qos {
        QoS::AtMostOnce => 0,
        QoS::AtLeastOnce => 2,
    };
    let properties = match protocol {
        Protocol::V3_1_1 => 0,
        Protocol::V5 => 1,
    };
    2 + publish.topic.len() + id + properties + publish.payload.len()
}

fn encode_publish(
    protocol: Protocol,
    publish: &Publish,
    id: Option<PacketId>,
    buffer: &mut BytesMut,
) {
    buffer.reserve(publish_bytes(protocol, publish));
    buffer.put_u8(0x30 | if id.is_some() { 0x02 } else { 0 } | u8::from(publish.retain));
    let mut rest = publish_content_bytes(protocol, publish);
    loop {
        let low = (rest % 128) as u8;
        rest /= 128;
        if rest == 0 {
            buffer.put_u8(low);
            break;
        }
        buffer.put_u8(low | 0x80);
    }
    // The topic's length was checked when the message was queued.
    buffer.put_u16(publish.topic.len() as u16);
    buffer.put_slice(publish.topic.as_bytes());
    if let Some(id) = id {
        buffer.put_u16(id.get());
    }
    if protocol == Protocol::V5 {
        buffer.put_u8(0);
    }
    buffer.put_slice(&publish.payload);
}

pub(crate) fn raw_qos(qos: QoS) -> types::QoS {
    match qos {
        QoS::AtMostOnce => types::QoS::AtMostOnce,
        QoS::AtLeastOnce => types::QoS::AtLeastOnce,
    }
}

fn to_v3(outgoing: Outgoing) -> Option<v3::Packet> {
    Some(match outgoing {
        Outgoing::Publish { .. } => return None,
        Outgoing::Acknowledge { id } => v3::Packet::PublishAck { packet_id: id },
        Outgoing::Subscribe { id, filters } => v3::Packet::Subscribe {
            packet_id: id,
            topic_filters: filters
                .into_iter()
                .map(|(filter, qos)| (filter.into(), raw_qos(qos)))
                .collect(),
        },
        Outgoing::Ping => v3::Packet::PingRequest,
        Outgoing::Disconnect => v3::Packet::Disconnect,
    })
}

fn to_v5(outgoing: Outgoing) -> Option<v5::Packet> {
    Some(match outgoing {
        Outgoing::Publish { .. } => return None,
        Outgoing::Acknowledge { id } => v5::Packet::PublishAck(v5::PublishAck {
            packet_id: id,
            reason_code: PublishAckReason::Success,
            properties: Vec::new(),
            reason_string: None,
        }),
        Outgoing::Subscribe { id, filters } => v5::Packet::Subscribe(v5::Subscribe {
            packet_id: id,
            id: None,
            user_properties: Vec::new(),
            topic_filters: filters
                .into_iter()
                .map(|(filter, qos)| {
                    let options = v5::SubscriptionOptions {
                        qos: raw_qos(qos),
                        ..Default::default()
                    };
                    (filter.into(), options)
                })
                .collect(),
        }),
        Outgoing::Ping => v5::Packet::PingRequest,
        Outgoing::Disconnect => v5::Packet::Disconnect(v5::Disconnect::default()),
    })
}

fn from_v3(packet: v3::Packet) -> Inbound {
    match packet {
        v3::Packet::Publish(publish) => Inbound::Publish(publish),
        v3::Packet::PublishAck { packet_id } => Inbound::Published {
            id: packet_id,
            result: Ok(()),
        },
        v3::Packet::SubscribeAck { packet_id, status } => Inbound::Subscribed {
            id: packet_id,
            outcomes: status
                .into_iter()
                .map(|status| match status {
                    v3::SubscribeReturnCode::Success(types::QoS::AtMostOnce) => {
                        SubscribeOutcome::Granted(QoS::AtMostOnce)
                    }
                    v3::SubscribeReturnCode::Success(_) => {
                        SubscribeOutcome::Granted(QoS::AtLeastOnce)
                    }
                    v3::SubscribeReturnCode::Failure => {
                        SubscribeOutcome::Refused("the broker gave no reason".to_owned())
                    }
                })
                .collect(),
        },
        v3::Packet::PingResponse => Inbound::Pong,
        _ => Inbound::Unexpected("a packet that only clients send, or one of QoS 2"),
    }
}

fn from_v5(packet: v5::Packet) -> Inbound {
    match packet {
        v5::Packet::Publish(publish) => Inbound::Publish(publish),
        v5::Packet::PublishAck(ack) => Inbound::Published {
            id: ack.packet_id,
            result: match ack.reason_code {
                PublishAckReason::Success | PublishAckReason::NoMatchingSubscribers => Ok(()),
                reason => Err(in_words(&format!("{reason:?}"), ack.reason_string)),
            },
        },
        v5::Packet::SubscribeAck(ack) => Inbound::Subscribed {
            id: ack.packet_id,
            outcomes: ack
                .status
                .iter()
                .map(|status| match status {
                    SubscribeAckReason::GrantedQos0 => SubscribeOutcome::Granted(QoS::AtMostOnce),
                    SubscribeAckReason::GrantedQos1 | SubscribeAckReason::GrantedQos2 => {
                        SubscribeOutcome::Granted(QoS::AtLeastOnce)
                    }
                    reason => SubscribeOutcome::Refused(in_words(
                        &format!("{reason:?}"),
                        ack.reason_string.clone(),
                    )),
                })
                .collect(),
        },
        v5::Packet::PingResponse => Inbound::Pong,
        v5::Packet::Disconnect(disconnect) => Inbound::Ended(in_words(
            &format!("{:?}", disconnect.reason_code),
            disconnect.reason_string,
        )),
        _ => Inbound::Unexpected("a packet that only clients send, or one of QoS 2"),
    }
}

/// `NotAuthorized` becomes `not authorized`; the broker's own words follow if it gave any.
pub(crate) fn in_words<T: std::fmt::Display>(name: &str, own: Option<T>) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    match own {
        Some(own) => format!("{words}: {own}"),
        None => words,
    }
}
