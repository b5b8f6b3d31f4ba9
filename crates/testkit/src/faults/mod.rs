//! A TCP proxy that breaks links on purpose: delay, throttle, stall, cut, refuse, lost and damaged bytes.
//!
//! It stands between two programs on loopback and needs no rights. Everything can be changed while connections are
//! open. Loss of packets is not its job (TCP would hide it): what it loses are bytes, which the peers must notice.

mod pipe;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use pipe::Lane;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// How a link is, both ways alike unless it says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// How much later everything arrives, one way; a round trip takes twice as long.
    pub delay: Duration,
    /// Bytes per second in each direction, all connections together.
    pub rate_bytes_per_s: Option<u64>,
    /// No byte passes towards the target; senders feel it when buffers are full.
    pub stall_up: bool,
    /// No byte passes from the target.
    pub stall_down: bool,
}

impl Faults {
    /// A link that only takes its time.
    pub fn delay(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::default()
        }
    }

    /// A thin link.
    pub fn rate(bytes_per_s: u64) -> Self {
        Self {
            rate_bytes_per_s: Some(bytes_per_s),
            ..Self::default()
        }
    }

    /// A link that is up and carries nothing, as behind a firewall that forgot it.
    pub fn stalled() -> Self {
        Self {
            stall_up: true,
            stall_down: true,
            ..Self::default()
        }
    }
}

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the client to the target.
    Up,
    /// From the target to the client.
    Down,
}

/// What new connections meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Door {
    Open,
    Refusing,
}

/// The proxy; it ends, and resets what is open, when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    door: watch::Sender<Door>,
    /// Holds the port while nobody listens, so that refusing is a real refusal and the port stays ours.
    _placeholder: TcpSocket,
}

#[derive(Debug)]
struct Shared {
    target: Mutex<SocketAddr>,
    faults: watch::Sender<Faults>,
    up: Lane,
    down: Lane,
    /// Cancelled, and replaced, by each cut.
    cut: Mutex<CancellationToken>,
    open: AtomicUsize,
    accepted: AtomicU64,
}

impl FaultProxy {
    /// Starts a proxy to `target` on a free port of 127.0.0.1, without faults.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), target).await
    }

    /// Starts a proxy to `target` on an address of this machine (an IPv4 one); port 0 takes a free one.
    ///
    /// # Errors
    /// The address could not be bound.
    pub async fn start_on(bind: SocketAddr, target: SocketAddr) -> io::Result<Self> {
        let placeholder = reusable_socket(bind)?;
        let address = placeholder.local_addr()?;
        let listener = listen(address)?;
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            faults: watch::Sender::new(Faults::default()),
            up: Lane::default(),
            down: Lane::default(),
            cut: Mutex::new(CancellationToken::new()),
            open: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
        });
        let (door, at_door) = watch::channel(Door::Open);
        tokio::spawn(accept(listener, address, Arc::clone(&shared), at_door));
        Ok(Self {
            address,
            shared,
            door,
            _placeholder: placeholder,
        })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets how the link is from now on, for open connections too.
    pub fn set(&self, faults: Faults) {
        self.shared.faults.send_replace(faults);
    }

    /// How the link is.
    pub fn faults(&self) -> Faults {
        *self.shared.faults.borrow()
    }

    /// Sends new connections elsewhere.
    pub fn retarget(&self, target: SocketAddr) {
        *self.shared.target.lock() = target;
    }

    /// Resets every open connection on both sides, and says how many there were.
    pub fn cut(&self) -> usize {
        let open = self.open();
        let mut cut = self.shared.cut.lock();
        cut.cancel();
        *cut = CancellationToken::new();
        open
    }

    /// Refuses new connections, as a port where nobody listens; open ones go on. Takes effect within moments.
    pub fn refuse(&self) {
        self.door.send_replace(Door::Refusing);
    }

    /// Takes connections again after [`FaultProxy::refuse`].
    pub fn accept(&self) {
        self.door.send_replace(Door::Open);
    }

    /// Loses the next `bytes` bytes that go this way, on whatever connection.
    pub fn lose(&self, direction: Direction, bytes: u64) {
        self.lane(direction)
            .lose
            .fetch_add(bytes, Ordering::Relaxed);
    }

    /// Inverts one bit in each of the next `bytes` bytes that go this way, on whatever connection.
    pub fn damage(&self, direction: Direction, bytes: u64) {
        self.lane(direction)
            .damage
            .fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that have been passed on this way.
    pub fn passed(&self, direction: Direction) -> u64 {
        self.lane(direction).passed.load(Ordering::Relaxed)
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Connections that were ever accepted.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::Up => &self.shared.up,
            Direction::Down => &self.shared.down,
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.cut();
    }
}

/// A socket on this address that can share its port with our other one.
fn reusable_socket(bind: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(bind)?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    reusable_socket(address)?.listen(BACKLOG)
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut door: watch::Receiver<Door>,
) {
    let mut listener = Some(listener);
    loop {
        let wanted = *door.borrow_and_update();
        match (wanted, &listener) {
            (Door::Refusing, Some(_)) => listener = None,
            // Our placeholder has kept the port, so this fails only when the machine is out of sockets.
            (Door::Open, None) => listener = listen(address).ok(),
            _ => {}
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = door.changed() => if changed.is_err() { return },
            accepted = accepted => if let Ok((client, _)) = accepted {
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(carry(client, Arc::clone(&shared)));
            },
        }
    }
}

async fn carry(client: TcpStream, shared: Arc<Shared>) {
    let cut = shared.cut.lock().clone();
    shared.open.fetch_add(1, Ordering::SeqCst);
    let target = *shared.target.lock();
    let connected = tokio::select! {
        connected = TcpStream::connect(target) => connected,
        () = cut.cancelled() => Err(io::ErrorKind::ConnectionReset.into()),
    };
    match connected {
        Ok(target) => pipe::both_ways(client, target, &shared, &cut).await,
        // What the target does to us, the client gets to feel.
        Err(_) => drop(client.set_zero_linger()),
    }
    shared.open.fetch_sub(1, Ordering::SeqCst);
}

#[cfg(test)]
mod tests;
