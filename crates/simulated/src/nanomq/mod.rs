//! A simulated NanoMQ, as far as its HTTP API goes; it speaks no MQTT.
//!
//! Behaves as 0.25 does: who may call is asked before anything else, refusals carry a number and no content type, the private key and
//! the HTTP password are told in clear to whoever may read the configuration, a configuration text that is no HOCON kills it, and a
//! restart refuses connections for a moment. Clients, subscriptions, rules and bridges are always none.

mod access;
mod api;
mod file;
mod hocon;
mod settings;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::serving::{Bound, Order, Orders, Server};
use crate::{StartError, Troubles};
use access::Gate;
pub use settings::PRIVATE_KEY;
use settings::Settings;

/// What the errors call it.
const SERVICE: &str = "NanoMQ";

/// The NanoMQ that this one behaves like, and says it is unless told otherwise.
pub const VERSION: &str = "0.25.4-5";

/// User and password of a NanoMQ that nobody has configured.
pub const DEFAULT_USER: (&str, &str) = ("admin", "public");

/// Who may call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// Whoever brings a token signed for the public key in this file, with the file's name as `iss`. The file is read at each start and
    /// restart; without it, nobody may call.
    Token {
        /// The file.
        key_file: PathBuf,
    },
    /// Whoever knows user and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// Everybody.
    Open,
}

/// How long a restart takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RestartTimes {
    /// The old process still answers for so long.
    pub lingers: Duration,
    /// Then nothing listens for so long.
    pub refused: Duration,
}

impl Default for RestartTimes {
    /// As the real one was seen to take.
    fn default() -> Self {
        Self {
            lingers: Duration::from_secs(2),
            refused: Duration::from_millis(500),
        }
    }
}

/// What a simulated NanoMQ is to be.
#[derive(Clone, Debug)]
pub struct NanoMqOptions {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Who may call.
    pub access: Access,
    /// What it says its version is.
    pub version: String,
    /// The clock that tokens are checked against.
    pub clock: Clock,
    /// How long a restart takes.
    pub restart: RestartTimes,
}

impl NanoMqOptions {
    /// On a free port of 127.0.0.1, with the right time.
    pub fn new(access: Access) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            access,
            version: VERSION.to_owned(),
            clock: Clock::default(),
            restart: RestartTimes::default(),
        }
    }

    /// For tokens signed for the key in this file.
    pub fn token(key_file: impl Into<PathBuf>) -> Self {
        let key_file = key_file.into();
        Self::new(Access::Token { key_file })
    }

    /// For user and password of a NanoMQ that nobody has configured.
    pub fn basic() -> Self {
        let (user, password) = DEFAULT_USER;
        Self::new(Access::Basic {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

/// A running simulated NanoMQ. Dropping it stops it without waiting; [`NanoMq::stop`] waits.
pub struct NanoMq {
    server: Server,
    shared: Arc<Shared>,
}

/// What the handlers share.
struct Shared {
    version: String,
    clock: Clock,
    access: Access,
    restart: RestartTimes,
    orders: Orders,
    troubles: Troubles,
    run: Mutex<Run>,
    settings: Mutex<Settings>,
}

/// What begins anew with each process.
struct Run {
    gate: Arc<Gate>,
    started: Instant,
    number: u32,
}

impl Run {
    fn begin(access: &Access, number: u32) -> Self {
        Self {
            gate: Arc::new(Gate::new(access)),
            started: Instant::now(),
            number,
        }
    }
}

impl NanoMq {
    /// Starts it.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(options: NanoMqOptions) -> Result<Self, StartError> {
        let bound = Bound::new(SERVICE, options.address).await?;
        let shared = Arc::new(Shared {
            run: Mutex::new(Run::begin(&options.access, 1)),
            settings: Mutex::new(Settings::new(&options.access, bound.address().port())),
            version: options.version,
            clock: options.clock,
            access: options.access,
            restart: options.restart,
            orders: bound.orders(),
            troubles: Troubles::default(),
        });
        let renewed = Arc::clone(&shared);
        let server = bound.serve(api::router(Arc::clone(&shared)), None, move || {
            let access = renewed.settings.lock().reread(&renewed.access);
            let mut run = renewed.run.lock();
            *run = Run::begin(&access, run.number + 1);
        });
        Ok(Self { server, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The clock that tokens are checked against.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// How many processes it has been: 1, and one more after each restart.
    pub fn runs(&self) -> u32 {
        self.shared.run.lock().number
    }

    /// What goes wrong when it is given a configuration.
    pub fn troubles(&self) -> &Troubles {
        &self.shared.troubles
    }

    /// The text of its configuration file, as it was given last.
    pub fn configuration_file(&self) -> String {
        self.shared.settings.lock().file().to_owned()
    }

    /// Whether it has died.
    pub fn has_ended(&self) -> bool {
        self.server.has_ended()
    }

    /// Stops it: no new requests, a moment for those that run, and then they are cut.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Shared {
    fn order_restart(&self) {
        let RestartTimes { lingers, refused } = self.restart;
        self.orders.give(Order::Restart { lingers, refused });
    }
}

#[cfg(test)]
mod tests;
