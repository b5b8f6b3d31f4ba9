//! What the agent answers when nothing came from the service.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use super::body::AnswerBody;
use crate::config::ServiceTarget;

/// Marks an answer that the agent made itself; its value is `refused`, `timeout`, `not-offered` or `bad-answer`.
pub const FAULT_HEADER: HeaderName = HeaderName::from_static("edgeward-fault");

/// Why there is no answer from the service.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The configuration does not list it.
    #[error(
        "this agent does not offer a service called \"{0}\"; its configuration lists what it offers"
    )]
    NotOffered(String),
    /// Something else than HTTP requests and upgrades was asked for.
    #[error("this agent passes on HTTP requests and HTTP upgrades, and nothing else")]
    NotHttp,
    /// Nobody takes connections there.
    #[error("cannot connect to the service at {target}: {source}; is it running?")]
    Refused {
        /// Where.
        target: ServiceTarget,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody answers there.
    #[error("the service at {target} did not take the connection within {limit:?}")]
    ConnectTimeout {
        /// Where.
        target: ServiceTarget,
        /// How long was waited.
        limit: Duration,
    },
    /// The service has the request and does not answer.
    #[error("the service at {target} did not begin to answer within {limit:?}")]
    AnswerTimeout {
        /// Where.
        target: ServiceTarget,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection ended before an answer, or what came is no HTTP.
    #[error("the service at {target} gave no usable answer: {reason}")]
    BadAnswer {
        /// Where.
        target: ServiceTarget,
        /// What is wrong with it.
        reason: String,
    },
}

impl Fault {
    pub(super) fn bad_answer(target: &ServiceTarget, error: &hyper::Error) -> Self {
        let reason = if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            "it closed the connection".to_owned()
        } else {
            let cause = error.source().map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        };
        Self::BadAnswer {
            target: target.clone(),
            reason,
        }
    }

    pub(super) fn into_answer(self) -> Response<AnswerBody> {
        let (word, status) = match self {
            Self::NotOffered(_) | Self::NotHttp => ("not-offered", StatusCode::FORBIDDEN),
            Self::Refused { .. } => ("refused", StatusCode::BAD_GATEWAY),
            Self::ConnectTimeout { .. } | Self::AnswerTimeout { .. } => {
                ("timeout", StatusCode::GATEWAY_TIMEOUT)
            }
            Self::BadAnswer { .. } => ("bad-answer", StatusCode::BAD_GATEWAY),
        };
        let mut answer = Response::new(AnswerBody::text(format!("{self}\n")));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(FAULT_HEADER, HeaderValue::from_static(word));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        answer
    }
}
