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

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Instant, SystemTime};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::serving::{Bound, Orders, Server};
use crate::{Access, StartError, Troubles};
use api::account::Accounts;
pub(crate) use api::{current_config, replace_config};
use plant::Plant;
pub use site::Site;
use token::Gate;

/// What the errors call it.
const SERVICE: &str = "Neuron";

/// The Neuron that this one behaves like, and says it is unless told otherwise.
pub const VERSION: &str = "2.15.0";

/// Event streams and WebSockets that may be open at once.
const MAX_VIEWERS: usize = 64;

/// Notes that a slow event stream may be behind before it misses some.
const NOTE_BACKLOG: usize = 64;

/// What happens when the whole configuration is asked for twice at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GlobalConfig {
    /// Both are answered.
    #[default]
    Sound,
    /// Neuron falls over, as real ones have been seen to: both connections are cut, the port refuses. One at a time is answered,
    /// after a moment.
    Fragile,
}

/// What a simulated Neuron is to be.
#[derive(Clone, Debug)]
pub struct NeuronOptions {
    /// What stands behind it.
    pub site: Site,
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The folder with public keys (`*.pem`, `*.pub`) that tokens may be signed for; it need not exist.
    pub certs: PathBuf,
    /// Whether it looks at tokens at all.
    pub access: Access,
    /// What it says its version is.
    pub version: String,
    /// The clock that tokens are checked against.
    pub clock: Clock,
    /// How it takes two calls for the whole configuration at once.
    pub global_config: GlobalConfig,
}

impl NeuronOptions {
    /// This site on a free port of 127.0.0.1, with keys in this folder, tokens checked by the right time.
    pub fn new(site: Site, certs: impl Into<PathBuf>) -> Self {
        Self {
            site,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            certs: certs.into(),
            access: Access::Token,
            version: VERSION.to_owned(),
            clock: Clock::default(),
            global_config: GlobalConfig::Sound,
        }
    }
}

/// A running simulated Neuron. Dropping it stops it without waiting; [`Neuron::stop`] waits.
pub struct Neuron {
    server: Server,
    site: Site,
    clock: Clock,
    troubles: Troubles,
}

/// What the handlers share.
pub(crate) struct Shared {
    site: Site,
    version: String,
    started: Instant,
    plant: Mutex<Plant>,
    accounts: Mutex<Accounts>,
    gate: Gate,
    global_config: GlobalConfig,
    global_calls: AtomicUsize,
    orders: Orders,
    pub(crate) troubles: Troubles,
    notes: broadcast::Sender<page::Note>,
    viewers: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Neuron {
    /// Starts it.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(options: NeuronOptions) -> Result<Self, StartError> {
        let bound = Bound::new(SERVICE, options.address).await?;
        let (site, clock) = (options.site, options.clock.clone());
        let shared = Shared::new(options, &bound);
        let troubles = shared.troubles.clone();
        let router = api::router(Arc::clone(&shared)).merge(page::router(shared));
        let server = bound.serve(router, None, || {});
        Ok(Self {
            server,
            site,
            clock,
            troubles,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What stands behind it.
    pub fn site(&self) -> Site {
        self.site
    }

    /// The clock that tokens are checked against.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What goes wrong when it is given a whole configuration.
    pub fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// Whether it has fallen over.
    pub fn has_ended(&self) -> bool {
        self.server.has_ended()
    }

    /// Stops it: no new requests, a moment for those that run, and then they are cut.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Shared {
    /// Everything but the port, which may be another product's that contains a Neuron.
    pub(crate) fn new(options: NeuronOptions, bound: &Bound) -> Arc<Self> {
        let gate = Gate::new(options.certs, options.access, options.clock);
        Arc::new(Self {
            site: options.site,
            version: options.version,
            started: Instant::now(),
            plant: Mutex::new(Plant::of(options.site)),
            accounts: Mutex::default(),
            gate,
            global_config: options.global_config,
            global_calls: AtomicUsize::new(0),
            orders: bound.orders(),
            troubles: Troubles::default(),
            notes: broadcast::Sender::new(NOTE_BACKLOG),
            viewers: Arc::new(Semaphore::new(MAX_VIEWERS)),
            stop: bound.stop_token(),
        })
    }

    /// Seconds since the start, which is what every signal is a function of.
    fn elapsed_s(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// The API without its base path and without asking for a token: Neuron inside another product.
pub(crate) fn inner_api(shared: Arc<Shared>) -> axum::Router {
    api::calls(&shared).with_state(shared)
}

#[cfg(test)]
mod tests;
