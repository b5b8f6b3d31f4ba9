//! Small HTTP services for tests: what a device might have behind an agent, well-behaved and not.
//!
//! One [`Service`] answers on a port of its own:
//!
//! | path | what it does |
//! |---|---|
//! | `/` | a tiny page |
//! | `/inspect` | JSON of the method, path, headers and body length it got |
//! | `/echo` | sends the body back while it comes |
//! | `/sse?every_ms=&count=` | server-sent events, `data: <n>` |
//! | `/ws` | WebSocket that sends each message back |
//! | `/file/<bytes>` | a file with [`pattern`] in it; single ranges, `HEAD` |
//! | `/endless` | [`pattern`] without end |
//! | `/slow?bytes=&piece=&every_ms=` | a file in small pieces |
//! | `/sink[?every_ms=&piece=]` | reads the body (slowly, if asked) and checks it against [`pattern`]: `{"bytes":n,"wrong":n}` |
//! | `/status/<code>` | that status |
//! | `/hang` | never answers |
//! | `/half` | promises a long body, sends a little, and closes |
//! | `/reset` | closes without an answer |
//!
//! [`Refusing`] and [`Silent`] are ports that refuse, or accept and say nothing.

mod bodies;
mod silent;
mod websocket;

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::netns::Namespace;
pub use bodies::pattern;
use bodies::{Body, Fault};
pub use silent::{Refusing, Silent};

/// A running service; it ends, and closes what is open, when dropped.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    counts: Arc<Counts>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
    open: AtomicU64,
}

/// What [`Service`] saw of a request, as `/inspect` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query, as they came.
    pub path: String,
    /// Every header; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The body's length, in bytes.
    pub body_bytes: u64,
}

impl Seen {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What `/sink` received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sunk {
    /// How many bytes.
    pub bytes: u64,
    /// How many of them were not those of [`pattern`].
    pub wrong: u64,
}

impl Service {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Starts on an address of this machine; port 0 takes a free one.
    ///
    /// # Errors
    /// The address could not be bound.
    pub async fn start_on(address: SocketAddr) -> io::Result<Self> {
        Self::serve(TcpListener::bind(address).await?)
    }

    /// Starts on a free port of 127.0.0.1 inside a namespace.
    ///
    /// # Errors
    /// No port could be bound.
    pub fn start_inside(namespace: &Namespace) -> io::Result<Self> {
        let listener = namespace.listen()?;
        listener.set_nonblocking(true)?;
        Self::serve(TcpListener::from_std(listener)?)
    }

    fn serve(listener: TcpListener) -> io::Result<Self> {
        let service = Self {
            address: listener.local_addr()?,
            counts: Arc::default(),
            stop: CancellationToken::new(),
        };
        let (counts, stop) = (Arc::clone(&service.counts), service.stop.clone());
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(accept(listener, counts, stop)),
        );
        Ok(service)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://<address><path>`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Connections that were ever accepted.
    pub fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub fn open(&self) -> u64 {
        self.counts.open.load(Ordering::SeqCst)
    }

    /// Requests that were ever read.
    pub fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, counts: Arc<Counts>, stop: CancellationToken) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        counts.connections.fetch_add(1, Ordering::SeqCst);
        counts.open.fetch_add(1, Ordering::SeqCst);
        let (counts, stop) = (Arc::clone(&counts), stop.clone());
        tokio::spawn(async move {
            stop.run_until_cancelled(serve(stream, &counts)).await;
            counts.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn serve(stream: TcpStream, counts: &Counts) {
    let _latency_only = stream.set_nodelay(true);
    let handler = service_fn(|request| {
        counts.requests.fetch_add(1, Ordering::SeqCst);
        answer(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .half_close(true)
        .serve_connection(TokioIo::new(stream), handler)
        .with_upgrades();
    let _peers_may_break_off = connection.await;
}

/// `/reset` ends the connection by refusing to make an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
struct OnPurpose;

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, OnPurpose> {
    let path = request.uri().path().to_owned();
    let query = Query::of(request.uri().query().unwrap_or_default());
    let mut parts = path.trim_start_matches('/').split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let number = second.and_then(|text| text.parse::<u64>().ok());
    Ok(match (first, number) {
        ("", _) => text("text/html; charset=utf-8", PAGE),
        ("inspect", _) => inspect(request).await,
        ("echo", _) => Response::new(request.into_body().map_err(Fault::from).boxed_unsync()),
        ("sse", _) => events(&query),
        ("ws", _) => websocket::answer(request),
        ("file", Some(bytes)) => file(request.method(), request.headers(), bytes),
        ("endless", _) => typed("application/octet-stream", bodies::file(0..u64::MAX)),
        ("slow", _) => {
            let body = bodies::slow(
                query.get("bytes", 1000),
                query.get("piece", 10),
                query.every(),
            );
            typed("application/octet-stream", body)
        }
        ("sink", _) => sink(request.into_body(), &query).await,
        ("status", Some(code)) => {
            let code = u16::try_from(code).ok();
            let status = code.and_then(|code| StatusCode::from_u16(code).ok());
            plain(status.unwrap_or(StatusCode::BAD_REQUEST))
        }
        ("hang", _) => std::future::pending().await,
        ("half", _) => {
            let mut response = typed("application/octet-stream", bodies::half());
            set(&mut response, CONTENT_LENGTH, &bodies::HALF.0.to_string());
            response
        }
        ("reset", _) => return Err(OnPurpose),
        _ => plain(StatusCode::NOT_FOUND),
    })
}

const PAGE: &str = "<!doctype html><title>Test service</title><h1>Test service</h1>\n";

async fn inspect(request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body_bytes = body
        .collect()
        .await
        .map_or(0, |body| body.to_bytes().len() as u64);
    let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    json(&Seen {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: head.headers.iter().filter_map(header).collect(),
        body_bytes,
    })
}

async fn sink(mut body: Incoming, query: &Query) -> Response<Body> {
    let every = query.every();
    let mut sunk = Sunk { bytes: 0, wrong: 0 };
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let right = pattern(sunk.bytes, data.len());
        sunk.wrong += right.iter().zip(&data).filter(|(a, b)| a != b).count() as u64;
        sunk.bytes += data.len() as u64;
        if !every.is_zero() {
            tokio::time::sleep(every).await;
        }
    }
    json(&sunk)
}

fn events(query: &Query) -> Response<Body> {
    let body = bodies::events(query.get("count", u64::MAX), query.every());
    let mut response = typed("text/event-stream", body);
    let no_cache = HeaderValue::from_static("no-cache");
    response
        .headers_mut()
        .insert(http::header::CACHE_CONTROL, no_cache);
    response
}

fn file(method: &Method, headers: &HeaderMap, bytes: u64) -> Response<Body> {
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match asked.map(|text| one_range(text, bytes)) {
        None => (StatusCode::OK, 0..bytes),
        Some(Some(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(None) => {
            let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE);
            set(&mut response, CONTENT_RANGE, &format!("bytes */{bytes}"));
            return response;
        }
    };
    let length = range.end - range.start;
    let content_range = format!(
        "bytes {}-{}/{bytes}",
        range.start,
        range.end.saturating_sub(1)
    );
    let body = if method == Method::HEAD {
        empty()
    } else {
        bodies::file(range)
    };
    let mut response = typed("application/octet-stream", body);
    *response.status_mut() = status;
    set(&mut response, CONTENT_LENGTH, &length.to_string());
    set(&mut response, ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, CONTENT_RANGE, &content_range);
    }
    response
}

/// `bytes=a-b`, `bytes=a-` or `bytes=-n`; none if it cannot be satisfied.
fn one_range(text: &str, length: u64) -> Option<std::ops::Range<u64>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) => from..length.min(to.saturating_add(1)),
        (Ok(from), Err(_)) => from..length,
        (Err(_), Ok(last)) => length.saturating_sub(last)..length,
        (Err(_), Err(_)) => return None,
    };
    (range.start < range.end).then_some(range)
}

/// The parameters of a request.
struct Query(HashMap<String, u64>);

impl Query {
    fn of(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let numbers =
            pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
        Self(numbers.collect())
    }

    fn get(&self, name: &str, otherwise: u64) -> u64 {
        self.0.get(name).copied().unwrap_or(otherwise)
    }

    fn every(&self) -> Duration {
        Duration::from_millis(self.get("every_ms", 0))
    }
}

fn empty() -> Body {
    Empty::new()
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

fn plain(status: StatusCode) -> Response<Body> {
    let mut response = text("text/plain; charset=utf-8", &format!("{status}\n"));
    *response.status_mut() = status;
    response
}

fn json(value: &impl Serialize) -> Response<Body> {
    let value = serde_json::to_string(value).unwrap_or_default();
    text("application/json", &value)
}

fn text(content_type: &'static str, text: &str) -> Response<Body> {
    let body = Full::new(Bytes::copy_from_slice(text.as_bytes()));
    typed(
        content_type,
        body.map_err(|never: Infallible| match never {})
            .boxed_unsync(),
    )
}

fn typed(content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}

fn set(response: &mut Response<Body>, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests;
