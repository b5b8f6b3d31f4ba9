//! Asking snapd: one connection for each question, its limits, and asking again.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use edgeward_runtime::Backoff;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};

use crate::stream::{Driver, Stream};
use crate::{ChangeId, SnapdError};

/// Where snapd listens.
pub const DEFAULT_SOCKET: &str = "/run/snapd.socket";

/// How long connecting may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long snapd may take to begin an answer to a question that changes nothing.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long snapd may take to accept something that changes the device: it asks the store before it answers, and asks again
/// for half a minute and more where the network does not work.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(300);

/// How long snapd may be away before a question fails, unless something else was chosen.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(120);

/// The largest answer that is read as a whole, in bytes.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// The waits between attempts while snapd is away.
const MIN_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The longest name of a snap, service or type in a path, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// snapd, as seen through its socket. Cheap to clone; it keeps no connection.
#[derive(Clone, Debug)]
pub struct Snapd {
    socket: PathBuf,
    patience: Duration,
}

/// A question.
pub(crate) struct Question {
    method: Method,
    path: String,
    content_type: Option<&'static str>,
    body: Bytes,
}

/// snapd's answer, when it is one.
#[derive(Deserialize)]
struct Envelope<R> {
    result: R,
}

/// snapd's answer to what takes its time.
#[derive(Deserialize)]
struct Started<R> {
    change: ChangeId,
    #[serde(default)]
    result: R,
}

/// snapd's answer, when it is a refusal.
#[derive(Deserialize, Default)]
struct Failure {
    #[serde(default)]
    result: FailureResult,
}

#[derive(Deserialize, Default)]
struct FailureResult {
    #[serde(default)]
    message: String,
    #[serde(default)]
    kind: String,
}

impl Question {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            content_type: None,
            body: Bytes::new(),
        }
    }

    /// With a JSON body.
    pub(crate) fn json(method: Method, path: impl Into<String>, body: &impl Serialize) -> Self {
        Self {
            method,
            path: path.into(),
            content_type: Some("application/json"),
            // What is sent is plain data and always fits JSON.
            body: serde_json::to_vec(body).unwrap_or_default().into(),
        }
    }

    pub(crate) fn text(path: impl Into<String>, body: String) -> Self {
        Self {
            method: Method::POST,
            path: path.into(),
            content_type: None,
            body: body.into(),
        }
    }

    fn asked(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn changes_nothing(&self) -> bool {
        self.method == Method::GET
    }

    fn limit(&self) -> Duration {
        if self.changes_nothing() {
            ANSWER_TIMEOUT
        } else {
            OPERATION_TIMEOUT
        }
    }
}

impl Snapd {
    /// snapd at this socket; usually [`DEFAULT_SOCKET`].
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self {
            socket: socket.into(),
            patience: DEFAULT_PATIENCE,
        }
    }

    /// With another limit on how long snapd may be away: zero to find out at once.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Where it is.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Whether there is a socket at all: a device without snapd has none. One that is being restarted may have none for a
    /// moment.
    pub fn is_installed(&self) -> bool {
        self.socket.exists()
    }

    /// The result of a question.
    pub(crate) async fn result<R: DeserializeOwned>(
        &self,
        question: Question,
    ) -> Result<R, SnapdError> {
        let answer: Envelope<R> = self.answer(question).await?;
        Ok(answer.result)
    }

    /// The change that an operation starts, and what came with it.
    pub(crate) async fn start<R: DeserializeOwned + Default>(
        &self,
        question: Question,
    ) -> Result<(ChangeId, R), SnapdError> {
        let started: Started<Option<R>> = self.answer(question).await?;
        Ok((started.change, started.result.unwrap_or_default()))
    }

    async fn answer<A: DeserializeOwned>(&self, question: Question) -> Result<A, SnapdError> {
        let asked = question.asked();
        let answer = self.ask(question).await?;
        let bytes = answer.into_body().read_all(MAX_ANSWER_BYTES).await?;
        serde_json::from_slice(&bytes).map_err(|error| SnapdError::Answer {
            asked,
            reason: error.to_string(),
        })
    }

    /// The answer's head, and its body as it comes in. A refusal is an error.
    pub(crate) async fn ask(&self, question: Question) -> Result<Response<Stream>, SnapdError> {
        let deadline = Instant::now() + self.patience;
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        loop {
            let error = match self.once(&question).await {
                Ok(answer) => return refusals(answer).await,
                Err(error) => error,
            };
            let may_repeat = question.changes_nothing() || error.is_away();
            let wait = backoff.next_wait();
            if !may_repeat || !error.is_passing() || Instant::now() + wait > deadline {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, question: &Question) -> Result<Response<Stream>, SnapdError> {
        let asked = question.asked();
        let away = |source| SnapdError::Away {
            asked: asked.clone(),
            socket: self.socket.clone(),
            source,
        };
        let socket = timeout(CONNECT_TIMEOUT, UnixStream::connect(&self.socket))
            .await
            .map_err(|_| away(std::io::ErrorKind::TimedOut.into()))?
            .map_err(away)?;
        let lost = |source: hyper::Error| SnapdError::Lost {
            asked: asked.clone(),
            source: source.into(),
        };
        let mut request = Request::builder()
            .method(question.method.clone())
            .uri(&question.path)
            .header(header::HOST, "localhost");
        if let Some(content_type) = question.content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let request = request
            .body(Full::new(question.body.clone()))
            .map_err(|_| SnapdError::Name(question.path.chars().take(MAX_NAME_BYTES).collect()))?;
        let (mut sender, connection) = handshake(TokioIo::new(socket)).await.map_err(lost)?;
        let mut driver: Driver = Box::pin(async {
            let _told_by_the_answer = connection.await;
        });
        let limit = question.limit();
        let exchange = async {
            let mut sending = pin!(sender.send_request(request));
            tokio::select! {
                biased;
                answer = &mut sending => (answer, Some(driver)),
                () = &mut driver => (sending.await, None),
            }
        };
        let (answer, driver) =
            timeout(limit, exchange)
                .await
                .map_err(|_| SnapdError::TimedOut {
                    asked: asked.clone(),
                    limit,
                })?;
        let answer = answer.map_err(lost)?;
        Ok(answer.map(|body| Stream::new(asked, driver, body)))
    }
}

async fn refusals(answer: Response<Stream>) -> Result<Response<Stream>, SnapdError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.into_body();
    let asked = body.asked().to_owned();
    let bytes = body.read_all(MAX_ANSWER_BYTES).await?;
    let Failure { result } = serde_json::from_slice(&bytes).unwrap_or_default();
    let message = if result.message.is_empty() {
        format!("snapd has answered {asked} with {status}")
    } else {
        result.message
    };
    Err(SnapdError::Refused {
        asked,
        status: status.as_u16(),
        kind: result.kind,
        message,
    })
}

/// The text, if it can stand in a path as it is.
pub(crate) fn in_path(name: &str) -> Result<&str, SnapdError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let good = !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && name.chars().all(plain)
        && !name.starts_with('.');
    if good {
        Ok(name)
    } else {
        Err(SnapdError::Name(name.chars().take(64).collect()))
    }
}
