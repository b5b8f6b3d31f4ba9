//! Too much of everything.

use edgeward_wire::frame::MAX_DATA_BYTES;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;

use super::*;
use crate::client::{MAX_WAITING_REQUESTS, RequestError};
use crate::http2::MAX_CONCURRENT_STREAMS;
use crate::{CloseReason, Fault};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;
/// GET, http, /, and an authority of one letter, as HPACK has them.
const GET_HEADERS: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'n'];

/// An HTTP/2 frame by hand.
fn raw(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A request that opens a stream and ends its own side of it.
fn raw_get(stream: u32) -> Vec<u8> {
    raw(HEADERS, 0x5, stream, GET_HEADERS)
}

fn raw_reset(stream: u32) -> Vec<u8> {
    raw(RST_STREAM, 0, stream, &8u32.to_be_bytes())
}

/// The next frame of this kind: its stream and the error code in it.
async fn next_code(stream: &mut TunnelStream, kind: u8) -> Option<(u32, u32)> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await.ok()?;
        if head[3] == kind {
            let id = u32::from_be_bytes(head[5..].try_into().unwrap());
            let code = if kind == GOAWAY {
                &payload[4..8]
            } else {
                &payload[..4]
            };
            return Some((id, u32::from_be_bytes(code.try_into().unwrap())));
        }
    }
}

#[tokio::test]
async fn ten_thousand_cancelled_openings_end_the_connection_and_cost_nothing() {
    let handled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&handled);
    let [mut client, server] = pair();
    let serving = tokio::spawn(crate::server::serve(
        server.stream,
        move |request| {
            counter.fetch_add(1, Ordering::Relaxed);
            simple(request)
        },
        std::future::pending(),
    ));
    let mut flood = [PREFACE, &raw(SETTINGS, 0, 0, &[])].concat();
    for number in 0..10_000 {
        flood.extend(raw_get(2 * number + 1));
        flood.extend(raw_reset(2 * number + 1));
    }
    // the other end may leave before it has read all of it
    let _ = client.stream.write_all(&flood).await;
    let refusal = within("the refusal", next_code(&mut client.stream, GOAWAY)).await;
    assert_eq!(refusal, Some((0, ENHANCE_YOUR_CALM)));
    drop(client);
    assert!(within("serving", serving).await.unwrap().is_err());
    let handled = handled.load(Ordering::Relaxed);
    assert!(handled <= 4 * MAX_CONCURRENT_STREAMS as usize, "{handled}");
}

#[tokio::test]
async fn streams_above_the_limit_are_refused_and_the_others_stay() {
    let [mut client, server] = pair();
    tokio::spawn(crate::server::serve(
        server.stream,
        |_| async { std::future::pending::<Response<AnyBody>>().await },
        std::future::pending(),
    ));
    let mut opening = [PREFACE, &raw(SETTINGS, 0, 0, &[])].concat();
    client.stream.write_all(&opening).await.unwrap();
    opening.clear();
    // the other end's settings must have arrived and been confirmed before they bind
    let mut settings = [0; 9];
    within("settings", client.stream.read_exact(&mut settings))
        .await
        .unwrap();
    opening.extend(raw(SETTINGS, 1, 0, &[]));
    for number in 0..=MAX_CONCURRENT_STREAMS {
        opening.extend(raw_get(2 * number + 1));
    }
    let mut skipped = vec![0; usize::from(settings[2])];
    client.stream.read_exact(&mut skipped).await.unwrap();
    client.stream.write_all(&opening).await.unwrap();
    let refusal = within("the refusal", next_code(&mut client.stream, RST_STREAM)).await;
    assert_eq!(
        refusal,
        Some((2 * MAX_CONCURRENT_STREAMS + 1, REFUSED_STREAM))
    );
}

#[tokio::test]
async fn more_waiting_requests_than_allowed_are_refused_at_once() {
    let arrived = Arc::new(Semaphore::new(0));
    let arriving = Arc::clone(&arrived);
    let rig = rig(move |request| {
        arriving.add_permits(1);
        simple(request)
    })
    .await;
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..MAX_WAITING_REQUESTS {
        let connection = rig.connection.clone();
        waiting.spawn(async move { connection.request(get("/never")).await });
    }
    let all = u32::try_from(MAX_WAITING_REQUESTS).unwrap();
    drop(
        within("all requests", arrived.acquire_many(all))
            .await
            .unwrap(),
    );
    let one_more = within("the refusal", rig.connection.request(get("/"))).await;
    assert!(matches!(one_more, Err(RequestError::Busy)), "{one_more:?}");
    // once they are given up, there is room again
    waiting.shutdown().await;
    text(rig.connection.request(get("/")).await.unwrap()).await;
}

#[tokio::test]
async fn ten_thousand_given_up_requests_leave_the_connection_to_others() {
    let rig = rig(simple).await;
    for _ in 0..100 {
        let mut group = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let connection = rig.connection.clone();
            group.spawn(async move { connection.request(get("/never")).await });
        }
        tokio::task::yield_now().await;
        group.shutdown().await;
    }
    let answer = within("an answer", rig.connection.request(get("/"))).await;
    assert_eq!(text(answer.unwrap()).await, "GET http://neuron/");
}

#[tokio::test]
async fn headers_above_the_limit_concern_their_request_only() {
    let rig = rig(simple).await;
    let mut request = get("/");
    let large = "x".repeat(100_000).parse().unwrap();
    request.headers_mut().insert("x-large", large);
    let result = within("the refusal", rig.connection.request(request)).await;
    match result {
        Ok(response) => assert_eq!(response.status(), 431),
        Err(error) => assert_ne!(error.fault(), Fault::Way, "{error:?}"),
    }
    text(rig.connection.request(get("/")).await.unwrap()).await;
}

#[tokio::test]
async fn what_is_not_http2_ends_the_connection() {
    let [mut client, server] = pair();
    let serving = tokio::spawn(crate::server::serve(
        server.stream,
        simple,
        std::future::pending(),
    ));
    // the other end may leave before it has read all of it
    let _ = client.stream.write_all(&[0xff; MAX_DATA_BYTES]).await;
    let served = within("serving", serving).await.unwrap();
    assert!(matches!(served, Err(ServeError::Http(_))), "{served:?}");
    let reason = within("the end", client.closed.wait()).await;
    assert!(matches!(reason, CloseReason::Peer { .. }), "{reason:?}");
}
