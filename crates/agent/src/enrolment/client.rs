//! One HTTP/1.1 request inside TLS, to the first address that works.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use edgeward_pki::tls::{ClientIdentity, Connector, TlsError, Trust};
use edgeward_pki::{PkiError, fingerprint_of_pem};
use edgeward_runtime::Chain;
use edgeward_wire::enrol::{ALPN, MAX_BODY_BYTES, Refusal, TimeAnswer};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::error::{CallError, EnrolError};
use crate::clock;
use crate::dial::Address;

/// How long the server may take for its answer. It writes to its database and signs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Asks the control plane.
pub(crate) struct Caller {
    addresses: Vec<Address>,
    trust: Trust,
    connector: Connector,
}

impl Caller {
    /// Asks at these addresses, in order, with the client certificate if there is one.
    pub(crate) fn new(
        addresses: Vec<Address>,
        trust: Trust,
        identity: Option<&ClientIdentity>,
    ) -> Result<Self, PkiError> {
        let connector = Connector::new(trust.clone(), identity, &[ALPN])?;
        Ok(Self {
            addresses,
            trust,
            connector,
        })
    }

    /// Posts and reads the answer. A refusal is final; anything else is tried at the next address.
    pub(crate) async fn post<A: DeserializeOwned>(
        &self,
        path: &'static str,
        question: &impl Serialize,
    ) -> Result<A, EnrolError> {
        let body = serde_json::to_vec(question)
            .map_err(|_| EnrolError::Answer("the question fits no JSON"))?;
        let body = Bytes::from(body);
        let mut errors = Vec::new();
        for address in &self.addresses {
            match call(address, &self.connector, Method::POST, path, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(CallError::Refused { refusal, .. }) => {
                    return Err(EnrolError::Refused(refusal));
                }
                Err(error) => errors.push(self.with_time(error).await),
            }
        }
        Err(EnrolError::Failed(errors))
    }

    /// Adds the control plane's time to an error about clocks.
    async fn with_time(&self, error: CallError) -> CallError {
        let CallError::Clock(mut error) = error else {
            return error;
        };
        if let Some(trust) = diagnosis(&self.trust) {
            error.there = time(&error.address, trust).await.ok();
        }
        CallError::Clock(error)
    }
}

/// What the control plane's clock says.
pub(crate) async fn time(address: &Address, trust: Trust) -> Result<SystemTime, CallError> {
    let connector = Connector::new(trust, None, &[ALPN]).map_err(|error| CallError::NoAnswer {
        address: address.clone(),
        reason: Chain(&error).to_string(),
    })?;
    let answer: TimeAnswer = call(address, &connector, Method::GET, "/time", Bytes::new()).await?;
    Ok(clock::from_micros(answer.now_us))
}

/// The same trust without regard to dates, to find out about clocks.
pub(crate) fn diagnosis(trust: &Trust) -> Option<Trust> {
    match trust {
        Trust::Pinned(fingerprint) | Trust::PinnedIgnoringTime(fingerprint) => {
            Some(Trust::PinnedIgnoringTime(*fingerprint))
        }
        Trust::Authority(pem) => fingerprint_of_pem(pem).ok().map(Trust::PinnedIgnoringTime),
        Trust::PublicRoots | Trust::Certificate(_) | Trust::Unverified => None,
    }
}

async fn call<A: DeserializeOwned>(
    address: &Address,
    connector: &Connector,
    method: Method,
    path: &'static str,
    body: Bytes,
) -> Result<A, CallError> {
    let no_answer = |reason: String| CallError::NoAnswer {
        address: address.clone(),
        reason,
    };
    let stream = address
        .secure(connector)
        .await
        .map_err(CallError::of_dial)?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, address.to_string())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(|error| no_answer(error.to_string()))?;
    let exchange = async {
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        let connection = async {
            let _told_by_the_answer = connection.await;
            std::future::pending::<()>().await
        };
        let answered = async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, MAX_BODY_BYTES).collect().await;
            Ok(Response::from_parts(
                head,
                body.map(http_body_util::Collected::to_bytes),
            ))
        };
        tokio::select! {
            answered = answered => answered,
            () = connection => std::future::pending().await,
        }
    };
    let answer = timeout(ANSWER_TIMEOUT, exchange)
        .await
        .map_err(|_| no_answer(format!("there was no answer within {ANSWER_TIMEOUT:?}")))?
        .map_err(|error: hyper::Error| no_answer(reason_of(error)))?;
    let (head, body) = answer.into_parts();
    let body = body.map_err(|error| no_answer(error.to_string()))?;
    match head.status {
        StatusCode::OK | StatusCode::CREATED => {
            serde_json::from_slice(&body).map_err(|error| no_answer(error.to_string()))
        }
        status => Err(match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => CallError::Refused {
                address: address.clone(),
                refusal,
            },
            Err(_) => no_answer(format!("it answered {status}")),
        }),
    }
}

/// With TLS 1.3 a refused client certificate shows only when the answer is read.
fn reason_of(error: hyper::Error) -> String {
    let io =
        std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    match io.and_then(std::io::Error::get_ref) {
        Some(_) => tls_reason(&error),
        None => Chain(&error).to_string(),
    }
}

fn tls_reason(error: &hyper::Error) -> String {
    let text = Chain(error).to_string();
    let refused = |word: &str| text.contains(word);
    if refused("UnknownCA") || refused("CertificateExpired") || refused("CertificateRevoked") {
        let error = TlsError::Refused {
            reason: "it does not accept this device's certificate",
        };
        return format!("{error}; join again with a new token if this goes on");
    }
    text
}
