//! One connection to the NATS server, from the greeting to its end.

use std::pin::pin;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::answer::Answerer;
use super::protocol::{
    Frame, Info, Message, PING, PONG, ProtocolError, connect, publish, read, subscribe,
};
use super::subject::{Call, FILTERS};
use crate::config::Secret;

/// The user on the server.
const USER: &str = "snapd";

/// What the connection is called there.
const NAME: &str = "edgeward-agent";

/// Of several agents on one server, each request goes to one.
const GROUP: &str = "edgeward-agent";

/// Requests that are carried out at the same time.
const AT_ONCE: usize = 8;

/// Requests that may wait; then nothing more is read.
const WAITING: usize = 64;

/// Replies that may wait to be written.
const WAITING_REPLIES: usize = 8;

/// How long the connection, and each step of the greeting, may take.
const GREETING_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the server is asked whether it is there. Two in a row without an answer end the connection.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// A connection on which requests arrive.
pub(super) struct Connection {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
    info: Info,
    /// Requests that came before the end of the greeting.
    early: Vec<Message>,
}

impl Connection {
    /// Connects to `host:port`, and subscribes. The server has agreed when this is back.
    pub(super) async fn open(address: &str, password: &Secret) -> Result<Self, ProtocolError> {
        let stream = within(async { Ok(TcpStream::connect(address).await?) }).await?;
        stream.set_nodelay(true)?;
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        let info = match within(read(&mut from)).await? {
            Frame::Info(info) if info.tls_required => return Err(ProtocolError::Tls),
            Frame::Info(info) => info,
            Frame::Error(words) => return Err(ProtocolError::Refused(words)),
            other => return Err(ProtocolError::NotUnderstood(format!("{other:?}"))),
        };
        let mut hello = connect(USER, password.expose(), NAME);
        for (number, filter) in FILTERS.iter().enumerate() {
            hello.extend(subscribe(filter, GROUP, number + 1));
        }
        hello.extend_from_slice(PING);
        to.write_all(&hello).await?;
        let mut early = Vec::new();
        loop {
            match within(read(&mut from)).await? {
                Frame::Pong => {
                    return Ok(Self {
                        from,
                        to,
                        info,
                        early,
                    });
                }
                Frame::Error(words) => return Err(ProtocolError::Refused(words)),
                Frame::Ping => to.write_all(PONG).await?,
                Frame::Message(message) if early.len() < WAITING => early.push(message),
                Frame::Info(_) | Frame::Message(_) => {}
            }
        }
    }

    /// Answers requests until the connection breaks; why it did.
    pub(super) async fn serve(self, answerer: &Answerer) -> ProtocolError {
        let Self {
            mut from,
            mut to,
            info,
            early,
        } = self;
        let (requests, waiting) = mpsc::channel::<Message>(WAITING);
        for message in early {
            let _fits = requests.try_send(message);
        }
        let (outgoing, mut replies) = mpsc::channel::<Vec<u8>>(WAITING_REPLIES);
        let (pongs, mut heard) = mpsc::channel::<()>(1);
        let answers = outgoing.clone();
        let receive = async {
            loop {
                match read(&mut from).await {
                    Ok(Frame::Message(message)) => {
                        let _only_at_the_end = requests.send(message).await;
                    }
                    Ok(Frame::Ping) => {
                        let _only_at_the_end = outgoing.send(PONG.to_vec()).await;
                    }
                    Ok(Frame::Pong) => {
                        let _one_is_enough = pongs.try_send(());
                    }
                    Ok(Frame::Info(_)) => {}
                    Ok(Frame::Error(words)) if is_harmless(&words) => {
                        tracing::warn!("the NATS server says: {words}");
                    }
                    Ok(Frame::Error(words)) => return ProtocolError::Refused(words),
                    Err(error) => return error,
                }
            }
        };
        let work = stream::unfold(waiting, async |mut waiting| {
            waiting.recv().await.map(|message| (message, waiting))
        })
        .map(|message| handle(message, answerer, info.max_payload))
        .buffer_unordered(AT_ONCE)
        .for_each(async |reply| {
            if let Some(reply) = reply {
                let _only_at_the_end = answers.send(reply).await;
            }
        });
        let send = async {
            while let Some(reply) = replies.recv().await {
                if let Err(error) = to.write_all(&reply).await {
                    return error.into();
                }
            }
            ProtocolError::Closed
        };
        let watch = async {
            let mut ticks = interval(PING_INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.tick().await;
            let mut unanswered = 0;
            loop {
                ticks.tick().await;
                if heard.try_recv().is_ok() {
                    unanswered = 0;
                }
                if unanswered == 2 {
                    return ProtocolError::Silent;
                }
                unanswered += 1;
                let _only_at_the_end = answers.send(PING.to_vec()).await;
            }
        };
        tokio::select! {
            end = receive => end,
            end = send => end,
            end = watch => end,
            () = pin!(work) => ProtocolError::Closed,
        }
    }
}

/// The reply, as it is sent; none if nobody is to be answered.
async fn handle(message: Message, answerer: &Answerer, max_bytes: usize) -> Option<Vec<u8>> {
    let Message {
        subject,
        reply,
        payload,
    } = message;
    // Nothing else was subscribed to.
    let call = Call::parse(&subject)?;
    let answer = answerer.answer(&call, &payload, max_bytes).await;
    match reply {
        Some(inbox) => Some(publish(&inbox, &answer)),
        None => {
            tracing::debug!(subject, "a request over NATS names nobody to answer");
            None
        }
    }
}

/// After these complaints the connection is as good as before.
fn is_harmless(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.starts_with("permissions violation") || words.starts_with("invalid subject")
}

async fn within<T>(
    step: impl Future<Output = Result<T, ProtocolError>>,
) -> Result<T, ProtocolError> {
    timeout(GREETING_TIMEOUT, step)
        .await
        .unwrap_or(Err(ProtocolError::Silent))
}
