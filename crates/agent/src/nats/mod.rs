//! The NATS API: local programs reach a part of snapd's API through a NATS server on the device.
//!
//! One connection as the user `snapd`; subjects, requests and replies are those of the iot-agent. Every request is carried out
//! once and answered, with an error if need be. Without a password there is no API. The agent neither needs nor waits for the
//! server: it is looked for in the background, for ever. Who may ask is for the NATS server to say.
//! Why this speaks NATS by itself: `docs/decisions/0004-nats-client.md`.

mod answer;
mod connection;
mod messages;
mod protocol;
mod subject;

use std::time::Duration;

use edgeward_runtime::{Backoff, Chain};
use edgeward_snapd::Snapd;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Status;
use crate::config::{NatsConfig, Secret};
use answer::Answerer;
use connection::Connection;

/// The waits between attempts to connect.
const MIN_WAIT: Duration = Duration::from_millis(500);
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How long snapd may be away before a request is answered with that.
const PATIENCE: Duration = Duration::from_secs(5);

/// The password that the iot-agent's public documentation gives.
const PUBLIC_PASSWORD: &str = "accept solve carbon atmosphere";

/// Answers local programs.
pub(crate) struct Nats {
    /// `host:port`.
    address: String,
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
            tracing::info!("there is no NATS API, because nats.snapd.password is not set");
            return None;
        };
        if password.expose() == PUBLIC_PASSWORD {
            tracing::warn!(
                "nats.snapd.password is the one in the iot-agent's public documentation; choose another"
            );
        }
        Some(Self {
            address: config.address(),
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
        let address = &self.address;
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        // The same trouble is logged once.
        let mut trouble = String::new();
        loop {
            let end = match Connection::open(address, &self.password).await {
                Ok(connection) => {
                    tracing::info!(address, "the NATS API is there");
                    backoff.reset();
                    trouble.clear();
                    connection.serve(&self.answerer).await
                }
                Err(error) => error,
            };
            let words = Chain(&end).to_string();
            if words != trouble {
                tracing::warn!(address, error = words, "there is no NATS API; trying again");
                trouble = words;
            }
            backoff.wait().await;
        }
    }
}

#[cfg(test)]
mod asyncapi;
#[cfg(test)]
mod tests;
