//! Each direction to its own end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::relay::{EndedBy, relay};

async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    (near, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn a_client_that_has_finished_sending_still_gets_the_answer() {
    let (hop, mut broker) = tcp_pair().await;
    let (mut client, far) = tcp_pair().await;
    let relaying = tokio::spawn(relay(far, hop));
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut question = Vec::new();
    broker.read_to_end(&mut question).await.unwrap();
    assert_eq!(question, b"question");
    let long_answer = vec![7; 3_000_000];
    broker.write_all(&long_answer).await.unwrap();
    drop(broker);
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, long_answer);
    assert_eq!(relaying.await.unwrap(), EndedBy::Client);
}

#[tokio::test]
async fn a_client_that_keeps_its_end_open_does_not_hold_the_connection() {
    let (hop, broker) = tcp_pair().await;
    let (mut client, far) = tcp_pair().await;
    let relaying = tokio::spawn(relay(far, hop));
    drop(broker);
    assert_eq!(client.read(&mut [0; 16]).await.unwrap(), 0);
    let ended = timeout(Duration::from_secs(30), relaying).await;
    assert_eq!(ended.expect("still open").unwrap(), EndedBy::Broker);
}
