use std::time::Duration;

use edgeward_testkit::AskError;

use super::*;
use crate::trial::{Reply, try_call};

async fn ask(lie: Lie) -> (Liar, Result<Reply, AskError>) {
    let liar = Liar::start(lie).await.unwrap();
    let reply = try_call(liar.address(), Some("Bearer secret"), "GET", "/api/x?y", "").await;
    (liar, reply)
}

#[tokio::test]
async fn it_poses_redirects_and_echoes() {
    let (_liar, reply) = ask(Lie::Poses(Pose::NanoMq)).await;
    let reply = reply.unwrap();
    assert_eq!(
        (reply.status, reply.json()["code"].clone()),
        (200, 0.into())
    );
    for pose in [Pose::Neuron, Pose::EKuiper, Pose::NeuronEx] {
        let (_liar, reply) = ask(Lie::Poses(pose)).await;
        assert!(reply.unwrap().json()["version"].is_string(), "{pose:?}");
    }
    let (_liar, reply) = ask(Lie::Poses(Pose::WebPage)).await;
    assert_eq!(
        reply.unwrap().header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let (_liar, reply) = ask(Lie::Redirect("http://192.0.2.1:80".to_owned())).await;
    let reply = reply.unwrap();
    assert_eq!(
        (reply.status, reply.header("location")),
        (302, Some("http://192.0.2.1:80/api/x?y"))
    );
    let (_liar, reply) = ask(Lie::EchoesToken).await;
    let reply = reply.unwrap();
    assert_eq!(
        (reply.status, reply.header("x-rejected")),
        (401, Some("Bearer secret"))
    );
    assert!(reply.body.contains("\"Bearer secret\""), "{}", reply.body);
}

#[tokio::test]
async fn a_few_headers_come_and_many_are_refused() {
    let (_liar, reply) = ask(Lie::Headers(50)).await;
    assert_eq!(reply.unwrap().header("x-lie-49"), Some("49"));
    let (_liar, reply) = ask(Lie::Headers(MANY_HEADERS)).await;
    assert!(matches!(reply, Err(AskError::Answer { .. })), "{reply:?}");
}

#[tokio::test]
async fn half_answers_and_gibberish_are_no_answers() {
    for lie in [Lie::Half, Lie::Gibberish] {
        let (_liar, reply) = ask(lie.clone()).await;
        assert!(
            matches!(reply, Err(AskError::Answer { .. })),
            "{lie:?}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn the_endless_body_goes_on_until_one_has_enough() {
    let liar = Liar::start(Lie::EndlessBody).await.unwrap();
    let mut stream = TcpStream::connect(liar.address()).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut piece = vec![0; 1 << 20];
    for _ in 0..8 {
        stream.read_exact(&mut piece).await.unwrap();
    }
    // It stops although somebody could still listen.
    liar.stop().await;
}

#[tokio::test]
async fn the_silent_one_takes_what_it_is_told_and_says_nothing() {
    let liar = Liar::start(Lie::Silent).await.unwrap();
    let mut stream = TcpStream::connect(liar.address()).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut byte = [0];
    let heard = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut byte)).await;
    assert!(heard.is_err(), "{heard:?}");
    liar.stop().await;
    assert_eq!(stream.read(&mut byte).await.unwrap(), 0);
}
