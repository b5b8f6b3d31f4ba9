//! What the tunnel itself costs: both ends in one process, joined by channels, without any broker.
//!
//! `cargo run --release -p edgeward-tunnel --features client,server --example in_memory`
//! prints CPU time per small request, and the rate of one large body in each direction.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use edgeward_tunnel::client::Connection;
use edgeward_tunnel::{Inlet, Limits, Outlet, OutletClosed, open};
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::sync::mpsc;

const WAY_FRAMES: usize = 16;
const SMALL_REQUESTS: usize = 100_000;
const CONCURRENCY: usize = 32;
const LARGE_BYTES: u64 = 1 << 30;
const ANSWER: &str = "hello";

type AnyBody = UnsyncBoxBody<Bytes, Infallible>;
type Failure = Box<dyn Error + Send + Sync>;

struct ChannelOutlet(mpsc::Sender<Bytes>, Arc<AtomicU64>);

impl Outlet for ChannelOutlet {
    async fn send(&mut self, frame: Bytes) -> Result<(), OutletClosed> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.send(frame).await.map_err(|_| OutletClosed)
    }
}

async fn carry(mut frames: mpsc::Receiver<Bytes>, inlet: Inlet) {
    while let Some(frame) = frames.recv().await {
        if inlet.deliver(frame).is_err() {
            return;
        }
    }
}

struct Zeros(u64);

impl Body for Zeros {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static PIECE: [u8; 32 * 1024] = [0; 32 * 1024];
        let length = PIECE
            .len()
            .min(usize::try_from(self.0).unwrap_or(usize::MAX));
        self.0 -= length as u64;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(Bytes::from_static(&PIECE[..length])))))
    }
}

async fn drain(mut body: Incoming) -> Result<u64, hyper::Error> {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len) as u64;
    }
    Ok(bytes)
}

async fn answer(request: Request<Incoming>) -> Response<AnyBody> {
    Response::new(match request.uri().path() {
        "/down" => Zeros(LARGE_BYTES).boxed_unsync(),
        "/up" => {
            let bytes = drain(request.into_body()).await.unwrap_or(0);
            Full::from(bytes.to_string()).boxed_unsync()
        }
        _ => Full::from(ANSWER).boxed_unsync(),
    })
}

fn request(path: &str, body: AnyBody) -> Result<Request<AnyBody>, http::Error> {
    Request::builder()
        .method(if path == "/up" { "POST" } else { "GET" })
        .uri(format!("http://neuron{path}"))
        .body(body)
}

/// CPU time of this process so far, in microseconds, in the kernel's steps of 10 ms.
fn cpu_us() -> Result<u64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<u64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<u64>() * 10_000)
}

async fn small(connection: &Connection, count: usize, frames: &AtomicU64) -> Result<(), Failure> {
    let (cpu, started, before) = (cpu_us()?, Instant::now(), frames.load(Ordering::Relaxed));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONCURRENCY {
        let connection = connection.clone();
        tasks.spawn(async move {
            for _ in 0..count / CONCURRENCY {
                let request = request("/", Full::default().boxed_unsync())?;
                let length = drain(connection.request(request).await?.into_body()).await?;
                if length != ANSWER.len() as u64 {
                    return Err(format!("an answer of {length} bytes").into());
                }
            }
            Ok::<_, Failure>(())
        });
    }
    for result in tasks.join_all().await {
        result?;
    }
    println!(
        "small requests: {:.1} µs CPU each, {:.0}/s, {:.2} frames each",
        (cpu_us()? - cpu) as f64 / count as f64,
        count as f64 / started.elapsed().as_secs_f64(),
        (frames.load(Ordering::Relaxed) - before) as f64 / count as f64,
    );
    Ok(())
}

async fn large(connection: &Connection, path: &str) -> Result<(), Failure> {
    let (cpu, started) = (cpu_us()?, Instant::now());
    let up = if path == "/up" { LARGE_BYTES } else { 0 };
    let answer = connection
        .request(request(path, Zeros(up).boxed_unsync())?)
        .await?;
    let arrived = if path == "/up" {
        let count = answer.into_body().collect().await?.to_bytes();
        std::str::from_utf8(&count)?.parse()?
    } else {
        drain(answer.into_body()).await?
    };
    if arrived != LARGE_BYTES {
        return Err(format!("{arrived} bytes arrived of {path}").into());
    }
    let mb = LARGE_BYTES as f64 / 1e6;
    println!(
        "1 GiB {path}: {:.0} MB/s, {:.2} CPU-s",
        mb / started.elapsed().as_secs_f64(),
        (cpu_us()? - cpu) as f64 / 1e6
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let frames = Arc::new(AtomicU64::new(0));
    let (to_client, at_client) = mpsc::channel(WAY_FRAMES);
    let (to_server, at_server) = mpsc::channel(WAY_FRAMES);
    let outlet = ChannelOutlet(to_server, Arc::clone(&frames));
    let (client_inlet, client_stream, _) = open(1, Limits::default(), outlet);
    let outlet = ChannelOutlet(to_client, Arc::clone(&frames));
    let (server_inlet, server_stream, _) = open(1, Limits::default(), outlet);
    tokio::spawn(carry(at_client, client_inlet));
    tokio::spawn(carry(at_server, server_inlet));
    tokio::spawn(edgeward_tunnel::server::serve(
        server_stream,
        answer,
        std::future::pending(),
    ));
    let connection = edgeward_tunnel::client::connect(client_stream).await?;
    small(&connection, SMALL_REQUESTS / 10, &frames).await?;
    small(&connection, SMALL_REQUESTS, &frames).await?;
    large(&connection, "/down").await?;
    large(&connection, "/up").await?;
    Ok(())
}
