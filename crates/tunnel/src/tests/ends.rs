//! How connections end, and what those on them learn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::client::{ConnectError, RequestError};
use crate::{CloseCode, CloseReason, Fault, Violation};

#[tokio::test]
async fn a_lost_frame_in_a_body_is_an_error_and_never_a_short_success() {
    // frame 20 of the way down lies within the body: 16 KiB each at first
    let ends = pair_with(|number, frame| (number != 20).then_some(frame));
    let rig = rig_over(ends, simple).await;
    let response = rig.connection.request(get("/bytes/50000000"));
    let body = within("the head", response).await.unwrap().into_body();
    let error = within("the body", drain(body)).await.unwrap_err();
    assert_eq!(Fault::of(&error), Fault::Way);
    let reason = within("the end", rig.connection.closed()).await;
    assert!(
        matches!(
            reason,
            CloseReason::Violation(Violation::Gap {
                expected: 20,
                got: 21
            })
        ),
        "{reason:?}"
    );
    let served = within("serving", rig.serving).await.unwrap();
    let Err(ServeError::Tunnel(CloseReason::Peer { code, text })) = served else {
        panic!("{served:?}");
    };
    assert_eq!(code, CloseCode::Violation);
    assert_eq!(text, "frame 20 is missing, frame 21 came instead");
    assert!(rig.connection.is_closed());
    let error = rig.connection.request(get("/")).await.unwrap_err();
    assert!(error.is_untouched(), "{error:?}");
    assert_eq!(error.fault(), Fault::Way);
}

#[tokio::test]
async fn when_the_way_is_cut_both_ends_end() {
    let rig = rig(simple).await;
    let connection = rig.connection.clone();
    let waiting = tokio::spawn(async move { connection.request(get("/never")).await });
    text(rig.connection.request(get("/")).await.unwrap()).await;
    for arriving in &rig.arriving {
        arriving.abort();
    }
    let error = within("the request", waiting).await.unwrap().unwrap_err();
    let way_lost = CloseReason::WayLost;
    assert!(
        matches!(&error, RequestError::Way { reason, .. } if *reason == way_lost),
        "{error:?}"
    );
    assert!(!error.is_untouched());
    assert_eq!(within("the end", rig.connection.closed()).await, way_lost);
    let served = within("serving", rig.serving).await.unwrap();
    assert!(matches!(
        served,
        Err(ServeError::Tunnel(CloseReason::WayLost))
    ));
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let (feed, body) = fed();
    let body = std::sync::Mutex::new(Some(body));
    let mut rig = rig(move |_| {
        let body = body.lock().unwrap().take().unwrap_or_else(empty);
        async { Response::new(body) }
    })
    .await;
    feed.send(Ok("first ".into())).await.unwrap();
    let response = rig.connection.request(get("/")).await.unwrap();
    rig.stop.take().unwrap().send(()).unwrap();
    let refused = async {
        loop {
            // the news is on its way while the first of these are
            if let Err(error) = rig.connection.request(get("/")).await {
                break error;
            }
        }
    };
    let refused = within("the refusal", refused).await;
    assert!(matches!(refused, RequestError::Leaving(_)), "{refused:?}");
    feed.send(Ok("last".into())).await.unwrap();
    drop(feed);
    assert_eq!(text(response).await, "first last");
    within("serving", rig.serving).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_end_that_says_nothing_is_no_connection() {
    let [client, server] = pair();
    let error = crate::client::connect(client.stream).await.unwrap_err();
    assert!(matches!(error, ConnectError::Silent));
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_falls_silent_is_noticed() {
    let silent = Arc::new(AtomicBool::new(false));
    let way = Arc::clone(&silent);
    let ends = pair_with(move |_, frame| (!way.load(Ordering::Relaxed)).then_some(frame));
    let rig = rig_over(ends, simple).await;
    text(rig.connection.request(get("/")).await.unwrap()).await;
    silent.store(true, Ordering::Relaxed);
    let started = tokio::time::Instant::now();
    let (error, reason) = tokio::join!(
        rig.connection.request(get("/never")),
        rig.connection.closed()
    );
    assert_eq!(reason, CloseReason::Unresponsive);
    assert_eq!(error.unwrap_err().fault(), Fault::Way);
    let took = started.elapsed();
    let most = crate::http2::CLIENT_PING_INTERVAL + crate::http2::PING_TIMEOUT;
    assert!(took <= most + Duration::from_secs(2), "{took:?}");
    let served = rig.serving.await.unwrap();
    assert!(served.is_err(), "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_stays() {
    let rig = rig(simple).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    text(rig.connection.request(get("/")).await.unwrap()).await;
}
