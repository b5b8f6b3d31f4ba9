//! The NATS API: local programs reach a part of snapd's API through a NATS server on the device.
//!
//! One connection as the user `snapd`; subjects, requests and replies are those of the iot-agent. Every request is carried out
//! once and answered, with an error if need be. Without a password there is no API. The agent neither needs nor waits for the
//! server: it is looked for in the background, for ever. Who may ask is for the NATS server to say.

mod answer;
mod messages;
mod subject;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Message, Subscriber};
use edgeward_runtime::{Backoff, Chain};
use edgeward_snapd::Snapd;
use futures::stream::{self, StreamExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Status;
use crate::config::{NatsConfig, Secret};
use answer::Answerer;
use subject::{Call, FILTERS};

/// The user on the NATS server.
const USER: &str = "snapd";

/// What the connection is called there.
const NAME: &str = "edgeward-agent";

/// Of several agents on one server, each request goes to one.
const GROUP: &str = "edgeward-agent";

/// Requests that are carried out at the same time; more wait.
const AT_ONCE: usize = 8;

/// Requests of one subject that may wait.
const WAITING: usize = 64;

/// How long a connection, and its greeting, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The waits between attempts to connect.
const MIN_WAIT: Duration = Duration::from_millis(500);
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Waits double this many times before they stay as they are.
const MAX_DOUBLINGS: usize = 6;

/// How long snapd may be away before a request is answered with that.
const PATIENCE: Duration = Duration::from_secs(5);

/// The password that the iot-agent's public documentation gives.
const PUBLIC_PASSWORD: &str = "accept solve carbon atmosphere";

/// Answers local programs.
pub(crate) struct Nats {
    url: String,
    password: Secret,
    answerer: Answerer,
}

impl Nats {
    /// None, with a word in the log, if no password is configured.
    pub(crate) fn new(
        config: &NatsConfig,
        snapd: Snapd,
        status: watch::Receiver<Status>,
    ) -> Option<Self> {
        let Some(password) = config.password.clone() else {
            tracing::debug!("there is no NATS API, because nats.snapd.password is not set");
            return None;
        };
        if password.expose() == PUBLIC_PASSWORD {
            tracing::warn!(
                "nats.snapd.password is the one in the iot-agent's public documentation; choose another"
            );
        }
        Some(Self {
            url: config.url.clone(),
            password,
            answerer: Answerer {
                snapd: snapd.with_patience(PATIENCE),
                status,
            },
        })
    }

    /// Answers until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = self.serve() => {}
            () = stop.cancelled() => {}
        }
    }

    async fn serve(&self) {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        loop {
            // The client connects again by itself; it gives up only if there is something wrong with the address.
            let error = match self.connect().await {
                Ok((client, requests)) => {
                    self.answer(client, requests).await;
                    "the client has ended".to_owned()
                }
                Err(error) => error,
            };
            tracing::warn!(url = self.url, error, "no NATS API; trying again");
            backoff.wait().await;
        }
    }

    async fn connect(&self) -> Result<(Client, Vec<Subscriber>), String> {
        let client = self
            .options()
            .connect(&self.url)
            .await
            .map_err(|error| Chain(&error).to_string())?;
        let mut requests = Vec::new();
        for filter in FILTERS {
            let subscribed = client.queue_subscribe(filter, GROUP.to_owned()).await;
            requests.push(subscribed.map_err(|error| Chain(&error).to_string())?);
        }
        Ok((client, requests))
    }

    fn options(&self) -> ConnectOptions {
        let heard = Heard::default();
        let heard = std::sync::Arc::new(heard);
        ConnectOptions::with_user_and_password(USER.to_owned(), self.password.expose().to_owned())
            .name(NAME)
            .connection_timeout(CONNECT_TIMEOUT)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(wait_before)
            // The server on the device is the one that is meant, and no other that it speaks of.
            .ignore_discovered_servers()
            .subscription_capacity(WAITING)
            .event_callback(move |event| {
                heard.log(&event);
                std::future::ready(())
            })
    }

    async fn answer(&self, client: Client, requests: Vec<Subscriber>) {
        let client = &client;
        stream::select_all(requests)
            .map(|request| self.handle(client, request))
            .buffer_unordered(AT_ONCE)
            .for_each(std::future::ready)
            .await;
    }

    async fn handle(&self, client: &Client, request: Message) {
        // Only what was subscribed to arrives; the client's own words, such as that nobody answers, do not.
        let Some(call) = Call::parse(&request.subject) else {
            return;
        };
        let reply = self
            .answerer
            .answer(&call, &request.payload, client.max_payload())
            .await;
        let Some(inbox) = request.reply else {
            tracing::debug!(subject = %request.subject, "a request over NATS names nobody to answer");
            return;
        };
        if let Err(error) = client.publish(inbox, reply.into()).await {
            tracing::warn!(subject = %request.subject, error = %Chain(&error), "a request over NATS was not answered");
        }
    }
}

/// At random, and longer each time.
fn wait_before(attempt: usize) -> Duration {
    let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
    for _ in 0..attempt.saturating_sub(1).min(MAX_DOUBLINGS) {
        backoff.next_wait();
    }
    backoff.next_wait()
}

/// What the client was last heard to say, so that the same trouble is not logged again and again.
#[derive(Default)]
struct Heard(Mutex<String>);

impl Heard {
    fn log(&self, event: &Event) {
        let said = event.to_string();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == said {
            return;
        }
        match event {
            Event::Connected => tracing::info!("connected to the NATS server"),
            _ => tracing::warn!("NATS: {said}"),
        }
        *last = said;
    }
}

#[cfg(test)]
mod asyncapi;
#[cfg(test)]
mod tests;
