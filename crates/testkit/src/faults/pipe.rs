//! One connection through the proxy: each direction to its own end, with the faults applied on the way.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Direction, Faults, Shared};

/// Bytes that may be under way in one direction of one connection; beyond it the sender waits.
const IN_FLIGHT_BYTES: usize = 8 << 20;

/// The largest piece that is read at once.
const PIECE_BYTES: usize = 64 << 10;

/// The largest piece that is written at once while the rate is limited, so that it flows and does not gush.
const RATED_PIECE_BYTES: usize = 1 << 10;

/// What all connections share in one direction.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) lose: AtomicU64,
    pub(super) damage: AtomicU64,
    pub(super) passed: AtomicU64,
    /// Until when the thin link is taken.
    taken_until: Mutex<Option<Instant>>,
}

/// Bytes, or with none of them the end, and when they came in.
type Arrival = (Instant, Bytes);

/// Carries one connection until both directions have ended, or one has failed, or it is cut.
pub(super) async fn both_ways(
    mut client: TcpStream,
    mut target: TcpStream,
    shared: &Shared,
    cut: &CancellationToken,
) {
    let _latency_only = (client.set_nodelay(true), target.set_nodelay(true));
    let (from_client, to_client) = client.split();
    let (from_target, to_target) = target.split();
    let up = one_way(from_client, to_target, shared, Direction::Up);
    let down = one_way(from_target, to_client, shared, Direction::Down);
    let result = tokio::select! {
        result = async { tokio::try_join!(up, down) } => result.map(drop),
        () = cut.cancelled() => Err(io::ErrorKind::ConnectionReset.into()),
    };
    if result.is_err() {
        // An error reaches the peers as what it is: a reset, not an orderly end.
        let _gone_already = (client.set_zero_linger(), target.set_zero_linger());
    }
}

async fn one_way(
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    shared: &Shared,
    direction: Direction,
) -> io::Result<()> {
    let room = Semaphore::new(IN_FLIGHT_BYTES);
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let lane = match direction {
        Direction::Up => &shared.up,
        Direction::Down => &shared.down,
    };
    let exit = Exit {
        to,
        lane,
        direction,
        faults: shared.faults.subscribe(),
    };
    tokio::try_join!(take_in(from, arrived, &room), exit.let_out(arrivals, &room)).map(drop)
}

async fn take_in(
    mut from: ReadHalf<'_>,
    arrived: mpsc::UnboundedSender<Arrival>,
    room: &Semaphore,
) -> io::Result<()> {
    loop {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let length = from.read_buf(&mut piece).await?;
        let cost = u32::try_from(length).unwrap_or(u32::MAX);
        if let Ok(permit) = room.acquire_many(cost).await {
            permit.forget();
        }
        let other_half_gone = arrived.send((Instant::now(), piece.freeze())).is_err();
        if length == 0 || other_half_gone {
            return Ok(());
        }
    }
}

/// Where bytes leave the proxy in one direction.
struct Exit<'a> {
    to: WriteHalf<'a>,
    lane: &'a Lane,
    direction: Direction,
    faults: watch::Receiver<Faults>,
}

impl Exit<'_> {
    async fn let_out(
        mut self,
        mut arrivals: mpsc::UnboundedReceiver<Arrival>,
        room: &Semaphore,
    ) -> io::Result<()> {
        while let Some((arrived, bytes)) = arrivals.recv().await {
            let length = bytes.len();
            self.wait_its_time(arrived).await;
            if length == 0 {
                return self.to.shutdown().await;
            }
            let mut bytes = self.tamper(bytes);
            while !bytes.is_empty() {
                let piece = self.wait_for_slot(&mut bytes).await;
                self.to.write_all(&piece).await?;
                let passed = piece.len() as u64;
                self.lane.passed.fetch_add(passed, Ordering::Relaxed);
            }
            room.add_permits(length);
        }
        Ok(())
    }

    /// Waits until the link carries, and the delay since the arrival has passed.
    async fn wait_its_time(&mut self, arrived: Instant) {
        loop {
            let faults = *self.faults.borrow_and_update();
            let stalled = match self.direction {
                Direction::Up => faults.stall_up,
                Direction::Down => faults.stall_down,
            };
            let due = arrived + faults.delay;
            if !stalled && due <= Instant::now() {
                return;
            }
            tokio::select! {
                changed = self.faults.changed() => if changed.is_err() { return },
                () = sleep_until(due), if !stalled => return,
            }
        }
    }

    /// Takes as much as may go at once, when it may.
    async fn wait_for_slot(&mut self, bytes: &mut Bytes) -> Bytes {
        loop {
            let no_delay = Instant::now() - self.faults.borrow().delay;
            self.wait_its_time(no_delay).await;
            let Some(rate) = self.faults.borrow_and_update().rate_bytes_per_s else {
                return std::mem::take(bytes);
            };
            let length = bytes.len().min(RATED_PIECE_BYTES);
            let slot_end = self.lane.reserve(length, rate);
            tokio::select! {
                () = sleep_until(slot_end) => return bytes.split_to(length),
                // The link is another one now, and what was reserved on the old one says nothing.
                _ = self.faults.changed() => *self.lane.taken_until.lock() = None,
            }
        }
    }

    /// Loses and damages what is asked for.
    fn tamper(&self, mut bytes: Bytes) -> Bytes {
        let lost = take(&self.lane.lose, bytes.len());
        bytes = bytes.slice(lost..);
        let damaged = take(&self.lane.damage, bytes.len());
        if damaged == 0 {
            return bytes;
        }
        let mut changed = BytesMut::from(bytes);
        for byte in &mut changed[..damaged] {
            *byte ^= 1;
        }
        changed.freeze()
    }
}

impl Lane {
    /// Books the link for so many bytes, and says when the last of them has crossed.
    fn reserve(&self, bytes: usize, rate_bytes_per_s: u64) -> Instant {
        let needed = bytes as f64 / rate_bytes_per_s.max(1) as f64;
        let mut taken_until = self.taken_until.lock();
        let now = Instant::now();
        let start = taken_until.map_or(now, |taken| taken.max(now));
        let end = start + Duration::from_secs_f64(needed);
        *taken_until = Some(end);
        end
    }
}

/// Takes at most `most` from what is still to be done.
fn take(pending: &AtomicU64, most: usize) -> usize {
    let most = most as u64;
    let update = pending.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
        (n > 0).then(|| n.saturating_sub(most))
    });
    usize::try_from(update.unwrap_or(0).min(most)).unwrap_or(usize::MAX)
}
