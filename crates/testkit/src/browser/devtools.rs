//! The DevTools connection: commands with answers, and events to whom they belong.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::BrowserError;
use super::watch::Watch;

/// How long one command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

/// The largest message that is read: a screenshot of a tall page.
const MAX_MESSAGE_BYTES: usize = 128 << 20;

type Answer = Result<Value, String>;

/// The connection; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Devtools {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    next: AtomicU64,
    sender: tokio::sync::Mutex<SplitSink<WebSocketStream<TcpStream>, Message>>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    watches: Mutex<HashMap<String, Arc<Watch>>>,
}

impl Devtools {
    pub(super) async fn connect(address: SocketAddr, path: &str) -> Result<Self, BrowserError> {
        let lost = |error: &dyn std::fmt::Display| BrowserError::Connection(error.to_string());
        let stream = TcpStream::connect(address).await.map_err(|e| lost(&e))?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let url = format!("ws://{address}{path}");
        let connected =
            tokio_tungstenite::client_async_with_config(url, stream, Some(limits)).await;
        let (socket, _) = connected.map_err(|e| lost(&e))?;
        let (sender, receiver) = socket.split();
        let shared = Arc::new(Shared {
            next: AtomicU64::new(1),
            sender: tokio::sync::Mutex::new(sender),
            waiting: Mutex::default(),
            watches: Mutex::default(),
        });
        tokio::spawn(read(receiver, Arc::clone(&shared)));
        Ok(Self { shared })
    }

    /// Hands the events of a session to `watch` from now on.
    pub(super) fn watch(&self, session: &str, watch: Arc<Watch>) {
        self.shared.watches.lock().insert(session.to_owned(), watch);
    }

    /// Sends a command, to the browser or to one page's session, and waits for its answer.
    pub(super) async fn command(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, BrowserError> {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let (answered, answer) = oneshot::channel();
        self.shared.waiting.lock().insert(id, answered);
        let sent = self
            .shared
            .sender
            .lock()
            .await
            .send(Message::text(message.to_string()))
            .await;
        sent.map_err(|error| BrowserError::Connection(error.to_string()))?;
        match tokio::time::timeout(COMMAND_LIMIT, answer).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(message))) => Err(BrowserError::Refused {
                method: method.to_owned(),
                message,
            }),
            Ok(Err(_)) => Err(BrowserError::Connection("the browser has ended".to_owned())),
            Err(_) => Err(BrowserError::Connection(format!(
                "no answer to {method} within {COMMAND_LIMIT:?}"
            ))),
        }
    }
}

async fn read(mut receiver: SplitStream<WebSocketStream<TcpStream>>, shared: Arc<Shared>) {
    while let Some(Ok(message)) = receiver.next().await {
        let Ok(text) = message.into_text() else {
            continue;
        };
        let Ok(mut message) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        if let Some(id) = message["id"].as_u64() {
            let Some(waiting) = shared.waiting.lock().remove(&id) else {
                continue;
            };
            let answer = match message["error"]["message"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(message["result"].take()),
            };
            let _nobody_waits_any_more = waiting.send(answer);
        } else if let (Some(session), Some(method)) =
            (message["sessionId"].as_str(), message["method"].as_str())
        {
            let watch = shared.watches.lock().get(session).cloned();
            if let Some(watch) = watch {
                watch.take(method, &message["params"]);
            }
        }
    }
    shared.waiting.lock().clear();
}
