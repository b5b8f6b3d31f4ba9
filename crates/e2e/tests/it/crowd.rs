//! Many at once: nobody waits for whoever is slow, and many requests beside each other all get their own answer.

use edgeward_testkit::nginx::Nginx;
use edgeward_testkit::services::{Seen, Service};
use futures::future::join_all;
use http::StatusCode;

use crate::system::{LIMIT, Parts, System, with_both_parts, within};

with_both_parts! {
    one_who_does_not_read_does_not_hold_up_the_others,
    two_hundred_requests_at_once_get_their_own_answers,
    many_answers_that_last,
    a_crowd_at_a_real_web_server,
}

const FAST: usize = 50;
const PARALLEL: usize = 200;

/// Answers that are under way at the same moment.
const LASTING: usize = 300;

/// More than fits between a server and a reader who has stopped.
const LARGE_BYTES: u64 = 64 * 1024 * 1024;

/// So much comes before the reader stops, to be sure that the download is under way.
const FIRST_BYTES: usize = 64 * 1024;

async fn one_who_does_not_read_does_not_hold_up_the_others(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let mut slow = system.get(ids[0], "/endless").await.unwrap();
    let mut come = 0;
    while come < FIRST_BYTES {
        let piece = within("a piece", LIMIT, slow.next_piece()).await.unwrap();
        come += piece.expect("an endless body goes on").len();
    }
    for _ in 0..FAST {
        let answer = within("a fast answer", LIMIT, system.get(ids[0], "/")).await;
        assert_eq!(answer.unwrap().status, StatusCode::OK);
    }
    let piece = within("a piece", LIMIT, slow.next_piece()).await.unwrap();
    assert!(piece.is_some(), "the slow one goes on where it was");
}

async fn two_hundred_requests_at_once_get_their_own_answers(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let one = async |number: usize| {
        let path = format!("/inspect?number={number}");
        let answer = system.get(ids[0], &path).await.unwrap();
        let seen: Seen = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(seen.path, path);
    };
    within("all answers", LIMIT, join_all((0..PARALLEL).map(one))).await;
}

async fn many_answers_that_last(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    let begin = async || {
        let answer = system.get(ids[0], "/sse?every_ms=60000").await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        answer
    };
    let lasting = join_all((0..LASTING).map(|_| begin()));
    let lasting = within("the beginning of all", LIMIT, lasting).await;
    assert_eq!((lasting.len(), service.open()), (LASTING, LASTING as u64));
    let answer = within("a small request", LIMIT, system.get(ids[0], "/")).await;
    assert_eq!(answer.unwrap().status, StatusCode::OK);
}

/// nginx, two hundred readers at once, one who has stopped reading, and one who goes away in the middle.
async fn a_crowd_at_a_real_web_server(parts: Parts) {
    let nginx = Nginx::start(None).await.unwrap();
    nginx.add_sparse_file("large", LARGE_BYTES).unwrap();
    for number in 0..PARALLEL {
        let content = format!("file {number}");
        nginx
            .add_file(&number.to_string(), content.as_bytes())
            .unwrap();
    }
    let system = System::start(parts).await;
    let (_joined, ids) = system.managed("press", &[("web", nginx.address())]).await;
    let mut stalled = system.get(ids[0], "/large").await.unwrap();
    let mut leaving = system.get(ids[0], "/large").await.unwrap();
    leaving.next_piece().await.unwrap();
    let one = async |number: usize| {
        let answer = system.get(ids[0], &format!("/{number}")).await.unwrap();
        let content = answer.bytes().await.unwrap();
        assert_eq!(content, format!("file {number}").into_bytes());
    };
    let all = join_all((0..PARALLEL).map(one));
    let leave = async { drop(leaving) };
    within("all answers", LIMIT, async { tokio::join!(all, leave) }).await;
    let mut come = 0;
    while let Some(piece) = within("a piece", LIMIT, stalled.next_piece())
        .await
        .unwrap()
    {
        come += piece.len() as u64;
    }
    assert_eq!(come, LARGE_BYTES, "who had stopped reading gets the rest");
}
