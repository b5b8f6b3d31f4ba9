//! Measures the embedded broker by hand: `cargo run --release -p edgeward-broker --example throughput`.
//!
//! One client on a TCP connection without TLS; everything in one process, so that the processor times are those of client,
//! relay and broker together. Beside it, the same bytes over a plain loopback connection: the physical limit.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)] // a tool, run by hand

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use edgeward_broker::{EmbeddedBroker, Limits};
use edgeward_bus::{Attempt, Bus, Delivery, Doorkeeper, Message, Peer, Receiver, Refused};
use edgeward_mqtt::{Client, Incoming, Lane, Options, Protocol, Publish, QoS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

const LARGE_BYTES: usize = 64 * 1024;
const LARGE_MESSAGES: u64 = 8192;
const SMALL_BYTES: usize = 100;
const SMALL_MESSAGES: u64 = 100_000;

const IDLE_CONNECTIONS: usize = 2000;

/// Large messages on their way to the client, as the tunnel's credit would allow.
const WINDOW_MESSAGES: usize = 16;

struct Open {
    received: AtomicU64,
}

#[async_trait]
impl Doorkeeper for Open {
    async fn admit(&self, _: &Attempt) -> Result<(), Refused> {
        Ok(())
    }
    fn may_publish(&self, _: &str, _: &str) -> bool {
        true
    }
    fn may_subscribe(&self, _: &str, _: &str) -> bool {
        true
    }
    fn max_payload(&self, _: &str) -> usize {
        LARGE_BYTES
    }
    async fn connected(&self, _: &Peer) {}
    async fn disconnected(&self, _: &Peer) {}
    fn refused(&self, client_id: &str, reason: &'static str) {
        println!("refused {client_id}: {reason}");
    }
}

#[async_trait]
impl Receiver for Open {
    async fn receive(&self, _: Message) {
        self.received.fetch_add(1, Relaxed);
    }
}

impl Open {
    async fn received(&self, count: u64) {
        while self.received.load(Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.received.store(0, Relaxed);
    }
}

/// User and system time of this process so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse().unwrap())
        .collect();
    Duration::from_millis((fields[0] + fields[1]) * 10)
}

fn report(what: &str, messages: u64, bytes: usize, started: Instant, cpu_before: Duration) {
    let elapsed = started.elapsed();
    let spent = cpu() - cpu_before;
    println!(
        "{what:<38} {:>7.0} MB/s {:>9.0} messages/s {:>7.1} us of processor per message",
        messages as f64 * bytes as f64 / 1e6 / elapsed.as_secs_f64(),
        messages as f64 / elapsed.as_secs_f64(),
        spent.as_secs_f64() * 1e6 / messages as f64,
    );
}

async fn connect(
    broker: &EmbeddedBroker,
    listener: &TcpListener,
    client_id: &str,
) -> (Client, Incoming) {
    let stream = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    stream.set_nodelay(true).unwrap();
    let (served, address) = listener.accept().await.unwrap();
    served.set_nodelay(true).unwrap();
    let peer = Peer {
        address,
        identity: client_id.to_owned(),
        serial: "01".to_owned(),
    };
    let broker = broker.clone();
    tokio::spawn(async move { broker.serve(served, peer).await });
    let options = Options {
        protocol: Protocol::V5,
        client_id: client_id.to_owned(),
        username: None,
        password: None,
        keep_alive_s: 20,
        clean_session: true,
        will: None,
        max_packet_bytes: 256 * 1024,
        connect_timeout: Duration::from_secs(5),
    };
    let (client, incoming) = edgeward_mqtt::connect(stream, options).await.unwrap();
    client
        .subscribe(&[("down", QoS::AtLeastOnce)])
        .await
        .unwrap();
    (client, incoming)
}

async fn up(client: &Client, counter: &Open, what: &str, messages: u64, bytes: usize, qos: QoS) {
    let payload = Bytes::from(vec![7; bytes]);
    let (started, cpu_before) = (Instant::now(), cpu());
    for _ in 0..messages {
        let publish = Publish {
            topic: "up".into(),
            payload: payload.clone(),
            qos,
            retain: false,
        };
        client.publish(publish, Lane::Bulk).await.unwrap();
    }
    counter.received(messages).await;
    report(what, messages, bytes, started, cpu_before);
}

async fn down(
    broker: &EmbeddedBroker,
    incoming: &mut Incoming,
    what: &str,
    messages: u64,
    bytes: usize,
    delivery: Delivery,
) {
    let payload = Bytes::from(vec![7; bytes]);
    let topic: Arc<str> = Arc::from("down");
    let window = Arc::new(Semaphore::new(if bytes == LARGE_BYTES {
        WINDOW_MESSAGES
    } else {
        1000
    }));
    let (started, cpu_before) = (Instant::now(), cpu());
    let (sender, credit) = (broker.clone(), Arc::clone(&window));
    let sending = tokio::spawn(async move {
        for _ in 0..messages {
            credit.acquire().await.unwrap().forget();
            let message = Message {
                topic: Arc::clone(&topic),
                payload: payload.clone(),
                delivery,
                retained: false,
            };
            sender.publish(message).await.unwrap();
        }
    });
    for _ in 0..messages {
        assert_eq!(incoming.next().await.unwrap().payload.len(), bytes);
        window.add_permits(1);
    }
    sending.await.unwrap();
    report(what, messages, bytes, started, cpu_before);
}

async fn plain(listener: &TcpListener) {
    let mut sender = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (mut receiver, _) = listener.accept().await.unwrap();
    let (started, cpu_before) = (Instant::now(), cpu());
    let sending = tokio::spawn(async move {
        let payload = vec![7; LARGE_BYTES];
        for _ in 0..LARGE_MESSAGES {
            sender.write_all(&payload).await.unwrap();
        }
    });
    let mut buffer = vec![0; LARGE_BYTES];
    while receiver.read(&mut buffer).await.unwrap() > 0 {}
    sending.await.unwrap();
    report(
        "plain loopback, 64 KiB writes",
        LARGE_MESSAGES,
        LARGE_BYTES,
        started,
        cpu_before,
    );
}

/// Resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let value = line.unwrap().split_whitespace().nth(1);
    value.unwrap().parse().unwrap()
}

async fn idle(broker: &EmbeddedBroker, listener: &TcpListener) {
    let (started, before) = (Instant::now(), resident_kib());
    let mut clients = Vec::new();
    for n in 0..IDLE_CONNECTIONS {
        clients.push(connect(broker, listener, &format!("idle-{n}")).await);
    }
    println!(
        "{IDLE_CONNECTIONS} idle connections made one after the other: {:.2} ms and {:.1} KiB each, both ends together",
        started.elapsed().as_secs_f64() * 1e3 / IDLE_CONNECTIONS as f64,
        (resident_kib() - before) as f64 / IDLE_CONNECTIONS as f64,
    );
}

#[tokio::main]
async fn main() {
    let counter = Arc::new(Open {
        received: AtomicU64::new(0),
    });
    let broker = EmbeddedBroker::start(Limits::default(), counter.clone(), counter.clone())
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, mut incoming) = connect(&broker, &listener, "client").await;
    plain(&listener).await;
    let large = (LARGE_MESSAGES, LARGE_BYTES);
    let small = (SMALL_MESSAGES, SMALL_BYTES);
    for (what, (messages, bytes), qos) in [
        ("to the server, 64 KiB, QoS 0", large, QoS::AtMostOnce),
        ("to the server, 100 bytes, QoS 0", small, QoS::AtMostOnce),
        (
            "to the server, 100 bytes, QoS 1 each",
            (SMALL_MESSAGES / 10, SMALL_BYTES),
            QoS::AtLeastOnce,
        ),
    ] {
        up(&client, &counter, what, messages, bytes, qos).await;
    }
    for (what, (messages, bytes), delivery) in [
        ("to the client, 64 KiB, QoS 0", large, Delivery::AtMostOnce),
        (
            "to the client, 100 bytes, QoS 0",
            small,
            Delivery::AtMostOnce,
        ),
        (
            "to the client, 100 bytes, QoS 1",
            small,
            Delivery::AtLeastOnce,
        ),
    ] {
        down(&broker, &mut incoming, what, messages, bytes, delivery).await;
    }
    client.disconnect().await;
    idle(&broker, &listener).await;
    broker.close().await;
}
