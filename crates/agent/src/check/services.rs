//! From this device to one of its services.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::Empty;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Finding, Verdict};
use crate::config::{ServiceConfig, ServiceLimits};

/// How long the service may take for an answer to `HEAD /`.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(service: &ServiceConfig, limits: &ServiceLimits) -> Finding {
    let step = format!("service {}", service.name);
    let target = &service.target;
    let dialled = timeout(
        limits.connect_timeout,
        TcpStream::connect((target.host(), target.port())),
    )
    .await;
    let stream = match dialled {
        Err(_) => {
            return Finding::failed(step, format!("nothing at {target} answers"))
                .advise("check the host and port in the configuration, and the network to it");
        }
        Ok(Err(error)) => {
            return Finding::failed(step, format!("cannot connect to {target}: {error}"))
                .advise("start the service, or correct its url in the configuration");
        }
        Ok(Ok(stream)) => stream,
    };
    match timeout(ANSWER_TIMEOUT, head_status(stream, &target.authority())).await {
        Ok(Ok(status)) => Finding::ok(step, format!("{target} answers ({status})")),
        Ok(Err(error)) => Finding::failed(
            step,
            format!("{target} does not answer as a web server does: {error}"),
        )
        .advise("check that the url in the configuration is that of an http service"),
        Err(_) => Finding::new(
            step,
            Verdict::Warning,
            format!("{target} did not answer within {ANSWER_TIMEOUT:?}"),
        )
        .advise("the service may be starting or overloaded"),
    }
}

/// What a web server answers to `HEAD /`.
pub(crate) async fn head_status(
    stream: TcpStream,
    host: &str,
) -> Result<http::StatusCode, hyper::Error> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = Method::HEAD;
    if let Ok(host) = host.parse() {
        request.headers_mut().insert(header::HOST, host);
    }
    tokio::select! {
        answer = sender.send_request(request) => answer.map(|answer| answer.status()),
        Err(error) = connection => Err(error),
    }
}
