//! Many at once: nobody waits for whoever is slow, and many requests beside each other all get their own answer.

use edgeward_testkit::services::{Seen, Service};
use futures::future::join_all;
use http::StatusCode;

use crate::system::{LIMIT, Parts, System, with_both_parts, within};

with_both_parts! {
    one_who_does_not_read_does_not_hold_up_the_others,
    two_hundred_requests_at_once_get_their_own_answers,
}

const FAST: usize = 50;
const PARALLEL: usize = 200;

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
