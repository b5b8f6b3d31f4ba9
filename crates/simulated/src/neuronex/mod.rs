//! A simulated NeuronEX: its own few calls, and in front of a simulated Neuron and a simulated eKuiper of its own.
//!
//! What NeuronEX answers to a bad token is known from its error catalogue only; the texts beside the numbers, and the order of the checks, are
//! a guess. What stands behind it asks for no token of its own, as in the real one.

mod access;
mod api;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::clock::Clock;
use crate::neuron::{self, NeuronOptions, Site};
use crate::serving::{Bound, Server};
use crate::{Access, StartError, Troubles, ekuiper};
use access::Gate;

/// What the errors call it.
const SERVICE: &str = "NeuronEX";

/// The NeuronEX that this one behaves like, and says it is unless told otherwise.
pub const VERSION: &str = "3.8.0";

/// User and password of a NeuronEX that nobody has configured.
pub const DEFAULT_USER: (&str, &str) = ("admin", "0000");

/// What a simulated NeuronEX is to be.
#[derive(Clone, Debug)]
pub struct NeuronExOptions {
    /// What stands behind the Neuron in it.
    pub site: Site,
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The folder with public keys, `etc` of a real one; looked at anew in each request.
    pub keys: PathBuf,
    /// Whether it looks at tokens at all.
    pub access: Access,
    /// What it says its version is.
    pub version: String,
    /// The clock that tokens are checked against, and that the `Date` header tells.
    pub clock: Clock,
}

impl NeuronExOptions {
    /// On a free port of 127.0.0.1, with keys in this folder, tokens checked by the right time.
    pub fn new(keys: impl Into<PathBuf>) -> Self {
        Self {
            site: Site::PressShop,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: keys.into(),
            access: Access::Token,
            version: VERSION.to_owned(),
            clock: Clock::default(),
        }
    }
}

/// A running simulated NeuronEX. Dropping it stops it without waiting; [`NeuronEx::stop`] waits.
pub struct NeuronEx {
    server: Server,
    clock: Clock,
    troubles: (Troubles, Troubles),
}

/// What the handlers share.
struct Shared {
    version: String,
    started: Instant,
    gate: Gate,
    neuron: Arc<neuron::Shared>,
    ekuiper: Arc<ekuiper::Shared>,
}

impl NeuronEx {
    /// Starts it.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(options: NeuronExOptions) -> Result<Self, StartError> {
        let bound = Bound::new(SERVICE, options.address).await?;
        let clock = options.clock.clone();
        let inner = NeuronOptions {
            access: Access::Open,
            clock: clock.clone(),
            ..NeuronOptions::new(options.site, &options.keys)
        };
        let neuron = neuron::Shared::new(inner, &bound);
        let ekuiper = ekuiper::Shared::new(ekuiper::VERSION.to_owned(), &bound);
        let gate = Gate::new(options.keys, options.access, clock.clone());
        let troubles = (neuron.troubles.clone(), ekuiper.troubles.clone());
        let shared = Arc::new(Shared {
            version: options.version,
            started: Instant::now(),
            gate,
            neuron,
            ekuiper,
        });
        let server = bound.serve(api::router(shared), Some(clock.clone()), || {});
        Ok(Self {
            server,
            clock,
            troubles,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The clock that tokens are checked against, and that the `Date` header tells.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What goes wrong when the Neuron in it is given a whole configuration.
    pub fn neuron_troubles(&self) -> &Troubles {
        &self.troubles.0
    }

    /// What goes wrong when something is imported into the eKuiper in it.
    pub fn ekuiper_troubles(&self) -> &Troubles {
        &self.troubles.1
    }

    /// Whether it has stopped because it was told to over its API.
    pub fn has_ended(&self) -> bool {
        self.server.has_ended()
    }

    /// Stops it: no new requests, a moment for those that run, and then they are cut.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

#[cfg(test)]
mod tests;
