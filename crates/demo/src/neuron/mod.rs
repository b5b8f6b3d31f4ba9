//! A small simulated Neuron: the API that a manager calls, drivers whose values move, and a page.
//!
//! It behaves on the wire as Neuron 2.15 does where a manager can notice: the token check with all its corners, status
//! codes, error numbers and the spelling of bodies. It talks to no device, keeps nothing on disk, and says of itself
//! everywhere that it is simulated. What a real Neuron also has (templates, licences, certificates, file
//! transfer) is not here and answers 404.

mod api;
mod code;
mod page;
mod plant;
mod signal;
mod site;
mod token;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use edgeward_runtime::Shutdown;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use api::account::Accounts;
use plant::Plant;
pub use site::Site;
use token::Gate;

/// How long requests may go on after the stop signal before they are cut.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Event streams and WebSockets that may be open at once.
const MAX_VIEWERS: usize = 64;

/// Notes that a slow event stream may be behind before it misses some.
const NOTE_BACKLOG: usize = 64;

/// What a simulated Neuron is to be.
#[derive(Clone, Debug)]
pub struct NeuronOptions {
    /// What stands behind it.
    pub site: Site,
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The folder with public keys (`*.pem`, `*.pub`) that tokens may be signed for; it need not exist.
    pub certs: PathBuf,
}

impl NeuronOptions {
    /// This site on a free port of 127.0.0.1, with keys in this folder.
    pub fn new(site: Site, certs: impl Into<PathBuf>) -> Self {
        Self {
            site,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            certs: certs.into(),
        }
    }
}

/// Why a simulated Neuron did not start.
#[derive(Debug, thiserror::Error)]
pub enum NeuronError {
    /// Its port could not be bound.
    #[error("cannot listen on {address} for the simulated Neuron")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Its RSA key could not be made.
    #[error("cannot make the simulated Neuron's RSA key: {0}")]
    Key(String),
}

/// A running simulated Neuron.
pub struct Neuron {
    address: SocketAddr,
    site: Site,
    shutdown: Shutdown,
}

/// What the handlers share.
struct Shared {
    site: Site,
    started: Instant,
    plant: Mutex<Plant>,
    accounts: Mutex<Accounts>,
    gate: Gate,
    notes: broadcast::Sender<page::Note>,
    viewers: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Neuron {
    /// Makes its key, which takes a moment, and starts it.
    ///
    /// # Errors
    /// The port is taken, or the key could not be made.
    pub async fn start(options: NeuronOptions) -> Result<Self, NeuronError> {
        let wanted = options.address;
        let listen = |source| NeuronError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let gate = tokio::task::spawn_blocking(move || Gate::new(options.certs)).await;
        let gate = gate.map_err(|error| NeuronError::Key(error.to_string()))??;
        let shutdown = Shutdown::new();
        let stop = shutdown.token();
        let shared = Arc::new(Shared {
            site: options.site,
            started: Instant::now(),
            plant: Mutex::new(Plant::of(options.site)),
            accounts: Mutex::default(),
            gate,
            notes: broadcast::Sender::new(NOTE_BACKLOG),
            viewers: Arc::new(Semaphore::new(MAX_VIEWERS)),
            stop: stop.clone(),
        });
        let router = api::router(Arc::clone(&shared)).merge(page::router(shared));
        shutdown.spawn("simulated neuron", async move {
            let server =
                axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = server.await {
                tracing::error!(%error, "simulated Neuron stopped serving");
            }
        });
        Ok(Self {
            address,
            site: options.site,
            shutdown,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stands behind it.
    pub fn site(&self) -> Site {
        self.site
    }

    /// Stops it: no new requests, a moment for those that run, and then they are cut.
    pub async fn stop(self) {
        let late = self.shutdown.drain(STOP_GRACE).await;
        if !late.is_empty() {
            tracing::debug!(
                site = self.site.name(),
                "simulated Neuron had requests left when it stopped"
            );
        }
    }
}

impl Shared {
    /// Seconds since the start, which is what every signal is a function of.
    fn elapsed_s(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Seconds since 1970.
fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests;
