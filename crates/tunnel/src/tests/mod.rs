//! HTTP/2 over two tunnels that are joined by channels in memory. Here what the tests share.

mod ends;
mod floods;
mod requests;
mod streams;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::client::Connection;
use crate::server::ServeError;
use crate::{Closed, Inlet, Limits, Outlet, OutletClosed, TunnelStream, open};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many frames the channel between the ends holds.
const WAY_FRAMES: usize = 16;

const SESSION: u64 = 42;

pub(crate) async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(value) => value,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// One end: its stream, and the task that carries to it what the other end sends.
pub(crate) struct End {
    pub(crate) stream: TunnelStream,
    pub(crate) closed: Closed,
    /// Aborting it cuts the way to this end.
    pub(crate) arriving: JoinHandle<()>,
}

pub(crate) struct ChannelOutlet(pub(crate) mpsc::Sender<Bytes>);

impl Outlet for ChannelOutlet {
    async fn send(&mut self, frame: Bytes) -> Result<(), OutletClosed> {
        self.0.send(frame).await.map_err(|_| OutletClosed)
    }
}

/// Two ends of one session; `way` says what becomes of each frame to the first end, by its number.
pub(crate) fn pair_with(
    way: impl FnMut(usize, Bytes) -> Option<Bytes> + Send + 'static,
) -> [End; 2] {
    let (to_first, at_first) = mpsc::channel(WAY_FRAMES);
    let (to_second, at_second) = mpsc::channel(WAY_FRAMES);
    let (first_inlet, first_stream, first_closed) =
        open(SESSION, Limits::default(), ChannelOutlet(to_second));
    let (second_inlet, second_stream, second_closed) =
        open(SESSION, Limits::default(), ChannelOutlet(to_first));
    [
        End {
            stream: first_stream,
            closed: first_closed,
            arriving: tokio::spawn(carry(at_first, first_inlet, way)),
        },
        End {
            stream: second_stream,
            closed: second_closed,
            arriving: tokio::spawn(carry(at_second, second_inlet, |_, frame| Some(frame))),
        },
    ]
}

pub(crate) fn pair() -> [End; 2] {
    pair_with(|_, frame| Some(frame))
}

async fn carry(
    mut frames: mpsc::Receiver<Bytes>,
    inlet: Inlet,
    mut way: impl FnMut(usize, Bytes) -> Option<Bytes>,
) {
    let mut number = 0;
    while let Some(frame) = frames.recv().await {
        if let Some(frame) = way(number, frame) {
            // a session that is over takes no more, but the way is still there
            let _ = inlet.deliver(frame);
        }
        number += 1;
    }
}

/// A client's connection to a server with this handler, over a pair.
struct Rig {
    connection: Connection,
    serving: JoinHandle<Result<(), ServeError>>,
    stop: Option<oneshot::Sender<()>>,
    /// Aborting the first cuts the way to the client, the second the way to the server.
    arriving: [JoinHandle<()>; 2],
}

async fn rig_over<H, F>([client, server]: [End; 2], handler: H) -> Rig
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<AnyBody>> + Send + 'static,
{
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(crate::server::serve(server.stream, handler, async {
        // a stop that is dropped unused is no stop
        if stopped.await.is_err() {
            std::future::pending().await
        }
    }));
    let connection = within("HTTP/2", crate::client::connect(client.stream))
        .await
        .unwrap();
    Rig {
        connection,
        serving,
        stop: Some(stop),
        arriving: [client.arriving, server.arriving],
    }
}

async fn rig<H, F>(handler: H) -> Rig
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<AnyBody>> + Send + 'static,
{
    rig_over(pair(), handler).await
}

/// What most tests ask for, by path: `/` says who asked for what, `/echo` gives the body back, `/count` says how long it
/// was, `/bytes/<n>` has so many bytes, and `/never` does not answer.
async fn simple(request: Request<Incoming>) -> Response<AnyBody> {
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/echo" => Response::new(request.into_body().map_err(Into::into).boxed_unsync()),
        "/count" => Response::new(match drain(request.into_body()).await {
            Ok(bytes) => full(bytes.to_string()),
            Err(error) => full(error.to_string()),
        }),
        "/never" => std::future::pending().await,
        _ => Response::new(match path.strip_prefix("/bytes/") {
            Some(length) => Zeros(length.parse().unwrap()).boxed_unsync(),
            None => full(format!("{} {}", request.method(), request.uri())),
        }),
    }
}

fn get(path: &str) -> Request<AnyBody> {
    let uri = format!("http://neuron{path}");
    Request::get(uri).body(empty()).unwrap()
}

fn post(path: &str, body: AnyBody) -> Request<AnyBody> {
    let uri = format!("http://neuron{path}");
    Request::post(uri).body(body).unwrap()
}

fn empty() -> AnyBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

fn full(text: impl Into<Bytes>) -> AnyBody {
    Full::new(text.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

async fn text(response: Response<Incoming>) -> String {
    let body = within("a body", response.into_body().collect()).await;
    String::from_utf8(body.unwrap().to_bytes().to_vec()).unwrap()
}

/// Reads a body to its end without keeping it; its length in bytes.
async fn drain(mut body: Incoming) -> Result<u64, hyper::Error> {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes += data.len() as u64;
        }
    }
    Ok(bytes)
}

/// A body of so many zero bytes, in pieces of 32 KiB.
struct Zeros(u64);

impl Body for Zeros {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        static PIECE: [u8; 32 * 1024] = [0; 32 * 1024];
        let length = self.0.min(PIECE.len() as u64);
        self.0 -= length;
        Poll::Ready(
            (length > 0).then(|| Ok(Frame::data(Bytes::from_static(&PIECE[..length as usize])))),
        )
    }
}

/// A body that a test feeds as it goes.
struct Fed(mpsc::Receiver<Result<Bytes, BoxError>>);

impl Body for Fed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

fn fed() -> (mpsc::Sender<Result<Bytes, BoxError>>, AnyBody) {
    let (feed, body) = mpsc::channel(1);
    (feed, Fed(body).boxed_unsync())
}
