use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::eventually;

const LIMIT: Duration = Duration::from_secs(20);

/// Sends everything back; half-close included.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
                let _ = write.shutdown().await;
            });
        }
    });
    address
}

async fn proxied() -> (FaultProxy, TcpStream) {
    let proxy = FaultProxy::start(echo().await).await.unwrap();
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    (proxy, client)
}

async fn round_trip(client: &mut TcpStream, text: &[u8]) -> io::Result<Vec<u8>> {
    client.write_all(text).await?;
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer).await?;
    Ok(answer)
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.unwrap()
}

#[tokio::test]
async fn without_faults_bytes_and_the_half_close_pass() {
    let (proxy, mut client) = proxied().await;
    let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let (mut read, mut write) = client.split();
    let send = async {
        write.write_all(&sent).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let mut received = Vec::new();
    within(async {
        tokio::join!(send, read.read_to_end(&mut received))
            .1
            .unwrap()
    })
    .await;
    assert!(received == sent);
    assert_eq!(proxy.passed(Direction::Up), 3_000_000);
    assert_eq!(proxy.passed(Direction::Down), 3_000_000);
    drop(client);
    let closed = async || {
        if proxy.open() == 0 {
            Ok(())
        } else {
            Err("open")
        }
    };
    eventually("the end of the connection", LIMIT, closed)
        .await
        .unwrap();
}

#[tokio::test]
async fn delay_is_one_way_and_does_not_thin_the_link() {
    let (proxy, mut client) = proxied().await;
    proxy.set(Faults::delay(Duration::from_millis(60)));
    let start = Instant::now();
    within(round_trip(&mut client, b"ping")).await.unwrap();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(120), "{took:?}");
    // A hundred pieces under way at once cost one round trip, not a hundred.
    let start = Instant::now();
    within(round_trip(&mut client, &vec![1; 2 << 20]))
        .await
        .unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn the_rate_is_kept_over_all_connections_together() {
    let (proxy, mut one) = proxied().await;
    let mut two = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.set(Faults::rate(100_000));
    let start = Instant::now();
    let (a, b) = ([1; 15_000], [2; 15_000]);
    let both = async { tokio::try_join!(round_trip(&mut one, &a), round_trip(&mut two, &b)) };
    within(both).await.unwrap();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(290), "{took:?}");
}

#[tokio::test]
async fn a_stalled_link_carries_nothing_until_it_does_again() {
    let (proxy, mut client) = proxied().await;
    proxy.set(Faults {
        stall_down: true,
        ..Faults::default()
    });
    client.write_all(b"ping").await.unwrap();
    let up = async || match proxy.passed(Direction::Up) {
        4 => Ok(()),
        n => Err(n),
    };
    eventually("four bytes towards the target", LIMIT, up)
        .await
        .unwrap();
    let mut answer = [0; 4];
    let silent = tokio::time::timeout(Duration::from_millis(100), client.read(&mut answer)).await;
    assert!(silent.is_err(), "something came through: {silent:?}");
    proxy.set(Faults::default());
    within(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"ping");
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_spares_what_comes() {
    let (proxy, mut client) = proxied().await;
    within(round_trip(&mut client, b"ping")).await.unwrap();
    assert_eq!(proxy.cut(), 1);
    let error = within(client.read(&mut [0; 1])).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    within(round_trip(&mut client, b"pong")).await.unwrap();
    assert_eq!(proxy.accepted(), 2);
}

#[tokio::test]
async fn refusing_is_a_real_refusal_and_keeps_the_port() {
    let (proxy, mut before) = proxied().await;
    within(round_trip(&mut before, b"ping")).await.unwrap();
    proxy.refuse();
    let refused = async || match TcpStream::connect(proxy.address()).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        other => Err(format!("{other:?}")),
    };
    eventually("a refusal", LIMIT, refused).await.unwrap();
    within(round_trip(&mut before, b"goes on")).await.unwrap();
    proxy.accept();
    let mut client = eventually("a connection", LIMIT, async || {
        TcpStream::connect(proxy.address()).await
    })
    .await
    .unwrap();
    within(round_trip(&mut client, b"pong")).await.unwrap();
}

#[tokio::test]
async fn bytes_are_lost_and_damaged_as_often_as_asked() {
    let (proxy, mut client) = proxied().await;
    proxy.lose(Direction::Up, 2);
    proxy.damage(Direction::Down, 1);
    client.write_all(b"abcd").await.unwrap();
    let mut answer = [0; 2];
    within(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"bd");
    assert_eq!(
        within(round_trip(&mut client, b"abcd")).await.unwrap(),
        b"abcd"
    );
}

#[tokio::test]
async fn a_target_that_refuses_is_felt_as_a_reset() {
    let nobody = crate::services::Refusing::bind().unwrap();
    let proxy = FaultProxy::start(nobody.address()).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(within(client.read(&mut [0; 1])).await.is_err());
}

#[tokio::test]
async fn two_hundred_at_once() {
    let proxy = FaultProxy::start(echo().await).await.unwrap();
    proxy.set(Faults::delay(Duration::from_millis(5)));
    let clients = (0..200_u8).map(|n| {
        let address = proxy.address();
        async move {
            let mut client = TcpStream::connect(address).await?;
            let answer = round_trip(&mut client, &[n; 1000]).await?;
            assert_eq!(answer, [n; 1000]);
            io::Result::Ok(())
        }
    });
    within(futures::future::try_join_all(clients))
        .await
        .unwrap();
    assert_eq!(proxy.accepted(), 200);
}
