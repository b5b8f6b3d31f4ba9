//! Why a connection or a request failed, and who was at fault.

use crate::CloseReason;
use crate::http2::{Fault, h2_error};

/// Why there is no HTTP/2 connection through a tunnel.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The tunnel ended first.
    #[error("starting HTTP/2 through the tunnel failed: {0}")]
    Tunnel(CloseReason),
    /// The other end said nothing, or something else, for too long.
    #[error("starting HTTP/2 through the tunnel took longer than {} s", super::OPEN_TIMEOUT.as_secs())]
    Silent,
    /// The HTTP/2 library failed.
    #[error("starting HTTP/2 through the tunnel failed")]
    Http(#[source] hyper::Error),
}

impl ConnectError {
    pub(super) fn new(reason: Option<CloseReason>, error: hyper::Error) -> Self {
        match reason {
            Some(reason) => Self::Tunnel(reason),
            None => Self::Http(error),
        }
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The tunnel ended; the agent may have seen the request.
    #[error("the tunnel ended before the answer came: {reason}")]
    Way {
        /// Why it ended.
        reason: CloseReason,
        /// What HTTP/2 made of it.
        #[source]
        error: hyper::Error,
    },
    /// The agent takes no new requests on this connection, and has not seen this one.
    #[error("the agent is closing this connection and did not take the request")]
    Leaving(#[source] hyper::Error),
    /// The agent refused or reset this request.
    #[error("the agent gave the request up")]
    Agent(#[source] hyper::Error),
    /// The request could not be sent as it is, or its body failed.
    #[error("the request could not be sent")]
    Request(#[source] hyper::Error),
    /// [`super::MAX_WAITING_REQUESTS`] others are waiting for this agent.
    #[error(
        "{} requests are waiting for this agent already",
        super::MAX_WAITING_REQUESTS
    )]
    Busy,
}

impl RequestError {
    pub(super) fn new(reason: Option<CloseReason>, error: hyper::Error) -> Self {
        match (Fault::of(&error), reason) {
            (Fault::Agent, _) => Self::Agent(error),
            (Fault::Request, _) => Self::Request(error),
            (_, Some(reason)) => Self::Way { reason, error },
            (_, None) => Self::Leaving(error),
        }
    }

    /// Who was at fault.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Way { .. } | Self::Leaving(_) => Fault::Way,
            Self::Agent(_) => Fault::Agent,
            Self::Request(_) => Fault::Request,
            Self::Busy => Fault::Busy,
        }
    }

    /// Whether the agent certainly did not begin with this request, so that it may be sent again on another connection,
    /// whatever its method. Its body may have been read all the same.
    pub fn is_untouched(&self) -> bool {
        match self {
            Self::Busy | Self::Leaving(_) => true,
            Self::Way { error, .. } => error.is_canceled(),
            Self::Agent(error) => {
                h2_error(error).and_then(h2::Error::reason) == Some(h2::Reason::REFUSED_STREAM)
            }
            Self::Request(_) => false,
        }
    }
}
