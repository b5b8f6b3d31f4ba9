use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::eventually;
use crate::process::Process;

const LIMIT: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(400);

/// A namespace with a line to the host, a listener on the host's end, and a way to send from inside to it.
struct Stage {
    link: Link,
    namespace: Namespace,
    folder: tempfile::TempDir,
    listener: TcpListener,
}

impl Stage {
    async fn set() -> Self {
        let namespace = Namespace::create("stage").unwrap();
        let link = Link::to_host(&namespace).unwrap();
        let listener = TcpListener::bind((link.near_address(), 0)).await.unwrap();
        Self {
            link,
            namespace,
            folder: tempfile::tempdir().unwrap(),
            listener,
        }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Starts a sender inside that connects to the host and sends what `script` writes.
    fn send(&self, script: &str) -> Process {
        let address = self.address();
        let script = format!("{script} > /dev/tcp/{}/{}", address.ip(), address.port());
        let bash = Program::debian("bash", "bash").args(["-c", &script]);
        let log = self.folder.path().join("log");
        bash.inside(&self.namespace).start(log).unwrap()
    }

    async fn accept(&self, limit: Duration) -> io::Result<TcpStream> {
        let accepted = tokio::time::timeout(limit, self.listener.accept()).await;
        accepted
            .map_err(|_| io::ErrorKind::TimedOut)?
            .map(|(stream, _)| stream)
    }
}

#[tokio::test]
async fn a_program_inside_reaches_the_host_over_the_link_and_nothing_else() {
    let stage = Stage::set().await;
    let sender = stage.send("echo hello");
    let mut text = String::new();
    let mut stream = stage.accept(LIMIT).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap().ip(), stage.link.far_address());
    stream.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello\n");
    assert!(sender.wait_for_end(LIMIT).await.unwrap().success());
    let routes = Program::debian("ip", "iproute2").args(["route", "show"]);
    let routes = stage.namespace.run(routes).unwrap();
    assert_eq!(routes.lines().count(), 1, "{routes}");
}

#[tokio::test]
async fn the_filter_lets_one_port_through() {
    let stage = Stage::set().await;
    let other = TcpListener::bind((stage.link.near_address(), 0))
        .await
        .unwrap();
    stage
        .namespace
        .allow_only_tcp_to(other.local_addr().unwrap())
        .unwrap();
    let _sender = stage.send("echo hello");
    assert!(
        stage.accept(SHORT).await.is_err(),
        "the wrong port was reached"
    );
    stage.namespace.allow_only_tcp_to(stage.address()).unwrap();
    let _sender = stage.send("echo hello");
    stage.accept(LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_pulled_cable_is_silent_and_comes_back() {
    let stage = Stage::set().await;
    let _sender = stage.send("while echo tick; do read -t 0.02 < <(:); done");
    let mut stream = stage.accept(LIMIT).await.unwrap();
    stream.read_exact(&mut [0; 5]).await.unwrap();
    stage.namespace.drop_everything().unwrap();
    let quiet = async || {
        let mut bytes = [0; 4096];
        match tokio::time::timeout(SHORT, stream.read(&mut bytes)).await {
            Err(_) => Ok(()),
            Ok(read) => Err(format!("{read:?}")),
        }
    };
    eventually("silence", LIMIT, quiet).await.unwrap();
    stage.namespace.allow_everything().unwrap();
    let read = tokio::time::timeout(LIMIT, stream.read_exact(&mut [0; 5])).await;
    read.unwrap().unwrap();
}

#[tokio::test]
async fn a_lossy_link_carries_tcp_still_and_a_down_link_does_not() {
    let stage = Stage::set().await;
    stage.namespace.lose_percent(20).unwrap();
    let _sender = stage.send("head -c 20000 /dev/zero");
    let mut received = Vec::new();
    let mut stream = stage.accept(LIMIT).await.unwrap();
    let read = tokio::time::timeout(LIMIT, stream.read_to_end(&mut received)).await;
    assert_eq!(read.unwrap().unwrap(), 20_000);
    stage.namespace.allow_everything().unwrap();
    stage.link.down().unwrap();
    let _sender = stage.send("echo hello");
    assert!(stage.accept(SHORT).await.is_err());
    stage.link.up().unwrap();
    let _sender = stage.send("echo hello");
    stage.accept(LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_thin_link_takes_its_time() {
    let stage = Stage::set().await;
    stage.link.limit_rate(4_000).unwrap();
    let start = Instant::now();
    let _sender = stage.send("head -c 500000 /dev/zero");
    let mut received = Vec::new();
    let mut stream = stage.accept(LIMIT).await.unwrap();
    let read = tokio::time::timeout(LIMIT, stream.read_to_end(&mut received)).await;
    assert_eq!(read.unwrap().unwrap(), 500_000);
    // 500 kB at 500 kB/s, less the burst.
    assert!(
        start.elapsed() > Duration::from_millis(800),
        "{:?}",
        start.elapsed()
    );
    stage.link.unlimit_rate().unwrap();
}

#[tokio::test]
async fn a_reset_host_resets() {
    let stage = Stage::set().await;
    let _sender = stage.send("echo tick; sleep 600");
    let mut stream = stage.accept(LIMIT).await.unwrap();
    stage.namespace.reset_everything().unwrap();
    let look = async || {
        let _ = stream.write_all(b"x").await;
        match stream.try_read(&mut [0; 64]) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
            other => Err(format!("{other:?}")),
        }
    };
    eventually("a reset", LIMIT, look).await.unwrap();
}

#[test]
fn two_namespaces_see_each_other_and_nothing_is_left_over() {
    let (near, far) = (
        Namespace::create("near").unwrap(),
        Namespace::create("far").unwrap(),
    );
    let names = [near.name().to_owned(), far.name().to_owned()];
    let link = Link::between(&near, &far).unwrap();
    let to_far = format!("{}", link.far_address());
    let route = Program::debian("ip", "iproute2").args(["route", "get", &to_far]);
    assert!(near.run(route).unwrap().contains("dev ew"));
    drop((link, near, far));
    let listed = Program::debian("ip", "iproute2")
        .args(["netns", "list"])
        .output()
        .unwrap();
    assert!(names.iter().all(|name| !listed.contains(name)), "{listed}");
}
