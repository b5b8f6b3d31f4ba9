use std::time::Duration;

use edgeward_wire::frame::{MAX_DATA_BYTES, WINDOW_BYTES};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::*;
use crate::Violation;
use crate::tests::{ChannelOutlet, pair, pair_with, within};

fn violation_in(error: &io::Error) -> Option<Violation> {
    let ended = error.get_ref()?.downcast_ref::<crate::Ended>()?;
    match &ended.0 {
        CloseReason::Violation(violation) => Some(violation.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_in_order_both_ways_and_end() {
    let ends = pair();
    let bytes: Vec<u8> = (0..10_000_000u32).map(|at| (at % 251) as u8).collect();
    let tasks = ends.map(|end| {
        let bytes = bytes.clone();
        tokio::spawn(async move {
            let (mut reader, mut writer) = tokio::io::split(end.stream);
            let expected = bytes.clone();
            let writing = async {
                writer.write_all(&bytes).await.unwrap();
                writer.shutdown().await.unwrap();
            };
            let mut read = Vec::new();
            let (result, ()) = tokio::join!(reader.read_to_end(&mut read), writing);
            result.unwrap();
            assert!(read == expected);
            end.closed.await
        })
    });
    for task in tasks {
        assert_eq!(within("an end", task).await.unwrap(), CloseReason::Finished);
    }
}

#[tokio::test]
async fn one_direction_ends_without_the_other() {
    let [mut first, mut second] = pair();
    first.stream.write_all(b"question").await.unwrap();
    first.stream.shutdown().await.unwrap();
    let mut read = String::new();
    within("the question", second.stream.read_to_string(&mut read))
        .await
        .unwrap();
    assert_eq!(read, "question");
    second.stream.write_all(b"answer").await.unwrap();
    second.stream.shutdown().await.unwrap();
    read.clear();
    within("the answer", first.stream.read_to_string(&mut read))
        .await
        .unwrap();
    assert_eq!(read, "answer");
    assert_eq!(first.closed.await, CloseReason::Finished);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_stops_the_writer() {
    let [mut first, mut second] = pair();
    let piece = [7; 1000];
    let mut written = 0;
    while let Ok(result) =
        tokio::time::timeout(Duration::from_millis(200), first.stream.write(&piece)).await
    {
        written += result.unwrap();
    }
    // the window is never exceeded, and on a fast way what is in flight grows only as credit comes back
    assert!(written >= MAX_DATA_BYTES, "{written}");
    assert!(
        written as u64 <= WINDOW_BYTES + MAX_DATA_BYTES as u64,
        "{written}"
    );
    let mut read = vec![0; written];
    within("all of it", second.stream.read_exact(&mut read))
        .await
        .unwrap();
    within("room", first.stream.write_all(&piece))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_outlet_that_does_not_take_stops_the_writer() {
    let (to, mut at) = mpsc::channel(1);
    let (_inlet, mut stream, _) = open(1, Limits::default(), ChannelOutlet(to));
    let mut written = 0;
    let piece = [7; 1000];
    while let Ok(result) =
        tokio::time::timeout(Duration::from_millis(200), stream.write(&piece)).await
    {
        written += result.unwrap();
    }
    assert!(written <= 3 * MAX_DATA_BYTES, "{written}");
    within("a frame", at.recv()).await.unwrap();
    within("room", stream.write_all(&piece)).await.unwrap();
}

#[tokio::test]
async fn a_lost_frame_is_an_error_for_both() {
    let [mut first, mut second] = pair_with(|number, frame| (number != 1).then_some(frame));
    let mut byte = [0];
    second.stream.write_all(b"a").await.unwrap();
    within("the first", first.stream.read_exact(&mut byte))
        .await
        .unwrap();
    let writing = async {
        loop {
            if let Err(error) = second.stream.write_all(b"b").await {
                return error;
            }
            tokio::task::yield_now().await;
        }
    };
    let (read, write) = within("both", async {
        tokio::join!(first.stream.read_exact(&mut byte), writing)
    })
    .await;
    let gap = Violation::Gap {
        expected: 1,
        got: 2,
    };
    assert_eq!(violation_in(&read.unwrap_err()), Some(gap));
    assert_eq!(write.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn dropping_a_stream_tells_the_other_end() {
    let [first, mut second] = pair();
    drop(first.stream);
    assert_eq!(first.closed.await, CloseReason::Dropped);
    let mut byte = [0];
    let error = within("the error", second.stream.read(&mut byte))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let reason = second.closed.await;
    assert!(matches!(
        reason,
        CloseReason::Peer {
            code: CloseCode::Done,
            ..
        }
    ));
}

#[tokio::test]
async fn aborting_tells_the_other_end_why() {
    let (to, mut at) = mpsc::channel(1);
    let (inlet, _stream, closed) = open(1, Limits::default(), ChannelOutlet(to));
    inlet.abort(CloseCode::Replaced, "a newer session");
    let frame = within("the close", at.recv()).await.unwrap();
    let body = Frame::decode(frame).unwrap().body;
    let (code, text) = (CloseCode::Replaced, "a newer session".to_owned());
    assert_eq!(body, edgeward_wire::frame::Body::Close { code, text });
    assert!(matches!(closed.await, CloseReason::Aborted { .. }));
    // the task ends, and its outlet with it
    assert!(within("the end", at.recv()).await.is_none());
}

#[tokio::test]
async fn a_closed_outlet_or_a_dropped_inlet_is_a_lost_way() {
    let (to, at) = mpsc::channel(1);
    let (_inlet, mut stream, closed) = open(1, Limits::default(), ChannelOutlet(to));
    drop(at);
    stream.write_all(b"x").await.unwrap();
    assert_eq!(closed.await, CloseReason::WayLost);

    let (to, _at) = mpsc::channel(1);
    let (inlet, mut stream, closed) = open(1, Limits::default(), ChannelOutlet(to));
    drop(inlet);
    assert_eq!(closed.await, CloseReason::WayLost);
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
}

#[tokio::test(start_paused = true)]
async fn an_outlet_that_is_stuck_is_given_up_after_the_end() {
    let (to, mut at) = mpsc::channel(1);
    let limits = Limits::default();
    let (inlet, mut stream, closed) = open(1, limits, ChannelOutlet(to.clone()));
    to.send(Bytes::new()).await.unwrap();
    stream.write_all(b"x").await.unwrap();
    tokio::task::yield_now().await;
    let started = Instant::now();
    drop(inlet);
    closed.await;
    assert_eq!(started.elapsed(), Duration::ZERO);
    while to.strong_count() > 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(started.elapsed() <= limits.close_timeout + Duration::from_millis(20));
    assert_eq!(at.recv().await, Some(Bytes::new()));
}

/// Takes nothing before it is let.
struct Reluctant(mpsc::Receiver<()>);

impl Outlet for Reluctant {
    async fn send(&mut self, _: Bytes) -> Result<(), OutletClosed> {
        self.0.recv().await.ok_or(OutletClosed)
    }
}

#[tokio::test]
async fn an_end_is_said_once_the_outlet_has_taken_it() {
    let (let_one, reluctant) = mpsc::channel(1);
    let (inlet, stream, closed) = open(1, Limits::default(), Reluctant(reluctant));
    drop(stream);
    assert_eq!(within("the end", closed.wait()).await, CloseReason::Dropped);
    let mut said = Box::pin(closed.said());
    let waits = poll_fn(|cx| Poll::Ready(said.as_mut().poll(cx).is_pending())).await;
    assert!(waits, "nothing was sent yet");
    let_one.send(()).await.unwrap();
    assert_eq!(within("its being said", said).await, CloseReason::Dropped);
    drop(inlet);
}
