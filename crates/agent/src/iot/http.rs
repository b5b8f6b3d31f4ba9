//! One HTTP/1.1 request to an identity service.

use std::time::Duration;

use bytes::Bytes;
use edgeward_pki::PkiError;
use edgeward_pki::tls::{Connector, Trust};
use edgeward_wire::iot::enrol::{ASSERTION_TYPE, ENROL_PATH};
use http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::dial::{Address, DialError};

/// How long the service may take: it makes an RSA key meanwhile, on a small machine.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 512 * 1024;

/// The service was not asked, or has not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("\"{0}\" is no address of an identity service")]
    Url(String),
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("the authority in control_plane.identity_ca_file cannot be used")]
    Trust(#[from] PkiError),
    #[error("it has not answered: {0}")]
    NoAnswer(String),
}

/// Posts assertions to where devices enrol, below the service's own path; what it answers, whatever the status.
pub(super) async fn post_assertions(
    url: &str,
    trust: Trust,
    body: String,
) -> Result<Bytes, HttpError> {
    let Place {
        address,
        secure,
        authority,
        path,
    } = Place::of(url)?;
    let request = Request::post(path)
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, ASSERTION_TYPE)
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| no_url(url))?;
    let stream = address.tcp(&address.resolve().await?).await?;
    if secure {
        let connector = Connector::new(trust, None, &[])?;
        let stream = address.tls(&connector, stream).await?;
        return exchange(stream, request).await;
    }
    let loopback = stream.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
    if !loopback {
        tracing::warn!(
            url,
            "the identity service hands out a private key, and its address is http: everybody in between can read it"
        );
    }
    exchange(stream, request).await
}

/// Connects, and asks nothing.
pub(super) async fn reach(url: &str, trust: Trust) -> Result<(), HttpError> {
    let place = Place::of(url)?;
    let stream = place.address.tcp(&place.address.resolve().await?).await?;
    if place.secure {
        let connector = Connector::new(trust, None, &[])?;
        place.address.tls(&connector, stream).await?;
    }
    Ok(())
}

/// Where devices enrol.
struct Place {
    address: Address,
    secure: bool,
    authority: String,
    path: String,
}

impl Place {
    fn of(url: &str) -> Result<Self, HttpError> {
        let uri: Uri = url.trim().parse().map_err(|_| no_url(url))?;
        let authority = uri.authority().ok_or_else(|| no_url(url))?;
        let secure = uri.scheme_str() == Some("https");
        let port = authority
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        let host = authority.host().trim_matches(['[', ']']);
        Ok(Self {
            address: Address::new(host, port),
            secure,
            authority: authority.as_str().to_owned(),
            path: format!("{}{ENROL_PATH}", uri.path().trim_end_matches('/')),
        })
    }
}

fn no_url(url: &str) -> HttpError {
    HttpError::Url(url.chars().take(200).collect())
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Bytes, HttpError> {
    let no_answer = |error: &dyn std::fmt::Display| HttpError::NoAnswer(error.to_string());
    let exchange = async {
        let (mut sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| no_answer(&error))?;
        let connection = async {
            let _told_by_the_answer = connection.await;
            std::future::pending::<()>().await;
        };
        let answered = async {
            let answer = sender
                .send_request(request)
                .await
                .map_err(|error| no_answer(&error))?;
            let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES);
            let body = body.collect().await.map_err(|error| no_answer(&error))?;
            Ok(body.to_bytes())
        };
        tokio::select! {
            answered = answered => answered,
            () = connection => std::future::pending().await,
        }
    };
    timeout(ANSWER_TIMEOUT, exchange)
        .await
        .unwrap_or_else(|_| Err(HttpError::NoAnswer("it takes too long".to_owned())))
}
