//! Logs and snapshots that are put to a URL.

use std::convert::Infallible;
use std::net::SocketAddr;

use edgeward_testkit::snapd::LogEntry;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

/// Path, length as it was said, and body of each.
type Puts = Arc<Mutex<Vec<(String, Option<u64>, Vec<u8>)>>>;

/// A server that keeps what is put to it; `/status/<n>` answers that, `/moved` leads elsewhere, `/flaky` fails once.
pub(super) struct Sink {
    address: SocketAddr,
    puts: Puts,
    task: JoinHandle<()>,
}

impl Sink {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let puts = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&puts);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| keep(request, Arc::clone(&kept)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            address,
            puts,
            task,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn bodies(&self) -> Vec<Vec<u8>> {
        let puts = self.puts.lock().unwrap();
        puts.iter().map(|(_, _, body)| body.clone()).collect()
    }

    fn paths(&self) -> Vec<String> {
        let puts = self.puts.lock().unwrap();
        puts.iter().map(|(path, _, _)| path.clone()).collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(
    request: Request<Incoming>,
    kept: Puts,
) -> Result<Response<http_body_util::Full<bytes::Bytes>>, Infallible> {
    let path = request.uri().to_string();
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    assert_eq!(request.method(), "PUT");
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(_) => return Ok(Response::default()),
    };
    let first = {
        let mut kept = kept.lock().unwrap();
        kept.push((path.clone(), length, body));
        kept.iter().filter(|(other, ..)| *other == path).count() == 1
    };
    let status = match path.strip_prefix("/status/") {
        Some(code) => code.parse().unwrap(),
        None if path == "/moved" => 307,
        None if path == "/flaky" && first => 503,
        None => 201,
    };
    Ok(Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header(header::LOCATION, "/elsewhere")
        .body("what the server says".into())
        .unwrap())
}

#[tokio::test]
async fn the_newest_lines_of_the_log_are_put() {
    let rig = Rig::new();
    let sink = Sink::start().await;
    let line = |number| LogEntry {
        timestamp: "2026-11-20T19:35:31.5Z".into(),
        message: format!("line {number}"),
        sid: "alpha.daemon".into(),
        pid: "7".into(),
    };
    rig.control().log((0..10).map(line));
    let data = json!({"url": sink.url("/log?x=y"), "limit": 2});
    assert_eq!(rig.done(rig.ask("logs", "", data)).await, Value::Null);
    let expected = "[2026-11-20 19:35:31.5 +0000 UTC] 7 alpha.daemon line 8\n[2026-11-20 19:35:31.5 +0000 UTC] 7 alpha.daemon line 9\n";
    assert_eq!(sink.bodies(), [expected.as_bytes()]);
    let (path, length, _) = sink.puts.lock().unwrap()[0].clone();
    assert_eq!(
        (path.as_str(), length),
        ("/log?x=y", Some(expected.len() as u64))
    );
}

#[tokio::test]
async fn a_snapshot_is_taken_once_put_and_removed() {
    let rig = Rig::new();
    let sink = Sink::start().await;
    rig.control().export_bytes(3_000_000);
    let expected = rig.control().export_of(1);
    let data = json!({"url": sink.url("/flaky")});
    rig.done(rig.ask("snapshot", "alpha", data)).await;
    assert_eq!(sink.bodies(), [expected.clone(), expected]);
    assert_eq!(rig.control().carried_out("snapshot", "alpha"), 1);
    let gone = eventually("the set to be removed", LIMIT, async || {
        let sets = rig.control().sets();
        if sets.is_empty() {
            Ok(())
        } else {
            Err(format!("{sets:?}"))
        }
    });
    gone.await.unwrap();
    // of all snaps
    let data = json!({"url": sink.url("/all")});
    rig.done(rig.ask("snapshot", "", data)).await;
    assert_eq!(sink.paths(), ["/flaky", "/flaky", "/all"]);
}

#[tokio::test]
async fn only_2xx_is_success_and_nothing_is_followed() {
    let rig = Rig::new();
    let sink = Sink::start().await;
    let message = rig
        .failed(rig.ask("logs", "", json!({"url": sink.url("/status/403")})))
        .await;
    assert!(
        message.ends_with("has answered 403 Forbidden: what the server says"),
        "{message}"
    );
    let message = rig
        .failed(rig.ask("snapshot", "alpha", json!({"url": sink.url("/moved")})))
        .await;
    assert!(
        message.contains("307") && message.contains("stays on the device, as set 1"),
        "{message}"
    );
    assert_eq!(rig.control().sets(), [1]);
    assert_eq!(sink.paths(), ["/status/403", "/moved"]);
    let message = rig
        .failed(rig.ask("logs", "", json!({"url": "http://user:secret@127.0.0.1/x"})))
        .await;
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn a_server_without_a_known_certificate_gets_nothing() {
    let rig = Rig::new();
    let sink = Sink::start().await;
    let url = sink.url("/x").replace("http://", "https://");
    let message = rig.failed(rig.ask("logs", "", json!({"url": url}))).await;
    assert!(message.contains("no secure connection"), "{message}");
    assert_eq!(sink.paths(), [""; 0]);
}
