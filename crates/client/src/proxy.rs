//! The raw way to a service: any method, path, headers and body; both bodies stream.

use std::error::Error;
use std::pin::Pin;

use bytes::Bytes;
use edgeward_api::error::ErrorBody;
use edgeward_ids::ServiceId;
use futures::Stream;
use http::{HeaderMap, Method, StatusCode};

use crate::{Client, ClientError, MAX_ANSWER_BYTES};

/// The longest error of the control plane itself, in bytes.
const MAX_REFUSAL_BYTES: u64 = 64 * 1024;

/// A body in pieces.
pub type BodyStream =
    Pin<Box<dyn Stream<Item = Result<Bytes, Box<dyn Error + Send + Sync>>> + Send>>;

/// What to send to a service.
pub struct ProxyRequest {
    /// The method.
    pub method: Method,
    /// Path and query as the service sees them, with or without a slash in front.
    pub path: String,
    /// Headers for the service; the client adds its own authorisation, which the control plane keeps.
    pub headers: HeaderMap,
    /// The body, and its length where it is known.
    pub body: Option<(BodyStream, Option<u64>)>,
}

/// What a service, or the control plane in its stead, answered.
pub struct ProxyAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: Body,
    server: String,
}

enum Body {
    Streaming(reqwest::Response),
    Read(Option<Bytes>),
}

impl Client {
    /// Sends a request to a service through the control plane. Any status that the service answers with is an answer.
    ///
    /// # Errors
    /// Unreachable; or refused, when it is the control plane that answers with an error.
    pub async fn proxy(
        &self,
        service: ServiceId,
        request: ProxyRequest,
    ) -> Result<ProxyAnswer, ClientError> {
        let url = self.url(&format!(
            "api/v1/services/{service}/proxy{}",
            within_root(&request.path)?
        ));
        let mut builder = self.authorised(request.method, url);
        builder = builder.headers(request.headers);
        if let Some((body, length)) = request.body {
            builder = builder.body(reqwest::Body::wrap_stream(body));
            if let Some(length) = length {
                builder = builder.header(http::header::CONTENT_LENGTH, length);
            }
        }
        let response = builder.send().await.map_err(|source| {
            if source.is_connect() || source.is_timeout() {
                self.unreachable(source)
            } else {
                self.broken(source)
            }
        })?;
        let answer = ProxyAnswer {
            status: response.status(),
            headers: response.headers().clone(),
            body: Body::Streaming(response),
            server: self.server().to_owned(),
        };
        answer.or_refusal().await
    }
}

impl ProxyAnswer {
    /// The next piece of the body.
    ///
    /// # Errors
    /// The connection broke: what came before is not the whole.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        match &mut self.body {
            Body::Read(whole) => Ok(whole.take().filter(|bytes| !bytes.is_empty())),
            Body::Streaming(response) => {
                response
                    .chunk()
                    .await
                    .map_err(|source| ClientError::Broken {
                        server: self.server.clone(),
                        source: source.without_url(),
                    })
            }
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// The connection broke, or there is more than [`MAX_ANSWER_BYTES`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, ClientError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece().await? {
            whole.extend_from_slice(&piece);
            if whole.len() > MAX_ANSWER_BYTES {
                return Err(ClientError::TooLarge {
                    operation: "a service's answer".to_owned(),
                });
            }
        }
        Ok(whole)
    }

    /// An answer that is small enough to be the control plane's own error is read; if it is one, it becomes an error.
    async fn or_refusal(mut self) -> Result<Self, ClientError> {
        if !self.may_be_refusal() {
            return Ok(self);
        }
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece().await? {
            whole.extend_from_slice(&piece);
        }
        match serde_json::from_slice::<ErrorBody>(&whole) {
            Ok(body) => Err(ClientError::Refused {
                status: self.status,
                detail: Box::new(body.error),
            }),
            Err(_) => {
                self.body = Body::Read(Some(whole.into()));
                Ok(self)
            }
        }
    }

    fn may_be_refusal(&self) -> bool {
        let header = |name| {
            self.headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let json = header(http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.starts_with("application/json"));
        let length = header(http::header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let error = self.status.is_client_error() || self.status.is_server_error();
        error && json && length.is_some_and(|length: u64| length <= MAX_REFUSAL_BYTES)
    }
}

/// The path with its `.` and `..` taken out, so that it stays a path of the service.
fn within_root(path: &str) -> Result<String, ClientError> {
    let slash = if path.starts_with('/') { "" } else { "/" };
    let url = reqwest::Url::parse(&format!("http://service{slash}{path}"))
        .map_err(|_| ClientError::Path(path.chars().take(200).collect()))?;
    Ok(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}
