//! Writes what is queued, control before bulk, many packets in one write; pings, and notices a silent peer.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::client::Shared;
use crate::error::Lost;
use crate::packet::{Codec, Outgoing};
use crate::reader::broken;

/// No further packet joins a write of this size. A control message waits for one such write at most.
const BATCH_BYTES: usize = 128 * 1024;

/// A buffer of this size is kept while nothing is written.
const KEPT_BYTES: usize = 4 * 1024;

/// A grown buffer is given back when it was not used between two ticks of this length, where keep-alive is off.
const IDLE_TICK: Duration = Duration::from_secs(10);

/// Keep-alive is looked at so many times per interval.
const TICKS_PER_KEEP_ALIVE: u32 = 2;

/// A peer that was silent for so many ticks is gone.
const SILENT_TICKS: u32 = 3;

/// What waits to be written.
pub(crate) struct Queues {
    pub(crate) control: mpsc::Receiver<Outgoing>,
    pub(crate) bulk: mpsc::Receiver<Outgoing>,
}

impl Queues {
    /// The next packet that waits, control first.
    fn try_next(&mut self) -> Option<Outgoing> {
        self.control
            .try_recv()
            .or_else(|_| self.bulk.try_recv())
            .ok()
    }

    async fn next(&mut self) -> Outgoing {
        let next = tokio::select! {
            biased;
            outgoing = self.control.recv() => outgoing,
            outgoing = self.bulk.recv() => outgoing,
        };
        match next {
            Some(outgoing) => outgoing,
            // The connection's task holds a sender of each itself.
            None => pending().await,
        }
    }
}

/// Counts silence.
struct KeepAlive<'a> {
    shared: &'a Shared,
    every: Duration,
    enabled: bool,
    ticks: Interval,
    silent_ticks: u32,
    written: bool,
}

impl KeepAlive<'_> {
    /// Waits for the next tick and says whether a ping is due.
    async fn tick(&mut self) -> Result<bool, Lost> {
        self.ticks.tick().await;
        if !self.enabled {
            return Ok(false);
        }
        let heard = self.shared.heard.swap(false, Relaxed) || self.shared.stalled.load(Relaxed);
        self.silent_ticks = if heard { 0 } else { self.silent_ticks + 1 };
        if self.silent_ticks >= SILENT_TICKS {
            return Err(Lost::Silent(self.every * SILENT_TICKS));
        }
        Ok(!heard || !self.written)
    }
}

/// Writes until the connection ends, and says why.
pub(crate) async fn run<W: AsyncWrite + Unpin>(
    mut stream: W,
    mut codec: Codec,
    shared: &Shared,
    queues: &mut Queues,
    keep_alive: Duration,
) -> Lost {
    let enabled = !keep_alive.is_zero();
    let every = if enabled {
        keep_alive / TICKS_PER_KEEP_ALIVE
    } else {
        IDLE_TICK
    };
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut keep_alive = KeepAlive {
        shared,
        every,
        enabled,
        ticks,
        silent_ticks: 0,
        written: true,
    };
    let mut buffer = BytesMut::new();
    loop {
        let first = tokio::select! {
            biased;
            outgoing = queues.next() => Some(outgoing),
            due = keep_alive.tick() => match due {
                Ok(due) => {
                    if !keep_alive.written && buffer.capacity() > KEPT_BYTES {
                        buffer = BytesMut::new();
                    }
                    keep_alive.written = false;
                    due.then_some(Outgoing::Ping)
                }
                Err(lost) => return lost,
            },
        };
        let Some(first) = first else { continue };
        let goodbye = match fill(first, queues, &mut codec, &mut buffer) {
            Ok(goodbye) => goodbye,
            Err(lost) => return lost,
        };
        if let Err(lost) = write(&mut stream, &buffer, &mut keep_alive).await {
            return lost;
        }
        buffer.clear();
        keep_alive.written = true;
        if goodbye {
            // The peer may be gone already; the good-bye was written.
            let _ = stream.shutdown().await;
            return Lost::Disconnected;
        }
    }
}

/// Encodes what waits, up to a limit; says whether the last of it is the good-bye.
fn fill(
    first: Outgoing,
    queues: &mut Queues,
    codec: &mut Codec,
    buffer: &mut BytesMut,
) -> Result<bool, Lost> {
    let mut next = Some(first);
    while let Some(outgoing) = next {
        let goodbye = matches!(outgoing, Outgoing::Disconnect);
        codec
            .encode(outgoing, buffer)
            .map_err(|error| Lost::Protocol(error.to_string()))?;
        if goodbye {
            return Ok(true);
        }
        if buffer.len() >= BATCH_BYTES {
            break;
        }
        next = queues.try_next();
    }
    Ok(false)
}

/// Writes all of it, for as long as the peer is heard.
async fn write<W: AsyncWrite + Unpin>(
    stream: &mut W,
    bytes: &[u8],
    keep_alive: &mut KeepAlive<'_>,
) -> Result<(), Lost> {
    let mut written = pin!(async {
        stream.write_all(bytes).await?;
        stream.flush().await
    });
    loop {
        tokio::select! {
            biased;
            result = &mut written => return result.map_err(broken),
            // What is being written is as good as a ping.
            due = keep_alive.tick() => { due?; }
        }
    }
}
