//! Where a service is, as the configuration writes it: an `http` URL of a host and nothing more.

use std::fmt;
use std::str::FromStr;

use http::uri::{Authority, Uri};

const DEFAULT_PORT: u16 = 80;

/// Host and port of a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceTarget {
    host: String,
    port: u16,
}

/// Why a URL cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no URL.
    #[error("\"{0}\" is not a URL; write one such as http://127.0.0.1:7000")]
    NotAUrl(String),
    /// TLS towards a service is not there.
    #[error(
        "https to a local service is not supported; give the service's http address, such as http://127.0.0.1:7000"
    )]
    Https,
    /// Another scheme.
    #[error("\"{0}\" cannot be reached through the tunnel; only http URLs can")]
    Scheme(String),
    /// More than scheme, host and port.
    #[error(
        "the URL may have only a host and a port, such as http://127.0.0.1:7000; remove the {0}"
    )]
    TooMuch(&'static str),
}

impl ServiceTarget {
    /// A host name or IP address (IPv6 without brackets) and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// Host name or IP address, IPv6 without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As it stands in a `Host` header.
    pub fn authority(&self) -> String {
        let host = &self.host;
        match (host.contains(':'), self.port) {
            (false, DEFAULT_PORT) => host.clone(),
            (false, port) => format!("{host}:{port}"),
            (true, DEFAULT_PORT) => format!("[{host}]"),
            (true, port) => format!("[{host}]:{port}"),
        }
    }
}

impl fmt::Display for ServiceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority())
    }
}

impl FromStr for ServiceTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_a_url = || TargetError::NotAUrl(text.chars().take(100).collect());
        let uri: Uri = text.trim().parse().map_err(|_| not_a_url())?;
        let authority = uri.authority().ok_or_else(not_a_url)?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(TargetError::Https),
            Some(other) => return Err(TargetError::Scheme(other.chars().take(20).collect())),
            None => return Err(not_a_url()),
        }
        if authority.as_str().contains('@') {
            return Err(TargetError::TooMuch("user name and password"));
        }
        if uri.query().is_some() {
            return Err(TargetError::TooMuch("query"));
        }
        if !matches!(uri.path(), "" | "/") {
            return Err(TargetError::TooMuch("path"));
        }
        host_and_port(authority, DEFAULT_PORT).ok_or_else(not_a_url)
    }
}

fn host_and_port(authority: &Authority, default_port: u16) -> Option<ServiceTarget> {
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let rest = &authority.as_str()[authority.host().len()..];
    let port = match rest {
        "" => default_port,
        _ => rest
            .strip_prefix(':')?
            .parse()
            .ok()
            .filter(|port| *port != 0)?,
    };
    (!host.is_empty()).then(|| ServiceTarget::new(host, port))
}
