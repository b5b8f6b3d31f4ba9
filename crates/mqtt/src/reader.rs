//! Reads packets and hands them on. Its buffer is small while little arrives and grows with what arrives.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rmqtt_codec::types;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{Delivery, Shared};
use crate::error::Lost;
use crate::in_flight::Answer;
use crate::message::{QoS, Received};
use crate::packet::{Codec, Inbound};

/// The least room for a read.
const MIN_READ_BYTES: usize = 2 * 1024;

/// The most room for a read; a larger packet gets what it needs.
const MAX_READ_BYTES: usize = 256 * 1024;

/// After so long without a byte, a grown buffer is given back.
const SHRINK_AFTER: Duration = Duration::from_secs(2);

/// A payload up to this size is copied, so that keeping it does not keep the buffer it arrived in.
const COPY_BYTES: usize = 2 * 1024;

/// Reads until the connection ends, and says why.
pub(crate) async fn run<R: AsyncRead + Unpin>(
    mut stream: R,
    mut buffer: BytesMut,
    mut codec: Codec,
    shared: &Shared,
    deliver: &mpsc::Sender<Delivery>,
) -> Lost {
    let mut room = MIN_READ_BYTES;
    let mut last_topic: Arc<str> = Arc::from("");
    loop {
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(packet)) => {
                    if let Err(lost) = handle(packet, &mut last_topic, shared, deliver).await {
                        return lost;
                    }
                }
                Ok(None) => break,
                Err(error) => return Lost::Protocol(error.to_string()),
            }
        }
        if buffer.capacity() - buffer.len() < MIN_READ_BYTES {
            buffer.reserve(room);
        }
        let space = buffer.capacity() - buffer.len();
        match read(&mut stream, &mut buffer, deliver).await {
            Ok(Some(0)) => return Lost::Closed,
            Ok(Some(bytes)) => {
                shared.heard.store(true, Relaxed);
                if bytes == space {
                    room = (room * 2).min(MAX_READ_BYTES);
                }
            }
            Ok(None) => {
                room = MIN_READ_BYTES;
                if buffer.is_empty() {
                    buffer = BytesMut::new();
                }
            }
            Err(lost) => return lost,
        }
    }
}

/// Reads what there is; `None` when nothing came for so long that a grown buffer is better given back.
async fn read<R: AsyncRead + Unpin>(
    stream: &mut R,
    buffer: &mut BytesMut,
    deliver: &mpsc::Sender<Delivery>,
) -> Result<Option<usize>, Lost> {
    let grown = buffer.is_empty() && buffer.capacity() > 2 * MIN_READ_BYTES;
    let some_bytes = async {
        tokio::select! {
            read = stream.read_buf(buffer) => read.map_err(broken),
            () = deliver.closed() => Err(Lost::Dropped),
        }
    };
    if !grown {
        return some_bytes.await.map(Some);
    }
    match timeout(SHRINK_AFTER, some_bytes).await {
        Ok(read) => read.map(Some),
        Err(_) => Ok(None),
    }
}

pub(crate) fn broken(error: io::Error) -> Lost {
    match error.kind() {
        // How a peer's end looks depends on what was on its way, and on TLS.
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe => Lost::Closed,
        _ => Lost::Io(Arc::new(error)),
    }
}

async fn handle(
    packet: Inbound,
    last_topic: &mut Arc<str>,
    shared: &Shared,
    deliver: &mpsc::Sender<Delivery>,
) -> Result<(), Lost> {
    match packet {
        Inbound::Publish(publish) => {
            if **last_topic != *publish.topic {
                *last_topic = Arc::from(&*publish.topic);
            }
            let qos = match publish.qos {
                types::QoS::AtMostOnce => QoS::AtMostOnce,
                types::QoS::AtLeastOnce => QoS::AtLeastOnce,
                types::QoS::ExactlyOnce => {
                    return Err(Lost::Protocol("a message at QoS 2".to_owned()));
                }
            };
            let payload = if publish.payload.len() <= COPY_BYTES {
                Bytes::copy_from_slice(&publish.payload)
            } else {
                publish.payload
            };
            let delivery = Delivery {
                received: Received {
                    topic: Arc::clone(last_topic),
                    payload,
                    qos,
                    retain: publish.retain,
                },
                id: publish.packet_id,
            };
            hand_over(delivery, shared, deliver).await
        }
        Inbound::Published { id, result } => {
            shared.in_flight.answer(id, Answer::Published(result));
            Ok(())
        }
        Inbound::Subscribed { id, outcomes } => {
            shared.in_flight.answer(id, Answer::Subscribed(outcomes));
            Ok(())
        }
        Inbound::Pong => Ok(()),
        Inbound::Ended(reason) => Err(Lost::Ended(reason)),
        Inbound::Unexpected(what) => Err(Lost::Protocol(what.to_owned())),
    }
}

async fn hand_over(
    delivery: Delivery,
    shared: &Shared,
    deliver: &mpsc::Sender<Delivery>,
) -> Result<(), Lost> {
    let delivery = match deliver.try_send(delivery) {
        Ok(()) => return Ok(()),
        Err(mpsc::error::TrySendError::Closed(_)) => return Err(Lost::Dropped),
        Err(mpsc::error::TrySendError::Full(delivery)) => delivery,
    };
    shared.stalled.store(true, Relaxed);
    let sent = deliver.send(delivery).await;
    shared.stalled.store(false, Relaxed);
    sent.map_err(|_| Lost::Dropped)
}
