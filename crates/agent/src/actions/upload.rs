//! Putting a log or a snapshot to a URL that a signed command has named: one HTTP/1.1 `PUT`, inside TLS for `https`, with its length
//! said beforehand. No redirect is followed: what was signed is where it goes. Only a status from 200 to 299 is success.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use edgeward_pki::PkiError;
use edgeward_pki::tls::{Connector, Trust};
use edgeward_snapd::{Export, SnapdError, Stream};
use http::{Method, Request, StatusCode, Uri, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, timeout};

use crate::dial::{Address, DialError};

/// How long an upload may make no progress, and how long the server may take for its answer.
const STALL_TIMEOUT: Duration = Duration::from_secs(120);

/// How long all of it may take.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(6 * 3600);

/// How much of a refusal is read, in bytes, and shown, in characters.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;
const MAX_REFUSAL_CHARS: usize = 300;

/// Why something was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error("the address to send to is no http or https URL with a host and without a password")]
    Url,
    #[error("what is to be sent cannot be read")]
    Content(#[source] SnapdError),
    #[error("snapd does not say how long what is to be sent is")]
    Length,
    #[error("cannot connect to {host}")]
    Dial { host: String, source: DialError },
    #[error("cannot use TLS")]
    Tls(#[source] PkiError),
    #[error("sending to {host} was cut off")]
    Cut { host: String, source: hyper::Error },
    #[error("sending to {host} has stopped for {STALL_TIMEOUT:?}")]
    Stalled { host: String },
    #[error("sending to {host} takes longer than {WHOLE_TIMEOUT:?}")]
    TooLong { host: String },
    #[error("{host} has answered {status}{text}")]
    Refused {
        host: String,
        status: StatusCode,
        text: String,
    },
}

impl UploadError {
    /// Whether trying again helps nothing.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Url | Self::Length | Self::Tls(_) => true,
            Self::Content(error) => matches!(error, SnapdError::Refused { .. }),
            Self::Refused { status, .. } => !status.is_server_error(),
            _ => false,
        }
    }
}

/// What is sent.
pub(crate) enum Content {
    Text(Full<Bytes>),
    Snapshot {
        size_bytes: Option<u64>,
        body: Stream,
    },
}

impl Content {
    pub(crate) fn text(text: Vec<u8>) -> Self {
        Self::Text(Full::new(text.into()))
    }

    pub(crate) fn snapshot(export: Export) -> Self {
        Self::Snapshot {
            size_bytes: export.size_bytes,
            body: export.body,
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.size_hint().exact(),
            Self::Snapshot { size_bytes, .. } => *size_bytes,
        }
    }
}

/// Counts the pieces that were taken.
struct Counted {
    content: Content,
    taken: Arc<AtomicU64>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = match &mut self.content {
            Content::Text(text) => Pin::new(text).poll_frame(context).map_err(Into::into),
            Content::Snapshot { body, .. } => {
                Pin::new(body).poll_frame(context).map_err(Into::into)
            }
        };
        if polled.is_ready() {
            self.taken.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        self.content
            .length()
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

struct Target {
    address: Address,
    secure: bool,
    /// As it stands in the URL.
    host: String,
    path: String,
}

impl Target {
    fn parse(url: &str) -> Result<Self, UploadError> {
        let uri: Uri = url.parse().map_err(|_| UploadError::Url)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(UploadError::Url),
        };
        let authority = uri.authority().ok_or(UploadError::Url)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(UploadError::Url);
        }
        let port = authority
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        let bare = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        Ok(Self {
            address: Address::new(bare, port),
            secure,
            host: authority.as_str().to_owned(),
            path: uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
        })
    }
}

/// Sends it.
///
/// # Errors
/// It was not sent, or the server did not accept it. The URL is in no message: it may hold a secret.
pub(crate) async fn put(url: &str, content: Content) -> Result<(), UploadError> {
    let target = Target::parse(url)?;
    let host = target.host.clone();
    timeout(WHOLE_TIMEOUT, send(target, content))
        .await
        .map_err(|_| UploadError::TooLong { host })?
}

async fn send(target: Target, content: Content) -> Result<(), UploadError> {
    let dial = |source| UploadError::Dial {
        host: target.host.clone(),
        source,
    };
    let resolved = target.address.resolve().await.map_err(dial)?;
    let stream = target.address.tcp(&resolved).await.map_err(dial)?;
    if target.secure {
        let connector = Connector::new(Trust::PublicRoots, None, &[]).map_err(UploadError::Tls)?;
        let stream = target.address.tls(&connector, stream).await.map_err(dial)?;
        over(stream, &target, content).await
    } else {
        over(stream, &target, content).await
    }
}

async fn over<S>(stream: S, target: &Target, content: Content) -> Result<(), UploadError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let host = || target.host.clone();
    let cut = |source| UploadError::Cut {
        host: host(),
        source,
    };
    let length = content.length().ok_or(UploadError::Length)?;
    let taken = Arc::new(AtomicU64::new(0));
    let body = Counted {
        content,
        taken: Arc::clone(&taken),
    };
    let request = Request::builder()
        .method(Method::PUT)
        .uri(&target.path)
        .header(header::HOST, &target.host)
        .header(header::CONTENT_LENGTH, length)
        .header(
            header::USER_AGENT,
            concat!("edgeward-agent/", env!("CARGO_PKG_VERSION")),
        )
        .body(body)
        .map_err(|_| UploadError::Url)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(cut)?;
    let connection = async {
        let _told_by_the_answer = connection.await;
        std::future::pending::<()>().await
    };
    let answered = async {
        let answer = sender.send_request(request).await.map_err(cut)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let read = timeout(
            STALL_TIMEOUT,
            Limited::new(answer.into_body(), MAX_REFUSAL_BYTES).collect(),
        );
        let text = match read.await {
            Ok(Ok(body)) => shown(&body.to_bytes()),
            _ => String::new(),
        };
        Err(UploadError::Refused {
            host: host(),
            status,
            text,
        })
    };
    let stalled = async {
        let mut before = u64::MAX;
        loop {
            let now = taken.load(Ordering::Relaxed);
            if now == before {
                return;
            }
            before = now;
            sleep(STALL_TIMEOUT).await;
        }
    };
    tokio::select! {
        answered = answered => answered,
        () = stalled => Err(UploadError::Stalled { host: host() }),
        () = connection => std::future::pending().await,
    }
}

/// What a server says about a refusal, in one line.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_REFUSAL_CHARS)
        .collect();
    if line.is_empty() {
        line
    } else {
        format!(": {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_host_over_http_and_no_password() {
        for (url, address, path) in [
            (
                "https://files.example.com/a?b=c",
                "files.example.com:443",
                "/a?b=c",
            ),
            ("http://10.0.0.1:8080", "10.0.0.1:8080", "/"),
            ("http://[::1]:81/x", "[::1]:81", "/x"),
        ] {
            let target = Target::parse(url).unwrap_or_else(|_| panic!("{url}"));
            assert_eq!(target.address.to_string(), address);
            assert_eq!(target.path, path);
            assert_eq!(target.secure, url.starts_with("https"));
        }
        for bad in [
            "",
            "/x",
            "ftp://a/b",
            "file:///etc/passwd",
            "http://me:pw@a/b",
            "https://",
        ] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }
}
