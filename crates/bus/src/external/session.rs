//! Making one connection to the broker: dial, TLS, MQTT, subscriptions.

use std::io;
use std::time::Duration;

use edgeward_mqtt::{
    Client, ConnectError, Incoming, Options, Protocol, QoS, SubscribeError, SubscribeOutcome,
};
use edgeward_pki::tls::TlsError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::block::{ConfigError, MqttBlock};

/// Something is heard or said this often.
const KEEP_ALIVE_S: u16 = 20;

/// The largest packet to accept from the broker.
const MAX_PACKET_BYTES: u32 = 1024 * 1024;

/// Why there is no connection to the broker.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error("cannot use the mqtt settings")]
    Config(#[source] ConfigError),
    #[error("cannot connect to the broker at {address}")]
    Dial {
        address: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot speak TLS to the broker at {address}")]
    Tls {
        address: String,
        #[source]
        source: TlsError,
    },
    #[error("the broker at {address} did not answer within {after:?}")]
    TimedOut { address: String, after: Duration },
    #[error("cannot speak MQTT to the broker at {address}")]
    Mqtt {
        address: String,
        #[source]
        source: ConnectError,
    },
    #[error("cannot subscribe to {filters}")]
    Subscribe {
        filters: String,
        #[source]
        source: SubscribeError,
    },
    #[error("the broker refused the subscription to {filter}: {reason}")]
    SubscriptionRefused { filter: String, reason: String },
}

impl SessionError {
    /// Whether the other version of the protocol may do better, and how sure that is.
    pub(super) fn other_version(&self) -> OtherVersion {
        match self {
            Self::Mqtt { source, .. } => match source {
                ConnectError::UnsupportedVersion => OtherVersion::Asked,
                ConnectError::Closed | ConnectError::Protocol(_) => OtherVersion::Perhaps,
                _ => OtherVersion::No,
            },
            _ => OtherVersion::No,
        }
    }
}

/// Whether to speak the other version of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OtherVersion {
    /// The broker said so.
    Asked,
    /// The broker hung up, as some do.
    Perhaps,
    No,
}

/// What to subscribe to.
pub(super) struct Filters {
    /// Without these there is no use in being connected.
    pub(super) needed: Vec<String>,
    /// These the broker may refuse.
    pub(super) wished: Vec<String>,
}

/// Connects and subscribes.
pub(super) async fn open(
    config: &MqttBlock,
    protocol: Protocol,
    client_id: &str,
    filters: &Filters,
) -> Result<(Client, Incoming), SessionError> {
    let after = config.connect_timeout();
    let (client, incoming) = timeout(after, connect(config, protocol, client_id))
        .await
        .map_err(|_| SessionError::TimedOut {
            address: config.addr.clone(),
            after,
        })??;
    if let Some((filter, reason)) = subscribe(&client, &filters.needed).await? {
        return Err(SessionError::SubscriptionRefused { filter, reason });
    }
    if let Some((filter, reason)) = subscribe(&client, &filters.wished).await? {
        tracing::warn!(
            filter,
            reason,
            "the broker refuses a subscription; what comes there is not heard"
        );
    }
    Ok((client, incoming))
}

async fn connect(
    config: &MqttBlock,
    protocol: Protocol,
    client_id: &str,
) -> Result<(Client, Incoming), SessionError> {
    let address = || config.addr.clone();
    let (host, port) = config.host_and_port().map_err(SessionError::Config)?;
    let connector = config.connector().map_err(SessionError::Config)?;
    let dial = |source| SessionError::Dial {
        address: address(),
        source,
    };
    let tcp = TcpStream::connect((host, port)).await.map_err(dial)?;
    tcp.set_nodelay(true).map_err(dial)?;
    let Some(connector) = connector else {
        return handshake(config, protocol, client_id, tcp)
            .await
            .map_err(|source| SessionError::Mqtt {
                address: address(),
                source,
            });
    };
    let tls = |source| SessionError::Tls {
        address: address(),
        source,
    };
    let stream = connector.connect(host, tcp).await.map_err(tls)?;
    handshake(config, protocol, client_id, stream)
        .await
        .map_err(|source| match source {
            // A refusal of this side's certificate comes with the first read.
            ConnectError::Io(error) => tls(TlsError::from_io(error)),
            source => SessionError::Mqtt {
                address: address(),
                source,
            },
        })
}

async fn handshake<S>(
    config: &MqttBlock,
    protocol: Protocol,
    client_id: &str,
    stream: S,
) -> Result<(Client, Incoming), ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (username, password) = config.credentials();
    let options = Options {
        protocol,
        client_id: client_id.to_owned(),
        username,
        password,
        keep_alive_s: KEEP_ALIVE_S,
        clean_session: config.clean_session,
        will: None,
        max_packet_bytes: MAX_PACKET_BYTES,
        connect_timeout: config.connect_timeout(),
    };
    edgeward_mqtt::connect(stream, options).await
}

/// Subscribes; the first filter that the broker refused, and its words.
async fn subscribe(
    client: &Client,
    subscriptions: &[String],
) -> Result<Option<(String, String)>, SessionError> {
    if subscriptions.is_empty() {
        return Ok(None);
    }
    let filters: Vec<_> = subscriptions
        .iter()
        .map(|filter| (filter.as_str(), QoS::AtLeastOnce))
        .collect();
    let outcomes = client
        .subscribe(&filters)
        .await
        .map_err(|source| SessionError::Subscribe {
            filters: subscriptions.join(", "),
            source,
        })?;
    let refused = subscriptions
        .iter()
        .zip(outcomes)
        .find_map(|(filter, outcome)| match outcome {
            SubscribeOutcome::Refused(reason) => Some((filter.clone(), reason)),
            SubscribeOutcome::Granted(_) => None,
        });
    Ok(refused)
}
