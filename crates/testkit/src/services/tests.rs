use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::*;

const LIMIT: Duration = Duration::from_secs(20);

/// One request on a connection of its own.
async fn ask(
    service: &Service,
    request: Request<Full<Bytes>>,
) -> hyper::Result<Response<Incoming>> {
    let stream = TcpStream::connect(service.address()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    sender.send_request(request).await
}

fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path)
        .header("host", "x")
        .body(Full::default())
        .unwrap()
}

async fn body(response: Response<Incoming>) -> Bytes {
    let all = tokio::time::timeout(LIMIT, response.into_body().collect());
    all.await.unwrap().unwrap().to_bytes()
}

#[tokio::test]
async fn inspect_tells_what_arrived() {
    let service = Service::start().await.unwrap();
    let request = Request::put("/inspect/a?b=c")
        .header("host", "x")
        .header("x-y", "z");
    let request = request.body(Full::from("four")).unwrap();
    let seen = body(ask(&service, request).await.unwrap()).await;
    let seen: Seen = serde_json::from_slice(&seen).unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("PUT", "/inspect/a?b=c")
    );
    assert_eq!((seen.header("x-y"), seen.body_bytes), (Some("z"), 4));
    assert_eq!((service.connections(), service.requests()), (1, 1));
}

#[tokio::test]
async fn echo_and_sink_take_bodies() {
    let service = Service::start().await.unwrap();
    let data = pattern(0, 300_000);
    let post = |path: &str, data: &[u8]| {
        let request = Request::post(path).header("host", "x");
        request.body(Full::from(data.to_vec())).unwrap()
    };
    let echoed = body(ask(&service, post("/echo", &data)).await.unwrap()).await;
    assert!(echoed == data);
    let mut damaged = data.clone();
    damaged[70_000] ^= 1;
    let sunk = body(ask(&service, post("/sink", &damaged)).await.unwrap()).await;
    let sunk: Sunk = serde_json::from_slice(&sunk).unwrap();
    assert_eq!((sunk.bytes, sunk.wrong), (300_000, 1));
}

#[tokio::test]
async fn files_have_ranges() {
    let service = Service::start().await.unwrap();
    let whole = body(ask(&service, get("/file/100000")).await.unwrap()).await;
    assert!(whole == pattern(0, 100_000));
    let rows: [(&str, u16, std::ops::Range<usize>); 4] = [
        ("bytes=70000-70009", 206, 70_000..70_010),
        ("bytes=99990-", 206, 99_990..100_000),
        ("bytes=-5", 206, 99_995..100_000),
        ("bytes=100000-", 416, 0..0),
    ];
    for (range, status, part) in rows {
        let mut request = get("/file/100000");
        request
            .headers_mut()
            .insert("range", range.parse().unwrap());
        let response = ask(&service, request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{range}");
        if status == 206 {
            assert!(body(response).await == whole.slice(part), "{range}");
        }
    }
}

#[tokio::test]
async fn events_come_one_by_one_and_slow_files_in_the_end() {
    let service = Service::start().await.unwrap();
    let events = body(ask(&service, get("/sse?every_ms=5&count=3")).await.unwrap()).await;
    assert_eq!(events, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    let mut endless = ask(&service, get("/sse?every_ms=5")).await.unwrap();
    let first = endless.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "data: 0\n\n");
    let slow = body(
        ask(&service, get("/slow?bytes=50&piece=10&every_ms=5"))
            .await
            .unwrap(),
    )
    .await;
    assert!(slow == pattern(0, 50));
}

#[tokio::test]
async fn the_endless_body_goes_on_past_any_buffer() {
    let service = Service::start().await.unwrap();
    let mut response = ask(&service, get("/endless")).await.unwrap();
    let mut bytes = 0;
    while bytes < 20 << 20 {
        bytes += response
            .body_mut()
            .frame()
            .await
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap()
            .len();
    }
}

#[tokio::test]
async fn websocket_messages_come_back() {
    let service = Service::start().await.unwrap();
    let url = format!("ws://{}/ws", service.address());
    let stream = TcpStream::connect(service.address()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    for message in [Message::text("hello"), Message::binary(pattern(0, 100_000))] {
        socket.send(message.clone()).await.unwrap();
        assert!(socket.next().await.unwrap().unwrap() == message);
    }
}

#[tokio::test]
async fn broken_answers_are_broken() {
    let service = Service::start().await.unwrap();
    assert!(ask(&service, get("/reset")).await.is_err());
    let half = ask(&service, get("/half")).await.unwrap();
    assert!(half.into_body().collect().await.is_err());
    let teapot = ask(&service, get("/status/418")).await.unwrap();
    assert_eq!(teapot.status().as_u16(), 418);
    let short = Duration::from_millis(100);
    assert!(
        tokio::time::timeout(short, ask(&service, get("/hang")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn refusing_refuses_and_silent_is_silent() {
    let refusing = Refusing::bind().unwrap();
    let error = TcpStream::connect(refusing.address()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let silent = Silent::bind().await.unwrap();
    let stream = TcpStream::connect(silent.address()).await.unwrap();
    let short = Duration::from_millis(100);
    assert!(
        tokio::time::timeout(short, stream.readable())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn dropping_closes_what_is_open() {
    let service = Service::start().await.unwrap();
    let mut endless = ask(&service, get("/sse?every_ms=1")).await.unwrap();
    endless.body_mut().frame().await.unwrap().unwrap();
    let address = service.address();
    drop(service);
    let end = async { while let Some(Ok(_)) = endless.body_mut().frame().await {} };
    tokio::time::timeout(LIMIT, end).await.unwrap();
    crate::eventually("a refusal", LIMIT, async || {
        match TcpStream::connect(address).await {
            Err(_) => Ok(()),
            Ok(_) => Err("it listens"),
        }
    })
    .await
    .unwrap();
}
