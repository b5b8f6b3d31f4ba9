//! Why something did not work.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The broker did not answer in time; trying again may help.
    #[error("the broker did not answer the MQTT handshake within {0:?}")]
    TimedOut(Duration),
    /// The broker does not speak this version of the protocol; another may work.
    #[error("the broker does not support this version of MQTT")]
    UnsupportedVersion,
    /// The broker said no.
    #[error("the broker refused the connection: {reason} (code {code})")]
    Refused {
        /// The code from its answer: a return code of MQTT 3.1.1, or a reason code of MQTT 5.
        code: u8,
        /// The same in words.
        reason: String,
    },
    /// The broker hung up instead of answering.
    #[error("the broker closed the connection without answering the MQTT handshake")]
    Closed,
    /// The stream failed.
    #[error("cannot speak to the broker")]
    Io(#[source] io::Error),
    /// The broker's answer is not MQTT, or not an answer.
    #[error("the broker's answer is not a valid MQTT handshake: {0}")]
    Protocol(String),
    /// The options cannot be put into a packet, for example because a text is longer than 65 535 bytes.
    #[error("the connection's options do not fit an MQTT packet: {0}")]
    Options(String),
}

/// Why a connection ended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Lost {
    /// [`crate::Client::disconnect`] was called.
    #[error("this side said good-bye")]
    Disconnected,
    /// [`crate::Incoming`] was dropped.
    #[error("this side dropped the connection")]
    Dropped,
    /// The broker said why it ends the connection (MQTT 5).
    #[error("the broker ended the connection: {0}")]
    Ended(String),
    /// The broker hung up.
    #[error("the broker closed the connection")]
    Closed,
    /// Nothing was heard for at least one and a half keep-alive intervals.
    #[error("the broker has been silent for {0:?}")]
    Silent(Duration),
    /// The stream failed.
    #[error("the connection to the broker failed")]
    Io(#[source] Arc<io::Error>),
    /// The broker broke the protocol, or sent a packet that is larger than allowed.
    #[error("the broker broke the protocol: {0}")]
    Protocol(String),
}

/// Why a message was not sent, or why it is not known whether it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// The connection ended first.
    #[error("the connection ended before the message was taken")]
    Lost(#[source] Lost),
    /// The broker refused it; trying again does not help.
    #[error("the broker refused the message: {0}")]
    Refused(String),
    /// It was sent but not acknowledged in time.
    #[error("the broker did not acknowledge the message within {0:?}")]
    NotAcknowledged(Duration),
    /// The broker takes no packet of this size.
    #[error("the message has {size} bytes; the broker takes {max}")]
    TooLarge {
        /// The size of the packet.
        size: usize,
        /// The broker's limit.
        max: usize,
    },
    /// The topic is empty, too long, or has a wildcard.
    #[error("\"{0}\" is not a topic to publish to")]
    Topic(String),
}

/// Why a subscription has no outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SubscribeError {
    /// The connection ended first.
    #[error("the connection ended before the subscription was answered")]
    Lost(#[source] Lost),
    /// It was sent but not answered in time.
    #[error("the broker did not answer the subscription within {0:?}")]
    NotAcknowledged(Duration),
    /// There is no filter, or one is empty or longer than 65 535 bytes.
    #[error("a subscription needs filters of 1 to 65535 bytes")]
    Filter,
}
