//! Requests and answers when all goes well.

use std::sync::Arc;

use hyper::ext::Protocol;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Barrier;

use super::*;

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn a_request_gets_its_answer() {
    let rig = rig(simple).await;
    let response = rig.connection.request(get("/a?b=c")).await.unwrap();
    assert_eq!(text(response).await, "GET http://neuron/a?b=c");
}

#[tokio::test]
async fn a_body_comes_back_as_it_was() {
    let rig = rig(simple).await;
    let body: Vec<u8> = (0..300_000u32).map(|at| (at % 251) as u8).collect();
    let request = post("/echo", full(body.clone()));
    let response = rig.connection.request(request).await.unwrap();
    let back = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(back, body);
}

#[tokio::test]
async fn events_arrive_one_by_one() {
    let (feed, body) = fed();
    let body = std::sync::Mutex::new(Some(body));
    let rig = rig(move |_| {
        let body = body.lock().unwrap().take().unwrap();
        async { Response::new(body) }
    })
    .await;
    let mut events = rig.connection.request(get("/")).await.unwrap().into_body();
    for event in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
        feed.send(Ok(event.into())).await.unwrap();
        let frame = within("an event", events.frame()).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), event);
    }
    drop(feed);
    assert_eq!(within("the end", drain(events)).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_go_both_ways() {
    let rig = rig(simple).await;
    let down = rig.connection.request(get(&format!("/bytes/{}", 64 * MIB)));
    let up = rig
        .connection
        .request(post("/count", Zeros(64 * MIB).boxed_unsync()));
    let down = async { drain(down.await.unwrap().into_body()).await.unwrap() };
    let up = async { text(up.await.unwrap()).await };
    let (down, up) = within("both", async { tokio::join!(down, up) }).await;
    assert_eq!(down, 64 * MIB);
    assert_eq!(up, (64 * MIB).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_requests_are_under_way_at_once() {
    let all = Arc::new(Barrier::new(300));
    let rig = rig(move |_| {
        let all = Arc::clone(&all);
        async move {
            all.wait().await;
            Response::new(full("all here"))
        }
    })
    .await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let connection = rig.connection.clone();
        tasks.spawn(async move { text(connection.request(get("/")).await.unwrap()).await });
    }
    let answers = within("all answers", tasks.join_all()).await;
    assert!(answers.iter().all(|answer| answer == "all here"));
}

async fn upgrade(mut request: Request<Incoming>) -> Response<AnyBody> {
    assert_eq!(request.method(), http::Method::CONNECT);
    let protocol = request.extensions().get::<Protocol>().unwrap();
    assert_eq!(protocol.as_str(), "websocket");
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut io = TokioIo::new(upgraded.await.unwrap());
        let mut piece = [0; 4096];
        loop {
            match io.read(&mut piece).await.unwrap() {
                0 => break,
                length => io.write_all(&piece[..length]).await.unwrap(),
            }
        }
        // the other direction ends only after this one had
        io.write_all(b"all of it").await.unwrap();
        io.shutdown().await.unwrap();
    });
    Response::new(empty())
}

#[tokio::test]
async fn an_upgrade_carries_bytes_both_ways_each_to_its_own_end() {
    let rig = rig(upgrade).await;
    let request = Request::connect("http://neuron/socket")
        .extension(Protocol::from_static("websocket"))
        .body(empty())
        .unwrap();
    let response = rig.connection.request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut io = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    for message in ["one", "two"] {
        io.write_all(message.as_bytes()).await.unwrap();
        let mut back = [0; 3];
        within("the echo", io.read_exact(&mut back)).await.unwrap();
        assert_eq!(back, message.as_bytes());
    }
    io.shutdown().await.unwrap();
    let mut rest = String::new();
    within("the rest", io.read_to_string(&mut rest))
        .await
        .unwrap();
    assert_eq!(rest, "all of it");
}

#[tokio::test]
async fn when_the_last_connection_is_dropped_serving_ends_well() {
    let rig = rig(simple).await;
    let second = rig.connection.clone();
    drop(rig.connection);
    text(second.request(get("/")).await.unwrap()).await;
    drop(second);
    within("serving", rig.serving).await.unwrap().unwrap();
}
