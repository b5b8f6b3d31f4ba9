//! REST client for the command line and for tests: one method per operation under `/api/v1`, and the raw way to a service.
//!
//! It does not retry and keeps no state but its connections. The process installs the TLS provider (`edgeward_pki::install_provider`).

mod access;
mod actions;
mod agents;
mod api_tokens;
mod audit;
mod deliveries;
mod download;
mod error;
mod events;
mod hosting;
mod keys;
mod members;
mod organisations;
mod profile;
mod proxy;
mod registrations;
mod request;
mod rollouts;
mod rotation;
mod services;
mod settings;
mod tokens;
mod twins;
mod users;

use std::time::Duration;

use edgeward_pki::tls::{Connector, Trust};
use reqwest::Url;

pub use download::Download;
pub use error::ClientError;
pub use events::Events;
pub use hosting::OPERATION_TIMEOUT;
pub use members::Place;
pub use proxy::{BodyStream, ProxyAnswer, ProxyRequest};
pub use rotation::PLACE_TIMEOUT;

/// How long a connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer may take, but for proxied requests, downloads and events, which may last.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the import of a long list may take, there and back.
pub const IMPORT_TIMEOUT: Duration = Duration::from_secs(3600);

/// The largest answer that is read whole, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Where the control plane is and how to speak to it.
#[derive(Clone)]
pub struct Options {
    /// Its address, such as `https://edge.example.com`.
    pub server: String,
    /// The bearer token, once there is one.
    pub token: Option<String>,
    /// Whose certificates are believed over `https`.
    pub trust: Trust,
}

/// A client of one control plane. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// The address or the certificates to believe in are wrong.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        let base = base_url(&options.server)?;
        let tls =
            Connector::new(options.trust, None, &[b"http/1.1"]).map_err(ClientError::Trust)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.configuration())
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("edgeward/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ClientError::Setup)?;
        Ok(Self {
            http,
            base,
            token: options.token,
        })
    }

    /// The same client with another token.
    pub fn with_token(&self, token: Option<String>) -> Self {
        Self {
            token,
            ..self.clone()
        }
    }

    /// The control plane's address, without a final slash.
    pub fn server(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
}

fn base_url(server: &str) -> Result<Url, ClientError> {
    let wrong = || ClientError::Address(server.chars().take(200).collect());
    let url = Url::parse(server.trim().trim_end_matches('/')).map_err(|_| wrong())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
        Ok(url)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests;
