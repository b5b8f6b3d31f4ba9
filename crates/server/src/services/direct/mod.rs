//! The direct way: services that the control plane dials by itself.
//!
//! Connections are kept for each way of trusting apart, so that no request travels over one that was checked by other rules.
//! Redirects are handed on and never followed, a proxy of the environment is not used, and networks that the configuration
//! refuses are not dialled, whatever a name resolves to.

mod networks;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use edgeward_domain::service::{Address, Host, Scheme, Trust};
use edgeward_pki::tls::{Connector, Trust as Believed};
use edgeward_runtime::Chain;
use http::{Request, Response, Uri, Version};
use http_body::Body as _;
use parking_lot::Mutex;

pub use networks::{Networks, default_refused};

/// How long connecting may take, name and handshake included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection that nobody uses is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The most connections that are kept to one address; edge services take few.
const MAX_IDLE_PER_ADDRESS: usize = 4;

/// The most pinned certificates whose connections are kept.
const MAX_PINNED: usize = 1000;

/// The longest reason that is shown, in characters.
const MAX_REASON_CHARS: usize = 300;

/// What the TLS library puts before what our own check of a certificate says.
const TLS_PREFIX: &str = "unexpected error: ";

/// Where a direct service is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Destination {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// `host:port`.
    pub address: Address,
    /// Which certificate is believed.
    pub trust: Trust,
}

/// Why a direct service was not reached.
#[derive(Debug, thiserror::Error)]
pub enum DirectError {
    /// The configuration refuses the address.
    #[error("{0}")]
    Refused(String),
    /// Nothing was connected to.
    #[error("the control plane cannot connect to {address}: {reason}")]
    Unreachable {
        /// `host:port`.
        address: String,
        /// Why, in a few words.
        reason: String,
    },
    /// The certificate is not believed.
    #[error("the certificate of {address} is not accepted: {reason}")]
    Certificate {
        /// `host:port`.
        address: String,
        /// Why, in a few words.
        reason: String,
    },
    /// What came is not HTTP, or too much of it.
    #[error("{address} does not answer as a service should: {reason}")]
    BadAnswer {
        /// `host:port`.
        address: String,
        /// Why, in a few words.
        reason: String,
    },
    /// The address, or what the certificate is checked with, cannot be used.
    #[error("{address} cannot be dialled: {reason}")]
    Setup {
        /// `host:port`.
        address: String,
        /// Why, in a few words.
        reason: String,
    },
}

/// Dials direct services.
pub struct DirectWay {
    networks: Networks,
    /// By the fingerprint of the pinned certificate; none where authorities vouch.
    clients: Mutex<HashMap<Option<String>, reqwest::Client>>,
}

impl DirectWay {
    /// Dials what these rules do not refuse.
    pub fn new(networks: Networks) -> Self {
        Self {
            networks,
            clients: Mutex::default(),
        }
    }

    /// Sends a request, of which only path and query say where to. The answer's body comes as it arrives; there is no time limit once
    /// connected.
    pub async fn send(
        &self,
        to: &Destination,
        request: Request<Body>,
    ) -> Result<Response<Body>, DirectError> {
        let address = to.address.to_string();
        if let Some(literal) = literal(&to.address) {
            self.networks.allow(literal).map_err(DirectError::Refused)?;
        }
        let client = self
            .client(&to.trust)
            .map_err(|reason| DirectError::Setup {
                address: address.clone(),
                reason,
            })?;
        let request = outgoing(to, &address, request)?;
        let answer = client.execute(request).await;
        let answer = answer.map_err(|error| judged(address, &error))?;
        Ok(http::Response::<reqwest::Body>::from(answer).map(Body::new))
    }

    fn client(&self, trust: &Trust) -> Result<reqwest::Client, String> {
        let pinned = match trust {
            Trust::Authorities => None,
            Trust::Pinned(fingerprint) => Some(fingerprint.clone()),
        };
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(&pinned) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_PINNED {
            clients.clear();
        }
        let client = self.new_client(trust)?;
        clients.insert(pinned, client.clone());
        Ok(client)
    }

    fn new_client(&self, trust: &Trust) -> Result<reqwest::Client, String> {
        let believed = match trust {
            Trust::Authorities => Believed::PublicRoots,
            Trust::Pinned(fingerprint) => Believed::Certificate(
                fingerprint
                    .parse()
                    .map_err(|error| format!("{}", Chain(&error)))?,
            ),
        };
        let tls = Connector::new(believed, None, &[b"http/1.1"])
            .map_err(|error| Chain(&error).to_string())?;
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls.configuration())
            .dns_resolver(self.networks.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE_PER_ADDRESS)
            .build()
            .map_err(|error| Chain(&error).to_string())
    }
}

/// The address, where it is one and not a name: those are not resolved.
fn literal(address: &Address) -> Option<IpAddr> {
    match address.host() {
        Host::Name(_) => None,
        Host::V4(address) => Some((*address).into()),
        Host::V6(address) => Some((*address).into()),
    }
}

fn outgoing(
    to: &Destination,
    address: &str,
    request: Request<Body>,
) -> Result<reqwest::Request, DirectError> {
    let (mut parts, body) = request.into_parts();
    let setup = |reason: String| DirectError::Setup {
        address: address.to_owned(),
        reason,
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = Uri::builder()
        .scheme(to.scheme.as_str())
        .authority(address)
        .path_and_query(path)
        .build()
        .map_err(|error| setup(error.to_string()))?;
    parts.version = Version::HTTP_11;
    let body = if body.is_end_stream() {
        reqwest::Body::from("")
    } else {
        reqwest::Body::wrap_stream(body.into_data_stream())
    };
    reqwest::Request::try_from(Request::from_parts(parts, body))
        .map_err(|error| setup(error.to_string()))
}

fn judged(address: String, error: &reqwest::Error) -> DirectError {
    let chain = Chain(error).to_string();
    let reason = innermost(error);
    if reason.starts_with(networks::REFUSED) {
        DirectError::Refused(reason)
    } else if chain.contains("certificate") {
        DirectError::Certificate { address, reason }
    } else if error.is_connect() {
        let reason = if error.is_timeout() {
            format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())
        } else {
            reason
        };
        DirectError::Unreachable { address, reason }
    } else {
        DirectError::BadAnswer { address, reason }
    }
}

/// The innermost reason, printable and short.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    let text = text.strip_prefix(TLS_PREFIX).unwrap_or(&text);
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_REASON_CHARS)
        .collect()
}

#[cfg(test)]
mod tests;
