//! Requests through a real tunnel, over memory, to services of all sorts.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use edgeward_tunnel::{Inlet, Limits, Outlet, OutletClosed, client};
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::ext::Protocol;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{FAULT_HEADER, Services};
use crate::config::{Config, ServiceConfig, ServiceLimits, ServiceTarget};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

type TestBody = BoxBody<Bytes, Infallible>;

fn full(text: impl Into<Bytes>) -> TestBody {
    Full::new(text.into()).boxed()
}

/// A body whose frames come when the test sends them.
struct Frames(Mutex<mpsc::Receiver<Frame<Bytes>>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .lock()
            .unwrap()
            .poll_recv(context)
            .map(|frame| frame.map(Ok))
    }
}

struct Channel(mpsc::Sender<Bytes>);

impl Outlet for Channel {
    async fn send(&mut self, frame: Bytes) -> Result<(), OutletClosed> {
        self.0.send(frame).await.map_err(|_| OutletClosed)
    }
}

fn pump(mut frames: mpsc::Receiver<Bytes>, inlet: Inlet) {
    tokio::spawn(async move {
        while let Some(frame) = frames.recv().await {
            if inlet.deliver(frame).is_err() {
                break;
            }
        }
    });
}

/// The control plane's end of a tunnel, behind which these services are.
async fn tunnel_to(services: Arc<Services>) -> client::Connection {
    let (up, up_frames) = mpsc::channel(16);
    let (down, down_frames) = mpsc::channel(16);
    let (agent_inlet, agent_stream, _) = edgeward_tunnel::open(1, Limits::default(), Channel(up));
    let (plane_inlet, plane_stream, _) = edgeward_tunnel::open(1, Limits::default(), Channel(down));
    pump(up_frames, plane_inlet);
    pump(down_frames, agent_inlet);
    tokio::spawn(async move {
        let handler = move |request| {
            let services = Arc::clone(&services);
            async move { services.handle(request).await }
        };
        let _ = edgeward_tunnel::server::serve(agent_stream, handler, pending()).await;
    });
    client::connect(plane_stream).await.unwrap()
}

fn services(targets: &[(&str, SocketAddr)], limits: ServiceLimits) -> Arc<Services> {
    let services = targets
        .iter()
        .map(|(name, address)| {
            let target = ServiceTarget::new(address.ip().to_string(), address.port());
            ServiceConfig::new(name.parse().unwrap(), target)
        })
        .collect();
    Arc::new(Services::new(&Config {
        services,
        limits,
        ..Config::default()
    }))
}

async fn connect(address: SocketAddr, limits: ServiceLimits) -> client::Connection {
    tunnel_to(services(&[("app", address)], limits)).await
}

fn get(path: &str) -> Request<TestBody> {
    Request::get(format!("http://app{path}"))
        .body(full(""))
        .unwrap()
}

async fn ask<B>(connection: &client::Connection, request: Request<B>) -> Response<Incoming>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    timeout(PATIENCE, connection.request(request))
        .await
        .expect("an answer in time")
        .unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    let body = timeout(PATIENCE, response.into_body().collect())
        .await
        .expect("a body in time");
    String::from_utf8(body.unwrap().to_bytes().to_vec()).unwrap()
}

fn fault(response: &Response<Incoming>) -> (StatusCode, &str) {
    let fault = response
        .headers()
        .get(FAULT_HEADER)
        .map_or("none", |value| value.to_str().unwrap());
    (response.status(), fault)
}

/// A service over hyper; counts its connections.
async fn web_service<F, R>(handler: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + 'static,
    R: Future<Output = Response<TestBody>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let handler = handler.clone();
            let service = service_fn(move |request| {
                let answer = handler(request);
                async { Ok::<_, Infallible>(answer.await) }
            });
            tokio::spawn(async move {
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades()
                    .await;
            });
        }
    });
    (address, connections)
}

/// A service of bare TCP: the function gets each connection and its number, from 0.
async fn raw_service<F, R>(serve: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(TcpStream, usize) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, count.fetch_add(1, Ordering::SeqCst)));
        }
    });
    (address, connections)
}

/// Reads a request head; what follows it is not looked at.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn the_service_sees_a_request_of_its_own_kind() {
    let (address, _) = raw_service(|mut stream, _| async move {
        let head = read_head(&mut stream).await;
        let answer = format!(
            "HTTP/1.1 302 Found\r\nlocation: /login\r\nconnection: x-private\r\nx-private: 1\r\nedgeward-fault: refused\r\n\
             content-length: {}\r\n\r\n{head}",
            head.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let connection = connect(address, ServiceLimits::default()).await;
    let request = Request::get("http://app/a/b?c=d%20e")
        .header("cookie", "one=1")
        .header("cookie", "two=2")
        .header("x-forwarded-host", "x.localhost")
        .header("proxy-authorization", "secret")
        .body(full(""))
        .unwrap();
    let response = ask(&connection, request).await;
    assert_eq!(fault(&response), (StatusCode::FOUND, "none"));
    assert_eq!(response.headers()["location"], "/login");
    assert!(!response.headers().contains_key("x-private"));
    let head = text(response).await.to_lowercase();
    assert!(head.starts_with("get /a/b?c=d%20e http/1.1\r\n"), "{head}");
    for line in [
        &format!("host: {address}\r\n"),
        "cookie: one=1; two=2\r\n",
        "x-forwarded-host: x.localhost\r\n",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
    for header in [
        "proxy-authorization",
        "transfer-encoding",
        "content-length",
        "connection:",
    ] {
        assert!(!head.contains(header), "{header} in {head}");
    }
}

#[tokio::test]
async fn requests_share_kept_connections() {
    let (address, connections) = web_service(|_| async { Response::new(full("hello")) }).await;
    let connection = connect(address, ServiceLimits::default()).await;
    for _ in 0..50 {
        assert_eq!(text(ask(&connection, get("/")).await).await, "hello");
    }
    // The connection comes back a moment after the answer's end, which the next request may just miss.
    let opened = connections.load(Ordering::SeqCst);
    assert!(opened <= 5, "{opened} connections for 50 requests");
}

#[tokio::test]
async fn many_requests_at_once_all_get_their_own_answer() {
    let echo = |request: Request<Incoming>| async move {
        Response::new(full(request.uri().path().to_owned()))
    };
    let (address, _) = web_service(echo).await;
    let connection = connect(address, ServiceLimits::default()).await;
    let requests: Vec<_> = (0..300)
        .map(|number| {
            let connection = connection.clone();
            tokio::spawn(async move {
                let path = format!("/{number}");
                assert_eq!(text(ask(&connection, get(&path)).await).await, path);
            })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
}

/// Answers the first request of its first connection, and hangs up on the second one, as a service does whose time for
/// unused connections is over.
async fn forgetful_service() -> (SocketAddr, Arc<AtomicUsize>) {
    raw_service(|mut stream, number| async move {
        read_head(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        read_head(&mut stream).await;
        if number > 0 {
            stream.write_all(OK).await.unwrap();
            pending::<()>().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_stale_connection_costs_a_safe_request_nothing() {
    let (address, connections) = forgetful_service().await;
    let services = services(&[("app", address)], ServiceLimits::default());
    let connection = tunnel_to(Arc::clone(&services)).await;
    assert_eq!(text(ask(&connection, get("/")).await).await, "ok");
    until_kept(&services).await;
    let response = ask(&connection, get("/")).await;
    assert_eq!(fault(&response), (StatusCode::OK, "none"));
    assert_eq!(text(response).await, "ok");
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_request_that_may_have_had_an_effect_is_not_repeated() {
    let (address, connections) = forgetful_service().await;
    let services = services(&[("app", address)], ServiceLimits::default());
    let connection = tunnel_to(Arc::clone(&services)).await;
    assert_eq!(text(ask(&connection, get("/")).await).await, "ok");
    until_kept(&services).await;
    let post = Request::post("http://app/pay").body(full("")).unwrap();
    let response = ask(&connection, post).await;
    assert_eq!(fault(&response), (StatusCode::BAD_GATEWAY, "bad-answer"));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// Waits until one connection is waiting for the next request.
async fn until_kept(services: &Services) {
    let kept = async {
        while services.offers().by_name["app"].pool.sweep() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, kept).await.expect("a kept connection");
}

#[tokio::test]
async fn unused_connections_are_closed() {
    let (closed, mut closings) = mpsc::channel(1);
    let (address, _) = raw_service(move |mut stream, _| {
        let closed = closed.clone();
        async move {
            read_head(&mut stream).await;
            stream.write_all(OK).await.unwrap();
            assert_eq!(read_head(&mut stream).await, "");
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let limits = ServiceLimits {
        idle_timeout: Duration::from_millis(20),
        ..ServiceLimits::default()
    };
    let services = services(&[("app", address)], limits);
    let sweeping = Arc::clone(&services);
    tokio::spawn(async move { sweeping.sweep().await });
    let connection = tunnel_to(services).await;
    assert_eq!(text(ask(&connection, get("/")).await).await, "ok");
    timeout(PATIENCE, closings.recv())
        .await
        .expect("the connection is closed");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told_apart() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let connection = connect(closed, ServiceLimits::default()).await;
    let response = ask(&connection, get("/")).await;
    assert_eq!(fault(&response), (StatusCode::BAD_GATEWAY, "refused"));
    assert!(text(response).await.contains("is it running?"));
}

#[tokio::test]
async fn what_is_not_offered_is_never_dialled() {
    let (address, connections) = web_service(|_| async { Response::new(full("")) }).await;
    let connection = connect(address, ServiceLimits::default()).await;
    for authority in [
        "other",
        "app.",
        "APP",
        &address.to_string(),
        "app:80",
        "x@app",
    ] {
        let request = Request::get(format!("http://{authority}/"))
            .body(full(""))
            .unwrap();
        let response = ask(&connection, request).await;
        assert_eq!(
            fault(&response),
            (StatusCode::FORBIDDEN, "not-offered"),
            "{authority}"
        );
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up() {
    let (address, _) = raw_service(|mut stream, _| async move {
        read_head(&mut stream).await;
        pending::<()>().await;
    })
    .await;
    let limits = ServiceLimits {
        response_timeout: Duration::from_millis(50),
        ..ServiceLimits::default()
    };
    let response = ask(&connect(address, limits).await, get("/")).await;
    assert_eq!(fault(&response), (StatusCode::GATEWAY_TIMEOUT, "timeout"));
}

#[tokio::test]
async fn a_slow_client_is_not_the_service_s_fault() {
    let count = |request: Request<Incoming>| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(full(body.len().to_string()))
    };
    let (address, _) = web_service(count).await;
    let (silent, _) = raw_service(|stream, _| async move {
        let _held = stream;
        pending::<()>().await;
    })
    .await;
    let limits = ServiceLimits {
        response_timeout: Duration::from_millis(50),
        ..ServiceLimits::default()
    };
    let connection = tunnel_to(services(&[("app", address), ("silent", silent)], limits)).await;
    let (parts, body) = mpsc::channel(1);
    let upload = Request::post("http://app/")
        .body(Frames(Mutex::new(body)))
        .unwrap();
    let uploading = tokio::spawn({
        let connection = connection.clone();
        async move { ask(&connection, upload).await }
    });
    parts
        .send(Frame::data(Bytes::from_static(b"abc")))
        .await
        .unwrap();
    // Two time-outs of another request are time enough for the upload's own to have come.
    for _ in 0..2 {
        let request = Request::get("http://silent/").body(full("")).unwrap();
        assert_eq!(fault(&ask(&connection, request).await).1, "timeout");
    }
    parts
        .send(Frame::data(Bytes::from_static(b"def")))
        .await
        .unwrap();
    drop(parts);
    assert_eq!(text(uploading.await.unwrap()).await, "6");
}

#[tokio::test]
async fn bodies_pass_whole_in_both_directions() {
    let echo = |request: Request<Incoming>| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(full(body))
    };
    let (address, _) = web_service(echo).await;
    let connection = connect(address, ServiceLimits::default()).await;
    let sent: Bytes = (0..3 * 1024 * 1024_u32)
        .map(|at| (at % 251) as u8)
        .collect();
    let request = Request::put("http://app/")
        .body(full(sent.clone()))
        .unwrap();
    let response = ask(&connection, request).await;
    let got = timeout(PATIENCE, response.into_body().collect())
        .await
        .unwrap()
        .unwrap()
        .to_bytes();
    assert!(got == sent);
}

#[tokio::test]
async fn events_arrive_while_the_answer_goes_on() {
    let (events, body) = mpsc::channel(1);
    let body = Arc::new(Mutex::new(Some(body)));
    let stream = move |_| {
        let body = body.lock().unwrap().take().unwrap();
        async move { Response::new(BoxBody::new(Frames(Mutex::new(body)))) }
    };
    let (address, _) = web_service(stream).await;
    let connection = connect(address, ServiceLimits::default()).await;
    let mut response = ask(&connection, get("/events")).await;
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        events.send(Frame::data(Bytes::from(event))).await.unwrap();
        let frame = timeout(PATIENCE, response.body_mut().frame())
            .await
            .expect("the event comes");
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), event);
    }
    // The service learns that the client has gone.
    drop(response);
    timeout(PATIENCE, events.closed())
        .await
        .expect("the service is told");
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    for answer in [&b""[..], b"220 mail.example.com ESMTP\r\n", b"HTTP/1.1 200"] {
        let (address, _) = raw_service(move |mut stream, _| async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(answer).await;
        })
        .await;
        let response = ask(&connect(address, ServiceLimits::default()).await, get("/")).await;
        assert_eq!(
            fault(&response),
            (StatusCode::BAD_GATEWAY, "bad-answer"),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_ends_with_an_error() {
    let (address, _) = raw_service(|mut stream, _| async move {
        read_head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
            .await
            .unwrap();
    })
    .await;
    let response = ask(&connect(address, ServiceLimits::default()).await, get("/")).await;
    assert_eq!(response.status(), StatusCode::OK);
    timeout(PATIENCE, response.into_body().collect())
        .await
        .unwrap()
        .unwrap_err();
}

fn websocket() -> Request<TestBody> {
    let mut request = Request::connect("http://app/comms?x=1")
        .header("sec-websocket-protocol", "chat")
        .body(full(""))
        .unwrap();
    request
        .extensions_mut()
        .insert(Protocol::from_static("websocket"));
    request
}

#[tokio::test]
async fn an_upgrade_passes_bytes_each_way_to_its_own_end() {
    let (address, _) = raw_service(|mut stream, _| async move {
        let head = read_head(&mut stream).await.to_lowercase();
        assert!(head.starts_with("get /comms?x=1 http/1.1\r\n"), "{head}");
        for line in [
            "connection: upgrade\r\n",
            "upgrade: websocket\r\n",
            "sec-websocket-version: 13\r\n",
            "sec-websocket-key: ",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        let answer =
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
            sec-websocket-protocol: chat\r\nsec-websocket-accept: x\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        // The client has ended its half; ours still goes through.
        stream
            .write_all(format!("heard {heard}").as_bytes())
            .await
            .unwrap();
    })
    .await;
    let connection = connect(address, ServiceLimits::default()).await;
    let mut response = ask(&connection, websocket()).await;
    assert_eq!(fault(&response), (StatusCode::OK, "none"));
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat");
    assert!(!response.headers().contains_key("sec-websocket-accept"));
    let mut stream = TokioIo::new(hyper::upgrade::on(&mut response).await.unwrap());
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut heard))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(heard, "heard hello");
}

#[tokio::test]
async fn a_service_may_refuse_an_upgrade() {
    for (status, expected) in [
        (StatusCode::FORBIDDEN, (StatusCode::FORBIDDEN, "none")),
        (StatusCode::OK, (StatusCode::BAD_GATEWAY, "bad-answer")),
    ] {
        let (address, _) = web_service(move |_| async move {
            let mut response = Response::new(full("no"));
            *response.status_mut() = status;
            response
        })
        .await;
        let response = ask(
            &connect(address, ServiceLimits::default()).await,
            websocket(),
        )
        .await;
        assert_eq!(fault(&response), expected);
    }
}

#[tokio::test]
async fn plain_connect_is_not_served() {
    let (address, connections) = web_service(|_| async { Response::new(full("")) }).await;
    let connection = connect(address, ServiceLimits::default()).await;
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri("app")
        .body(full(""))
        .unwrap();
    let response = ask(&connection, request).await;
    assert_eq!(fault(&response), (StatusCode::FORBIDDEN, "not-offered"));
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}
