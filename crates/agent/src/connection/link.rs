//! Making one connection.

use std::time::Duration;

use edgeward_mqtt::{
    Client, ConnectError, Incoming, Lost, Options, Protocol, PublishError, SubscribeError, Will,
};
use edgeward_pki::tls::{Connector, TlsError};
use edgeward_pki::{PkiError, random_bytes};
use edgeward_runtime::Chain;
use edgeward_wire::enrol::ALPN_MQTT;
use edgeward_wire::frame::MAX_FRAME_BYTES;
use edgeward_wire::report::{State, Status};
use edgeward_wire::topic::{Topic, Up};

use crate::dial::{Address, AddressError, DialError};
use crate::enrolment::CallError;
use crate::state::Identity;

/// Seconds between two status messages.
pub(crate) const HEARTBEAT_S: u32 = 20;

/// Seconds after which a silent connection is asked whether it is alive.
const KEEP_ALIVE_S: u16 = 15;

/// How long the MQTT handshake may take.
const MQTT_TIMEOUT: Duration = Duration::from_secs(8);

/// The largest MQTT packet that is taken, in bytes: a frame or a command, and room for its head.
const MAX_PACKET_BYTES: usize = MAX_FRAME_BYTES + 4096;

/// A connection, before anything was said on it.
pub(crate) struct Link {
    pub(crate) address: Address,
    pub(crate) local_address: String,
    pub(crate) run: u64,
    pub(crate) client: Client,
    pub(crate) incoming: Incoming,
}

/// Why there is no connection, or no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("this device's identity cannot be used; join again with --replace")]
    Identity(#[from] PkiError),
    #[error("this device's identity names no usable address; join again with --replace")]
    Address(#[from] AddressError),
    #[error("{0}")]
    Call(CallError),
    #[error(
        "the broker at {address} refuses this device's certificate: {reason}; join again if it was deleted there"
    )]
    Certificate { address: Address, reason: String },
    #[error("no MQTT connection to {address}")]
    Mqtt {
        address: Address,
        source: ConnectError,
    },
    #[error("the broker does not allow to subscribe to {filter}: {reason}")]
    Subscription { filter: String, reason: String },
    #[error("cannot subscribe")]
    Subscribe(#[source] SubscribeError),
    #[error("cannot publish")]
    Publish(#[source] PublishError),
    #[error("the connection was lost")]
    Lost(#[source] Lost),
}

impl LinkError {
    /// Whether the other end has said no, rather than nothing.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Identity(_)
            | Self::Address(_)
            | Self::Certificate { .. }
            | Self::Subscription { .. } => true,
            Self::Mqtt { source, .. } => matches!(
                source,
                ConnectError::Refused { .. } | ConnectError::UnsupportedVersion
            ),
            Self::Call(error) => !error.is_unreachable(),
            Self::Subscribe(_) | Self::Publish(_) | Self::Lost(_) => false,
        }
    }
}

/// Tries the addresses in their order.
pub(crate) async fn dial(identity: &Identity) -> Result<Link, LinkError> {
    let connector = Connector::new(
        identity.server_trust(),
        Some(&identity.client()),
        &[ALPN_MQTT],
    )?;
    let mut last = None;
    for address in &identity.mqtt {
        let address: Address = address.parse()?;
        match at(&address, identity, &connector).await {
            Ok(link) => return Ok(link),
            Err(error) => {
                tracing::debug!(%address, error = %Chain(&error), "this address does not work");
                last = Some(error);
            }
        }
    }
    Err(last
        .unwrap_or_else(|| LinkError::Call(CallError::Dial(DialError::NoAddress(String::new())))))
}

/// MQTT 5, and 3.1.1 with a broker that knows nothing newer.
async fn at(
    address: &Address,
    identity: &Identity,
    connector: &Connector,
) -> Result<Link, LinkError> {
    match with(Protocol::V5, address, identity, connector).await {
        Err(LinkError::Mqtt {
            source: ConnectError::UnsupportedVersion,
            ..
        }) => with(Protocol::V3_1_1, address, identity, connector).await,
        result => result,
    }
}

async fn with(
    protocol: Protocol,
    address: &Address,
    identity: &Identity,
    connector: &Connector,
) -> Result<Link, LinkError> {
    let stream = address
        .secure(connector)
        .await
        .map_err(|error| LinkError::Call(CallError::of_dial(error)))?;
    let local_address = stream
        .get_ref()
        .0
        .local_addr()
        .map_or_else(|_| String::new(), |local| local.ip().to_string());
    let run = u64::from_be_bytes(random_bytes());
    let will = Will {
        topic: Topic::Up(identity.agent, Up::Status).to_string(),
        payload: status(State::Offline, run).into(),
        qos: edgeward_mqtt::QoS::AtMostOnce,
        retain: false,
    };
    let options = Options {
        protocol,
        client_id: identity.agent.to_string(),
        username: None,
        password: None,
        keep_alive_s: KEEP_ALIVE_S,
        clean_session: true,
        will: Some(will),
        max_packet_bytes: u32::try_from(MAX_PACKET_BYTES).unwrap_or(u32::MAX),
        connect_timeout: MQTT_TIMEOUT,
    };
    let (client, incoming) = edgeward_mqtt::connect(stream, options)
        .await
        .map_err(|error| of_connect(address, error))?;
    Ok(Link {
        address: address.clone(),
        local_address,
        run,
        client,
        incoming,
    })
}

/// With TLS 1.3 a refused client certificate shows only now.
fn of_connect(address: &Address, error: ConnectError) -> LinkError {
    let address = address.clone();
    match error {
        ConnectError::Io(error) => match TlsError::from_io(error) {
            TlsError::Refused { reason } => LinkError::Certificate {
                address,
                reason: reason.to_owned(),
            },
            TlsError::Io(error) => LinkError::Mqtt {
                address,
                source: ConnectError::Io(error),
            },
            other => LinkError::Mqtt {
                address,
                source: ConnectError::Protocol(other.to_string()),
            },
        },
        source => LinkError::Mqtt { address, source },
    }
}

pub(crate) fn status(state: State, run: u64) -> Vec<u8> {
    let status = Status {
        state,
        run,
        heartbeat_s: HEARTBEAT_S,
    };
    // Numbers and words always fit JSON.
    serde_json::to_vec(&status).unwrap_or_default()
}
