//! A simulated eKuiper: streams, tables and rules that are kept and counted, and never run.
//!
//! Behaves as 1.12 to 1.14 do, or as 1.11 and older if so wished, where a manager can notice: the token check with the texts of the library
//! below it, plain-text errors that end with a line feed, and an import that wipes first. It has no plugins, services or schemas;
//! whatever an import brings of those is kept and exported again.

mod access;
mod api;
mod go;
mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use parking_lot::Mutex;

use crate::clock::Clock;
use crate::serving::{Bound, Orders, Server};
use crate::{Access, StartError, Troubles};
use access::Gate;
pub(crate) use state::State;

/// What the errors call it.
const SERVICE: &str = "eKuiper";

/// The eKuiper that this one behaves like, and says it is unless told otherwise.
pub const VERSION: &str = "1.14.6";

/// The same for [`Texts::Old`].
pub const OLD_VERSION: &str = "1.11.5";

/// Which library checks the tokens, which shows in its texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Texts {
    /// That of 1.12 and newer.
    #[default]
    Current,
    /// That of 1.11 and older: it sends the token back in the text, wants `aud` to be a single text and times to be whole numbers.
    Old,
}

/// What a simulated eKuiper is to be.
#[derive(Clone, Debug)]
pub struct EKuiperOptions {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The folder with public keys, `etc/mgmt` of a real one; looked at anew in each request.
    pub keys: PathBuf,
    /// Whether it looks at tokens at all; a real one does not unless configured to.
    pub access: Access,
    /// Which library checks the tokens.
    pub texts: Texts,
    /// What it says its version is.
    pub version: String,
    /// The clock that tokens are checked against, and that the `Date` header tells.
    pub clock: Clock,
}

impl EKuiperOptions {
    /// On a free port of 127.0.0.1, with keys in this folder, tokens checked by the right time.
    pub fn new(keys: impl Into<PathBuf>) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: keys.into(),
            access: Access::Token,
            texts: Texts::Current,
            version: VERSION.to_owned(),
            clock: Clock::default(),
        }
    }

    /// The same as of 1.11.
    pub fn old(keys: impl Into<PathBuf>) -> Self {
        Self {
            texts: Texts::Old,
            version: OLD_VERSION.to_owned(),
            ..Self::new(keys)
        }
    }
}

/// A running simulated eKuiper. Dropping it stops it without waiting; [`EKuiper::stop`] waits.
pub struct EKuiper {
    server: Server,
    clock: Clock,
    troubles: Troubles,
}

/// What the handlers share.
pub(crate) struct Shared {
    version: String,
    started: Instant,
    orders: Orders,
    pub(crate) troubles: Troubles,
    pub(crate) state: Mutex<State>,
}

impl EKuiper {
    /// Starts it.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(options: EKuiperOptions) -> Result<Self, StartError> {
        let bound = Bound::new(SERVICE, options.address).await?;
        let clock = options.clock.clone();
        let shared = Shared::new(options.version, &bound);
        let troubles = shared.troubles.clone();
        let gate = Gate {
            access: options.access,
            keys: options.keys,
            texts: options.texts,
            clock: clock.clone(),
        };
        let router = access::guarded(api::calls(), gate).with_state(shared);
        let server = bound.serve(router, Some(clock.clone()), || {});
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

    /// What goes wrong when something is imported.
    pub fn troubles(&self) -> &Troubles {
        &self.troubles
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

impl Shared {
    /// Everything but the port, which may be another product's that contains an eKuiper.
    pub(crate) fn new(version: String, bound: &Bound) -> Arc<Self> {
        Arc::new(Self {
            version,
            started: Instant::now(),
            orders: bound.orders(),
            troubles: Troubles::default(),
            state: Mutex::default(),
        })
    }
}

/// The API without asking for a token: eKuiper inside another product.
pub(crate) fn inner_api(shared: Arc<Shared>) -> Router {
    api::calls().with_state(shared)
}

#[cfg(test)]
mod tests;
