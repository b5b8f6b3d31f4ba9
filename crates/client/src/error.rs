//! Why an operation did not succeed.

use edgeward_api::error::ErrorDetail;
use http::StatusCode;

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none.
    #[error("\"{0}\" is not the address of a control plane; write it as https://edge.example.com")]
    Address(String),
    /// The path for a service is none.
    #[error("\"{0}\" is not a path; write it as /api/v2/version")]
    Path(String),
    /// The certificates to believe in are wrong.
    #[error("cannot use the given certificate authority")]
    Trust(#[source] edgeward_pki::PkiError),
    /// The HTTP client could not be made.
    #[error("cannot prepare the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// No connection could be made, or the answer did not come in time. Trying again may help.
    #[error("cannot reach the control plane at {server}")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The control plane answered with an error.
    #[error("{}", detail.message)]
    Refused {
        /// The status.
        status: StatusCode,
        /// What it says.
        detail: Box<ErrorDetail>,
    },
    /// Something answered that does not speak the REST API.
    #[error("{server} answered {status}, and not as a control plane does")]
    Foreign {
        /// Its address.
        server: String,
        /// The status.
        status: StatusCode,
    },
    /// The answer is not what the REST API promises.
    #[error("cannot read the control plane's answer to {operation}")]
    Answer {
        /// What was asked, such as `GET agents`.
        operation: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The answer is larger than is read whole.
    #[error("the answer to {operation} is larger than {max} bytes", max = crate::MAX_ANSWER_BYTES)]
    TooLarge {
        /// What was asked.
        operation: String,
    },
    /// The audit log was to be verified piece by piece, and a piece was empty without being the end.
    #[error(
        "the control plane stopped verifying its audit log after entry {after}, before the end"
    )]
    VerificationStalled {
        /// The last entry that it verified.
        after: u64,
    },
    /// The connection broke in mid-transfer.
    #[error("the connection to {server} broke in mid-transfer")]
    Broken {
        /// Its address.
        server: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

impl ClientError {
    /// Whether the control plane could not be reached at all, or not in time.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether nobody is signed in, or the token has ended.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// The status that the control plane refused with.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } | Self::Foreign { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What the control plane said.
    pub fn detail(&self) -> Option<&ErrorDetail> {
        match self {
            Self::Refused { detail, .. } => Some(detail),
            _ => None,
        }
    }
}
