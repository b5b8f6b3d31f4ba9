//! The handshake, and the task that then moves the bytes.

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rmqtt_codec::{types, v3, v5};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::codec::{Decoder, Encoder};

use crate::client::{Client, Incoming, Shared};
use crate::error::ConnectError;
use crate::in_flight::InFlight;
use crate::message::{Options, Protocol, Will};
use crate::packet::{Codec, MAX_CONTENT_BYTES, in_words, raw_qos};
use crate::{INCOMING_CAPACITY, LANE_CAPACITY, MAX_IN_FLIGHT, reader, writer};

/// How long a session that is not clean survives at the broker (MQTT 5).
const SESSION_EXPIRY_S: u32 = 3600;

/// The first byte of a CONNACK.
const CONNACK: u8 = 0x20;

/// What the broker's acceptance says.
struct Accepted {
    max_packet_bytes: usize,
    receive_maximum: u16,
    /// The keep-alive that the broker insists on.
    keep_alive_s: Option<u16>,
}

/// Speaks the MQTT handshake on a stream and starts the connection's task.
///
/// The stream is closed when the handshake fails. Small packets are written as they come: set `TCP_NODELAY` on sockets.
pub async fn connect<S>(mut stream: S, options: Options) -> Result<(Client, Incoming), ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut buffer = BytesMut::new();
    let handshake = handshake(&mut stream, &options, &mut buffer);
    let accepted = timeout(options.connect_timeout, handshake)
        .await
        .map_err(|_| ConnectError::TimedOut(options.connect_timeout))??;

    let (control, control_queue) = mpsc::channel(LANE_CAPACITY);
    let (bulk, bulk_queue) = mpsc::channel(LANE_CAPACITY);
    let (deliver, deliveries) = mpsc::channel(INCOMING_CAPACITY);
    let shared = Arc::new(Shared {
        protocol: options.protocol,
        max_outgoing_bytes: accepted.max_packet_bytes,
        control,
        bulk,
        in_flight: InFlight::new(accepted.receive_maximum.min(MAX_IN_FLIGHT)),
        lost: OnceLock::new(),
        heard: AtomicBool::new(true),
        stalled: AtomicBool::new(false),
    });
    let keep_alive_s = accepted.keep_alive_s.unwrap_or(options.keep_alive_s);
    let queues = writer::Queues {
        control: control_queue,
        bulk: bulk_queue,
    };
    let codec = || Codec::new(options.protocol, options.max_packet_bytes);
    let (read_codec, write_codec) = (codec(), codec());
    let task_shared = Arc::clone(&shared);
    tokio::spawn(async move {
        let shared = task_shared;
        let (read_half, write_half) = tokio::io::split(stream);
        let keep_alive = Duration::from_secs(u64::from(keep_alive_s));
        // Kept outside of the select so that the reason is set before the queues close.
        let mut queues = queues;
        let lost = tokio::select! {
            lost = reader::run(read_half, buffer, read_codec, &shared, &deliver) => lost,
            lost = writer::run(write_half, write_codec, &shared, &mut queues, keep_alive) => lost,
        };
        tracing::debug!(reason = %lost, "the MQTT connection ended");
        let _ = shared.lost.set(lost);
        shared.in_flight.close();
    });
    let client = Client::new(Arc::clone(&shared));
    Ok((client, Incoming::new(shared, deliveries)))
}

async fn handshake<S>(
    stream: &mut S,
    options: &Options,
    buffer: &mut BytesMut,
) -> Result<Accepted, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = BytesMut::new();
    encode_connect(options, &mut request)?;
    stream.write_all(&request).await.map_err(hung_up)?;
    stream.flush().await.map_err(hung_up)?;
    loop {
        if let Some(accepted) = decode_answer(options, buffer)? {
            return Ok(accepted);
        }
        if stream.read_buf(buffer).await.map_err(hung_up)? == 0 {
            return Err(ConnectError::Closed);
        }
    }
}

/// A reset in answer to CONNECT is a broker that hung up.
fn hung_up(error: std::io::Error) -> ConnectError {
    match error.kind() {
        std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => {
            ConnectError::Closed
        }
        _ => ConnectError::Io(error),
    }
}

fn encode_connect(options: &Options, request: &mut BytesMut) -> Result<(), ConnectError> {
    let client_id = options.client_id.clone().into();
    let username = options.username.clone().map(Into::into);
    let password = options.password.clone().map(Bytes::from);
    let encoded = match options.protocol {
        Protocol::V3_1_1 => {
            let connect = v3::Connect {
                protocol: types::Protocol(types::MQTT_LEVEL_311),
                clean_session: options.clean_session,
                keep_alive: options.keep_alive_s,
                last_will: options.will.clone().map(will_v3),
                client_id,
                username,
                password,
                cert: None,
            };
            v3::Codec::default().encode(connect.into(), request)
        }
        Protocol::V5 => {
            let connect = v5::Connect {
                clean_start: options.clean_session,
                session_expiry_interval_secs: if options.clean_session {
                    0
                } else {
                    SESSION_EXPIRY_S
                },
                keep_alive: options.keep_alive_s,
                receive_max: NonZeroU16::new(MAX_IN_FLIGHT),
                max_packet_size: NonZeroU32::new(options.max_packet_bytes),
                last_will: options.will.clone().map(will_v5),
                client_id,
                username,
                password,
                ..Default::default()
            };
            v5::Codec::default().encode(connect.into(), request)
        }
    };
    encoded.map_err(|error| ConnectError::Options(error.to_string()))
}

fn will_v3(will: Will) -> v3::LastWill {
    v3::LastWill {
        qos: raw_qos(will.qos),
        retain: will.retain,
        topic: will.topic.into(),
        message: will.payload,
    }
}

fn will_v5(will: Will) -> v5::LastWill {
    v5::LastWill {
        qos: raw_qos(will.qos),
        retain: will.retain,
        topic: will.topic.into(),
        message: will.payload,
        will_delay_interval_sec: None,
        correlation_data: None,
        message_expiry_interval: None,
        content_type: None,
        user_properties: Vec::new(),
        is_utf8_payload: None,
        response_topic: None,
    }
}

/// Reads the broker's answer once the buffer holds all of it, and leaves what follows it in the buffer.
fn decode_answer(
    options: &Options,
    buffer: &mut BytesMut,
) -> Result<Option<Accepted>, ConnectError> {
    if buffer.len() < 2 {
        return Ok(None);
    }
    if buffer[0] != CONNACK {
        return Err(ConnectError::Protocol(
            "the first packet is no answer".to_owned(),
        ));
    }
    // A broker that does not know MQTT 5 answers as in 3.1.1, with two bytes; an answer of MQTT 5 has three at least.
    let protocol = if buffer[1] == 2 {
        Protocol::V3_1_1
    } else {
        options.protocol
    };
    let malformed =
        |error: rmqtt_codec::error::DecodeError| ConnectError::Protocol(error.to_string());
    // A fresh codec each time must see the packet from its first byte: work on a copy until it is whole.
    let mut seen = buffer.clone();
    let answer = match protocol {
        Protocol::V3_1_1 => {
            match v3::Codec::new(options.max_packet_bytes)
                .decode(&mut seen)
                .map_err(malformed)?
            {
                None => return Ok(None),
                Some((v3::Packet::ConnectAck(answer), _)) => accept_v3(options, &answer),
                Some(_) => Err(ConnectError::Protocol("not an answer".to_owned())),
            }
        }
        Protocol::V5 => {
            match v5::Codec::new(options.max_packet_bytes, 0)
                .decode(&mut seen)
                .map_err(malformed)?
            {
                None => return Ok(None),
                Some((v5::Packet::ConnectAck(answer), _)) => accept_v5(*answer),
                Some(_) => Err(ConnectError::Protocol("not an answer".to_owned())),
            }
        }
    };
    *buffer = seen;
    answer.map(Some)
}

fn accept_v3(options: &Options, answer: &v3::ConnectAck) -> Result<Accepted, ConnectError> {
    match answer.return_code {
        v3::ConnectAckReason::ConnectionAccepted if options.protocol == Protocol::V3_1_1 => {
            Ok(Accepted {
                max_packet_bytes: MAX_CONTENT_BYTES,
                receive_maximum: u16::MAX,
                keep_alive_s: None,
            })
        }
        v3::ConnectAckReason::ConnectionAccepted
        | v3::ConnectAckReason::UnacceptableProtocolVersion => {
            Err(ConnectError::UnsupportedVersion)
        }
        refusal => Err(ConnectError::Refused {
            code: refusal.into(),
            reason: in_words::<&str>(&format!("{refusal:?}"), None),
        }),
    }
}

fn accept_v5(answer: v5::ConnectAck) -> Result<Accepted, ConnectError> {
    match answer.reason_code {
        v5::ConnectAckReason::Success => Ok(Accepted {
            max_packet_bytes: answer
                .max_packet_size
                .and_then(|bytes| usize::try_from(bytes).ok())
                .map_or(MAX_CONTENT_BYTES, |bytes| bytes.min(MAX_CONTENT_BYTES)),
            receive_maximum: answer.receive_max.get(),
            keep_alive_s: answer.server_keepalive_sec,
        }),
        v5::ConnectAckReason::UnsupportedProtocolVersion => Err(ConnectError::UnsupportedVersion),
        refusal => Err(ConnectError::Refused {
            code: refusal.into(),
            reason: in_words(&format!("{refusal:?}"), answer.reason_string),
        }),
    }
}
