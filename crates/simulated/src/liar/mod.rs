//! Services that lie: whatever is asked of them, in whatever way, they do the same wrong thing.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::StartError;
use crate::serving::{Bound, Connection, Server};

/// What the errors call it.
const SERVICE: &str = "liar";

/// The longest head of a request that is read, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The longest body of a request that is taken in before the answer, in bytes.
const MAX_BODY_BYTES: usize = 16 << 20;

/// How much of an endless body is written at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// How many headers are more than anybody takes.
pub const MANY_HEADERS: usize = 100_000;

/// What it does to whoever asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lie {
    /// Says 200 to everything, with what this product says of itself.
    Poses(Pose),
    /// Says 200, and sends JSON that does not end.
    EndlessBody,
    /// Says 302, to this place with the path behind it, as in `http://192.0.2.1:80`.
    Redirect(String),
    /// Says 200 with so many headers; see [`MANY_HEADERS`].
    Headers(usize),
    /// Says 401, and sends back in body and header what it was given as authorization.
    EchoesToken,
    /// Says 200 and promises more than it sends before it closes.
    Half,
    /// Reads, and never says anything.
    Silent,
    /// Says something that is not HTTP.
    Gibberish,
}

/// As what it poses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pose {
    /// As a Neuron.
    Neuron,
    /// As a NanoMQ.
    NanoMq,
    /// As an eKuiper.
    EKuiper,
    /// As a NeuronEX.
    NeuronEx,
    /// As a page for people.
    WebPage,
}

impl Pose {
    fn answer(self) -> (&'static str, &'static str) {
        let json = "application/json";
        match self {
            Self::Neuron => (
                json,
                r#"{"version": "2.15.0", "revision": "simulated", "build_date": "2026-11-20"}"#,
            ),
            Self::NanoMq => (
                json,
                r#"{"code":0,"data":[{"datetime":"2026-11-20 00:00:00","node_status":"Running","sysdescr":"NanoMQ Broker","uptime":"0 Hours, 0 minutes, 3 seconds","version":"0.25.4-5"}]}"#,
            ),
            Self::EKuiper => (
                json,
                r#"{"version":"1.14.6","os":"linux","arch":"amd64","upTimeSeconds":3}"#,
            ),
            Self::NeuronEx => (json, r#"{"version":"3.8.0"}"#),
            Self::WebPage => (
                "text/html; charset=utf-8",
                "<!DOCTYPE html><title>Welcome</title><h1>It works</h1>",
            ),
        }
    }
}

/// A running liar. Dropping it stops it without waiting; [`Liar::stop`] waits.
pub struct Liar {
    server: Server,
}

impl Liar {
    /// Starts it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start(lie: Lie) -> Result<Self, StartError> {
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), lie).await
    }

    /// Starts it on an address of this machine; port 0 takes a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start_on(address: SocketAddr, lie: Lie) -> Result<Self, StartError> {
        let bound = Bound::new(SERVICE, address).await?;
        let server = bound.run(Lying(lie), || {});
        Ok(Self { server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Stops it, and cuts what is open.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

#[derive(Clone)]
struct Lying(Lie);

impl Connection for Lying {
    async fn hold(self, mut stream: TcpStream, stop: CancellationToken) {
        let lying = async {
            let asked = Asked::read(&mut stream).await?;
            tell(&self.0, &asked, &mut stream).await?;
            stream.shutdown().await
        };
        if let Some(Err(error)) = stop.run_until_cancelled(lying).await {
            tracing::debug!(%error, "whoever was lied to went away");
        }
    }
}

/// What a liar looks at of a request.
struct Asked {
    path: String,
    authorization: String,
}

impl Asked {
    /// Reads a request with its body, so that closing afterwards does not look like a fault of the network.
    async fn read(stream: &mut TcpStream) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            let read = stream.read_buf(&mut bytes).await?;
            if read == 0 || bytes.len() > MAX_HEAD_BYTES {
                break bytes.len();
            }
        };
        let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
        let header = |name: &str| {
            let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            let mut found = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.trim().to_owned())
        };
        let length = header("content-length").and_then(|length| length.parse().ok());
        let length: usize = length.unwrap_or(0);
        let mut missing = length
            .min(MAX_BODY_BYTES)
            .saturating_sub(bytes.len().saturating_sub(end + 4));
        while missing > 0 {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await?;
            if read == 0 {
                break;
            }
            missing = missing.saturating_sub(read);
        }
        let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
        Ok(Self {
            path,
            authorization: header("authorization").unwrap_or_default(),
        })
    }
}

async fn tell(lie: &Lie, asked: &Asked, stream: &mut TcpStream) -> std::io::Result<()> {
    match lie {
        Lie::Poses(pose) => {
            let (content_type, body) = pose.answer();
            let headers = format!("Content-Type: {content_type}\r\n");
            whole(stream, "200 OK", &headers, body).await
        }
        Lie::EndlessBody => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"version\":\"";
            stream.write_all(head.as_bytes()).await?;
            let piece = vec![b'9'; PIECE_BYTES];
            loop {
                stream.write_all(&piece).await?;
            }
        }
        Lie::Redirect(place) => {
            let headers = format!("Location: {place}{}\r\n", asked.path);
            whole(stream, "302 Found", &headers, "").await
        }
        Lie::Headers(count) => {
            let headers: String = (0..*count)
                .map(|number| format!("X-Lie-{number}: {number}\r\n"))
                .collect();
            whole(stream, "200 OK", &headers, "{}").await
        }
        Lie::EchoesToken => {
            let given = &asked.authorization;
            let body = format!("cannot accept your authorization \"{given}\"\n");
            let headers =
                format!("Content-Type: text/plain; charset=utf-8\r\nX-Rejected: {given}\r\n");
            whole(stream, "401 Unauthorized", &headers, &body).await
        }
        Lie::Half => {
            let half = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"version\":";
            stream.write_all(half.as_bytes()).await
        }
        Lie::Silent => {
            let mut piece = [0; 4096];
            while stream.read(&mut piece).await? > 0 {}
            Ok(())
        }
        Lie::Gibberish => stream.write_all(b"220 mail.example ESMTP\r\n").await,
    }
}

async fn whole(
    stream: &mut TcpStream,
    status: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<()> {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await
}

#[cfg(test)]
mod tests;
