//! Opening a connection to the control plane: name, TCP, TLS; each step with its own limit and its own error.
//!
//! The name is resolved anew each time, because the way that worked yesterday may lead elsewhere today.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use edgeward_pki::tls::{ClientStream, Connector, TlsError};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// How long resolving a name may take.
pub const RESOLVE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long one TCP connection may take to open. Short, because the system asks ever more rarely while nobody answers:
/// with a new attempt the way is found soon after it is back.
pub const TCP_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a TLS handshake may take.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(8);

/// How long sent bytes may stay unacknowledged before the connection counts as dead.
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(6);

/// After how long without traffic the system asks whether the other end is there, and how often. A server that has given
/// the connection up meanwhile says so when it is asked.
const PROBE_AFTER: Duration = Duration::from_secs(5);
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// The most addresses of one name that are tried.
const MAX_RESOLVED: usize = 8;

/// A host and a port, as `edge.example.com:8883`, `10.0.0.1:8883` or `[2001:db8::1]:8883`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    host: String,
    port: u16,
}

/// The text is not an [`Address`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{0}\" is not an address; write a host and a port, such as edge.example.com:8883")]
pub struct AddressError(String);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name does not resolve.
    #[error("cannot resolve the name \"{host}\"")]
    Resolve {
        /// The name.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// The name resolves to no address.
    #[error("the name \"{0}\" has no address")]
    NoAddress(String),
    /// No name server answered in time.
    #[error("no name server has answered for \"{0}\" within {RESOLVE_TIMEOUT:?}")]
    ResolveTimeout(String),
    /// TCP failed.
    #[error("cannot connect to {address}")]
    Tcp {
        /// Where.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody answered TCP.
    #[error("nothing at {0} answers; a firewall may drop the packets")]
    TcpTimeout(Address),
    /// TLS failed.
    #[error("no secure connection to {address}")]
    Tls {
        /// Where.
        address: Address,
        /// What is wrong.
        source: TlsError,
    },
    /// Nobody answered TLS.
    #[error("{0} takes connections but does not answer the TLS handshake")]
    TlsTimeout(Address),
}

impl Address {
    /// Host name or IP address (IPv6 without brackets) and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// Host name or IP address, IPv6 without brackets: what the certificate must be for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Resolves the name anew; an IP address is itself.
    ///
    /// # Errors
    /// It has no address, or no name server answers in time.
    pub async fn resolve(&self) -> Result<Vec<SocketAddr>, DialError> {
        let host = || self.host.clone();
        let found: Vec<_> = timeout(
            RESOLVE_TIMEOUT,
            lookup_host((self.host.as_str(), self.port)),
        )
        .await
        .map_err(|_| DialError::ResolveTimeout(host()))?
        .map_err(|source| DialError::Resolve {
            host: host(),
            source,
        })?
        .take(MAX_RESOLVED)
        .collect();
        if found.is_empty() {
            return Err(DialError::NoAddress(host()));
        }
        Ok(found)
    }

    /// Opens a TCP connection to the first of these that answers.
    ///
    /// # Errors
    /// None does; the last one's error.
    pub async fn tcp(&self, resolved: &[SocketAddr]) -> Result<TcpStream, DialError> {
        let mut last = DialError::NoAddress(self.host.clone());
        for socket in resolved {
            last = match timeout(TCP_TIMEOUT, TcpStream::connect(socket)).await {
                Err(_) => DialError::TcpTimeout(self.clone()),
                Ok(Err(source)) => DialError::Tcp {
                    address: self.clone(),
                    source,
                },
                Ok(Ok(stream)) => {
                    let prepared = prepare(&stream);
                    let failed = |source| DialError::Tcp {
                        address: self.clone(),
                        source,
                    };
                    return prepared.map(|()| stream).map_err(failed);
                }
            };
        }
        Err(last)
    }

    /// Makes the TLS handshake over a TCP connection.
    ///
    /// # Errors
    /// It fails, or it is not answered in time.
    pub async fn tls(
        &self,
        connector: &Connector,
        stream: TcpStream,
    ) -> Result<ClientStream<TcpStream>, DialError> {
        timeout(TLS_TIMEOUT, connector.connect(&self.host, stream))
            .await
            .map_err(|_| DialError::TlsTimeout(self.clone()))?
            .map_err(|source| DialError::Tls {
                address: self.clone(),
                source,
            })
    }

    /// All three steps.
    ///
    /// # Errors
    /// The first step that fails.
    pub async fn secure(
        &self,
        connector: &Connector,
    ) -> Result<ClientStream<TcpStream>, DialError> {
        let resolved = self.resolve().await?;
        let stream = self.tcp(&resolved).await?;
        self.tls(connector, stream).await
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new()
        .with_time(PROBE_AFTER)
        .with_interval(PROBE_INTERVAL);
    socket.set_tcp_keepalive(&probes)?;
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIMEOUT))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bad = || AddressError(text.chars().take(100).collect());
        let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(bad)?;
        let host = match host.strip_prefix('[') {
            Some(rest) => {
                let inner = rest.strip_suffix(']').ok_or_else(bad)?;
                inner.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
                inner
            }
            None => host,
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        let brackets_ok = text.starts_with('[') || !host.contains(':');
        if host.is_empty() || !brackets_ok || !host.chars().all(plain) {
            return Err(bad());
        }
        Ok(Self::new(host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_a_host_and_a_port() {
        for text in ["edge.example.com:8883", "10.0.0.1:1", "[::1]:8883"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]:8883".parse::<Address>().unwrap().host(), "::1");
        for bad in [
            "",
            "edge.example.com",
            "edge:0",
            "edge:99999",
            ":8883",
            "https://edge:8883",
            "::1:8883",
            "[x]:1",
            "a b:1",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn each_step_has_its_own_error() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let address = Address::new("127.0.0.1", closed.port());
        let resolved = address.resolve().await.unwrap();
        assert_eq!(resolved, [closed]);
        let error = address.tcp(&resolved).await.unwrap_err();
        assert!(matches!(error, DialError::Tcp { .. }), "{error:?}");
        let nowhere = Address::new("no-such-host.invalid", 1)
            .resolve()
            .await
            .unwrap_err();
        assert!(
            matches!(
                nowhere,
                DialError::Resolve { .. } | DialError::ResolveTimeout(_)
            ),
            "{nowhere:?}"
        );
    }
}
