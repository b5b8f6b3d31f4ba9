//! Requests beside one another: slow readers, and those that are given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::*;
use crate::{Fault, http2};

#[tokio::test(flavor = "multi_thread")]
async fn stalled_readers_stop_nobody_else() {
    let rig = rig(simple).await;
    let mut stalled = Vec::new();
    for _ in 0..100 {
        let response = rig.connection.request(get("/bytes/100000000"));
        stalled.push(within("an unread answer", response).await.unwrap());
    }
    for _ in 0..20 {
        let response = rig.connection.request(get("/bytes/5000000"));
        let body = within("a head", response).await.unwrap().into_body();
        assert_eq!(within("a body", drain(body)).await.unwrap(), 5_000_000);
    }
    // and one that has stalled goes on where it was
    let body = stalled.pop().unwrap().into_body();
    assert_eq!(within("it", drain(body)).await.unwrap(), 100_000_000);
}

#[tokio::test]
async fn a_body_that_nobody_reads_stops_its_sender() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let rig = rig(move |request| {
        let counter = Arc::clone(&counter);
        async move {
            if request.uri().path() == "/" {
                return Response::new(full("x"));
            }
            let (feed, body) = fed();
            tokio::spawn(async move {
                while feed.send(Ok(vec![0; 10_000].into())).await.is_ok() {
                    counter.fetch_add(10_000, Ordering::Relaxed);
                }
            });
            Response::new(body)
        }
    })
    .await;
    let unread = rig.connection.request(get("/endless")).await.unwrap();
    let most = http2::CLIENT_STREAM_WINDOW_BYTES as usize + http2::SEND_BUFFER_BYTES + 100_000;
    // other requests mark the time; when the count no longer changes, the sender has stopped
    let mut before = usize::MAX;
    while sent.load(Ordering::Relaxed) != before {
        before = sent.load(Ordering::Relaxed);
        for _ in 0..50 {
            text(rig.connection.request(get("/")).await.unwrap()).await;
        }
    }
    assert!(before > 100_000, "{before}");
    assert!(before < most, "{before}");
    drop(unread);
}

/// Notifies when it is dropped.
struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_is_dropped_at_the_other_end() {
    let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let seen = (Arc::clone(&begun), Arc::clone(&dropped));
    let rig = rig(move |_| {
        let (begun, dropped) = seen.clone();
        async move {
            let _guard = OnDrop(dropped);
            begun.notify_one();
            std::future::pending().await
        }
    })
    .await;
    let connection = rig.connection.clone();
    let request = tokio::spawn(async move { connection.request(get("/")).await });
    within("the request", begun.notified()).await;
    request.abort();
    within("its end", dropped.notified()).await;
}

#[tokio::test]
async fn an_answer_that_is_given_up_is_dropped_at_the_other_end() {
    let dropped = Arc::new(Notify::new());
    let seen = Arc::clone(&dropped);
    let rig = rig(move |_| {
        let guard = OnDrop(Arc::clone(&seen));
        async {
            let (feed, body) = fed();
            tokio::spawn(async move {
                while feed.send(Ok(vec![0; 10_000].into())).await.is_ok() {}
                drop(guard);
            });
            Response::new(body)
        }
    })
    .await;
    let response = rig.connection.request(get("/")).await.unwrap();
    drop(response);
    within("its end", dropped.notified()).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_the_agents_fault() {
    let rig = rig(|_| async {
        let (feed, body) = fed();
        tokio::spawn(async move {
            feed.send(Ok("half of".into())).await.unwrap();
            feed.send(Err("the service went away".into()))
                .await
                .unwrap();
        });
        Response::new(body)
    })
    .await;
    let body = rig.connection.request(get("/")).await.unwrap().into_body();
    let error = within("the error", drain(body)).await.unwrap_err();
    assert_eq!(Fault::of(&error), Fault::Agent);
    assert!(!rig.connection.is_closed());
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_an_error_at_the_other_end() {
    let (tell, mut told) = mpsc::channel(1);
    let rig = rig(move |request| {
        let tell = tell.clone();
        async move {
            let result = drain(request.into_body()).await;
            tell.send(result).await.unwrap();
            Response::new(empty())
        }
    })
    .await;
    let (feed, body) = fed();
    let connection = rig.connection.clone();
    let request = tokio::spawn(async move { connection.request(post("/", body)).await });
    feed.send(Ok("half of".into())).await.unwrap();
    feed.send(Err("the browser went away".into()))
        .await
        .unwrap();
    assert!(within("the end", told.recv()).await.unwrap().is_err());
    let error = within("the request", request).await.unwrap().unwrap_err();
    assert_eq!(error.fault(), Fault::Request, "{error:?}");
    let answer = rig.connection.request(post("/", full("whole"))).await;
    assert_eq!(answer.unwrap().status(), 200);
}

#[tokio::test]
async fn an_answer_before_the_upload_has_ended_is_not_lost() {
    let rig = rig(|_| async { Response::new(full("no, thank you")) }).await;
    let (feed, body) = fed();
    feed.send(Ok("a".into())).await.unwrap();
    let response = rig.connection.request(post("/", body)).await.unwrap();
    assert_eq!(text(response).await, "no, thank you");
}
