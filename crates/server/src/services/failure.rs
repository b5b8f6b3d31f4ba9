//! Why a service did not answer, whose fault that is, and what to do about it.

use std::time::Duration;

use edgeward_api::error::Fault;
use edgeward_products::Hazard;
use edgeward_tunnel::client::RequestError;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::credentials::CredentialsError;
use super::direct::DirectError;
use super::guard::{MAX_LOOKED_INTO_BYTES, TURN_TIMEOUT};
use crate::api::ApiError;
use crate::tunnel::TunnelError;

/// Seconds after which asking an offline agent again makes sense.
const RETRY_AFTER_S: u64 = 5;

/// The longest reason that is read from an agent, in bytes.
const MAX_REASON_BYTES: usize = 1024;

/// The header by which an agent says that an answer is its own and not the service's.
const FAULT_HEADER: &str = "edgeward-fault";

/// Why a service did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The agent is not connected.
    #[error("the agent is offline")]
    Offline,
    /// The agent would not open a tunnel.
    #[error("the agent refused: {0}")]
    AgentRefused(String),
    /// There is no tunnel to the agent.
    #[error("no tunnel to the agent")]
    Tunnel(#[source] TunnelError),
    /// The tunnel ended or refused before an answer came.
    #[error("the way to the agent ended before an answer came")]
    Request(#[source] RequestError),
    /// Nothing came in time.
    #[error("no answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// The agent could not connect to the service.
    #[error("the agent cannot connect to the service: {0}")]
    Refused(String),
    /// The service did not answer the agent in time.
    #[error("the service did not answer in time: {0}")]
    TimedOut(String),
    /// The agent's configuration does not offer the service.
    #[error("the agent's configuration does not offer this service")]
    NotOffered,
    /// What the service sent is not HTTP.
    #[error("the service's answer is not valid HTTP: {0}")]
    BadAnswer(String),
    /// The path that was asked for cannot be sent.
    #[error("the path cannot be sent to a service")]
    Path,
    /// The control plane could not reach the service by itself.
    #[error(transparent)]
    Direct(#[from] DirectError),
    /// It would harm the service.
    #[error(transparent)]
    Hazard(#[from] Hazard),
    /// A body that has to be looked into is too large for that.
    #[error(
        "a body that has to be looked into for secrets or harm is larger than {MAX_LOOKED_INTO_BYTES} bytes"
    )]
    TooLarge,
    /// Other calls of the same kind, which must not overlap, took too long.
    #[error("calls to this service must not overlap, and others took longer than {} s", TURN_TIMEOUT.as_secs())]
    Busy,
    /// The control plane has nothing to prove itself with.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

impl Failure {
    /// The stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Offline => "agent_offline",
            Self::AgentRefused(_) => "agent_refused",
            Self::Tunnel(_) => "agent_unreachable",
            Self::Request(_) => "tunnel_ended",
            Self::NoAnswer(_) | Self::TimedOut(_) => "service_timed_out",
            Self::Refused(_) => "service_refused",
            Self::NotOffered => "service_not_offered",
            Self::BadAnswer(_) => "service_bad_answer",
            Self::Path => "bad_path",
            Self::Credentials(_) => "no_credentials",
            Self::Hazard(hazard) => hazard.code(),
            Self::TooLarge => "too_large",
            Self::Busy => "service_busy",
            Self::Direct(error) => match error {
                DirectError::Refused(_) => "address_refused",
                DirectError::Unreachable { .. } => "service_unreachable",
                DirectError::Certificate { .. } => "certificate_refused",
                DirectError::BadAnswer { .. } => "service_bad_answer",
                DirectError::Setup { .. } => "bad_address",
            },
        }
    }

    /// An agent's answer, unless it says that the service gave none.
    pub(super) async fn of_agent(answer: Response<Incoming>) -> Result<Response<Incoming>, Self> {
        let Some(fault) = answer.headers().get(FAULT_HEADER) else {
            return Ok(answer);
        };
        let fault = fault.to_str().unwrap_or_default().to_owned();
        let body = Limited::new(answer.into_body(), MAX_REASON_BYTES)
            .collect()
            .await;
        let reason = body
            .map(|b| String::from_utf8_lossy(&b.to_bytes()).into_owned())
            .unwrap_or_default();
        Err(match fault.as_str() {
            "refused" => Self::Refused(reason),
            "timeout" => Self::TimedOut(reason),
            "not-offered" => Self::NotOffered,
            _ => Self::BadAnswer(reason),
        })
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Offline => {
                "check the device's power and network; run \"edgeward-agent check\" on it"
            }
            Self::AgentRefused(_) => {
                "put that right on the device; \"edgeward-agent check\" there says how"
            }
            Self::Tunnel(_) | Self::Request(_) => {
                "try again; if it stays so, run \"edgeward-agent check\" on the device"
            }
            Self::NoAnswer(_) | Self::TimedOut(_) => {
                "look at the load and the log of the service on the device"
            }
            Self::Refused(_) => {
                "start the service on the device, or correct its url in the agent's configuration"
            }
            Self::NotOffered => {
                "add the service to the agent's configuration and restart the agent"
            }
            Self::BadAnswer(_) => {
                "check that the url in the agent's configuration points at an HTTP service"
            }
            Self::Path => "ask for a path that begins with a slash",
            Self::Credentials(_) => "set the service's user and password again",
            Self::Hazard(hazard) if hazard.may_be_meant() => {
                "if it is meant, send it again with the header Edgeward-Meant: yes"
            }
            Self::Hazard(_) => "correct the body; nothing was sent to the service",
            Self::TooLarge => "send less at once",
            Self::Busy => "try again",
            Self::Direct(error) => match error {
                DirectError::Refused(_) => {
                    "reach the service through an agent, or take the network out of that list"
                }
                DirectError::Unreachable { .. } => {
                    "look whether the service runs, and at the address and the firewall between"
                }
                DirectError::Certificate { .. } => {
                    "pin the certificate's fingerprint, or give the service one that an authority vouches for"
                }
                DirectError::BadAnswer { .. } => {
                    "look at scheme and port of the address, and at the service's log"
                }
                DirectError::Setup { .. } => "correct the service's address",
            },
        }
    }
}

impl From<TunnelError> for Failure {
    fn from(error: TunnelError) -> Self {
        match error {
            TunnelError::Refused(reason) => Self::AgentRefused(reason),
            other => Self::Tunnel(other),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let (status, fault) = match &failure {
            Failure::Offline | Failure::Tunnel(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, Fault::Agent)
            }
            Failure::AgentRefused(_) | Failure::Request(_) => {
                (StatusCode::BAD_GATEWAY, Fault::Agent)
            }
            Failure::NoAnswer(_) | Failure::TimedOut(_) => {
                (StatusCode::GATEWAY_TIMEOUT, Fault::Service)
            }
            Failure::Refused(_) | Failure::BadAnswer(_) => {
                (StatusCode::BAD_GATEWAY, Fault::Service)
            }
            Failure::NotOffered => (StatusCode::FORBIDDEN, Fault::Agent),
            Failure::Path => (StatusCode::BAD_REQUEST, Fault::Request),
            Failure::Direct(DirectError::Refused(_)) => {
                (StatusCode::FORBIDDEN, Fault::ControlPlane)
            }
            Failure::Direct(_) => (StatusCode::BAD_GATEWAY, Fault::Service),
            Failure::Hazard(_) => (StatusCode::CONFLICT, Fault::Request),
            Failure::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Fault::Request),
            Failure::Busy => (StatusCode::SERVICE_UNAVAILABLE, Fault::Service),
            Failure::Credentials(_) => (StatusCode::INTERNAL_SERVER_ERROR, Fault::ControlPlane),
        };
        let error = Self::new(status, failure.code(), failure.to_string())
            .fault(fault)
            .hint(failure.hint());
        match &failure {
            Failure::Offline | Failure::Tunnel(_) | Failure::Busy => {
                error.retry_after_s(RETRY_AFTER_S)
            }
            _ => error,
        }
    }
}
