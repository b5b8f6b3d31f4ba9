//! A snapd for tests: a real socket, and whatever answers a test wants.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use edgeward_snapd::Snapd;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

/// What a test's snapd answers.
pub(crate) enum Answer {
    /// What was asked for.
    Result(Value),
    /// A change that was begun.
    Change(&'static str),
    /// One assertion.
    Assertion(&'static str),
    /// No, with these words.
    Refused(&'static str),
}

type Answers = dyn Fn(&str, &Value) -> Answer + Send + Sync;

/// Gone when dropped.
pub(crate) struct FakeSnapd {
    dir: TempDir,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    task: JoinHandle<()>,
}

impl FakeSnapd {
    /// `answers` gets method and path (`GET /v2/snaps`), and the body (null if it is none).
    pub(crate) fn start(answers: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("socket")).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: Arc<Answers> = Arc::new(answers);
        let seen = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                let service = service_fn(move |request| {
                    exchange(request, Arc::clone(&answers), Arc::clone(&seen))
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { dir, asked, task }
    }

    /// A client of it.
    pub(crate) fn client(&self) -> Snapd {
        Snapd::new(self.dir.path().join("socket"))
    }

    /// What it was asked to change, in order.
    pub(crate) fn orders(&self) -> Vec<(String, Value)> {
        let asked = self.asked.lock().unwrap();
        let orders = asked.iter().filter(|(asked, _)| !asked.starts_with("GET "));
        orders.cloned().collect()
    }
}

impl Drop for FakeSnapd {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn exchange(
    request: Request<Incoming>,
    answers: Arc<Answers>,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let asked = format!("{} {}", request.method(), request.uri());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    seen.lock().unwrap().push((asked.clone(), body.clone()));
    let respond = |status: StatusCode, body: Value| {
        let response = Response::builder().status(status);
        response.body(Full::from(body.to_string())).unwrap()
    };
    Ok(match answers(&asked, &body) {
        Answer::Result(result) => {
            respond(StatusCode::OK, json!({"type": "sync", "result": result}))
        }
        Answer::Change(id) => respond(StatusCode::ACCEPTED, json!({"type": "async", "change": id})),
        Answer::Assertion(text) => Response::builder()
            .header("X-Ubuntu-Assertions-Count", "1")
            .body(Full::from(text))
            .unwrap(),
        Answer::Refused(message) => respond(
            StatusCode::BAD_REQUEST,
            json!({"type": "error", "result": {"message": message}}),
        ),
    })
}
