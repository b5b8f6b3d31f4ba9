//! Keeping the one connection: dial, serve, wait, dial again.
//!
//! Each connection is a fresh one: name, TCP, TLS, MQTT, subscriptions. Nothing relies on what a broker remembers.

mod link;
mod session;

use std::sync::Arc;
use std::time::{Duration, Instant};

use edgeward_ids::AgentId;
use edgeward_runtime::{Backoff, Chain, now_micros};
use edgeward_wire::report::Membership;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::commands::Executor;
use crate::events::Outbox;
use crate::reports::Reports;
use crate::services::Services;
use crate::state::Identity;
use crate::tunnel::Tunnel;

pub(crate) use link::{LinkError, dial, status as presence};
use session::End;

/// The waits between attempts. The longest is short, so that a way that is back is found within a few seconds.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(3);

/// The waits after a refusal, which will not change soon.
const MAX_WAIT_REFUSED: Duration = Duration::from_secs(30);

/// A connection that lived this long was a good one: the next wait is short again.
const LONG_LIVED: Duration = Duration::from_secs(30);

/// What an agent is doing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Which agent.
    pub agent: AgentId,
    /// Its connection.
    pub link: LinkState,
    /// When that last changed, in microseconds since 1970.
    pub since_us: u64,
    /// What it was adopted into; none if it is unmanaged.
    pub membership: Option<Membership>,
}

/// The state of an agent's connection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkState {
    /// Trying for the first time.
    Connecting,
    /// Connected and subscribed.
    Online {
        /// Where to, as `host:port`.
        address: String,
    },
    /// Not connected; trying again.
    Offline {
        /// Why, with what to do about it.
        reason: String,
    },
    /// Stopped on request.
    Stopped,
}

/// Keeps the connection of one agent.
pub(crate) struct Supervisor {
    pub(crate) identity: watch::Receiver<Arc<Identity>>,
    pub(crate) host_name: Option<String>,
    pub(crate) description: String,
    pub(crate) services: Arc<Services>,
    pub(crate) executor: Arc<Executor>,
    pub(crate) tunnel: Arc<Tunnel>,
    pub(crate) outbox: Option<Outbox>,
    pub(crate) reports: Arc<Reports>,
    pub(crate) status: watch::Sender<Status>,
}

impl Supervisor {
    /// Runs until `stop`; then says good-bye.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut refused_backoff = Backoff::new(MAX_WAIT, MAX_WAIT_REFUSED);
        while !stop.is_cancelled() {
            let identity = Arc::clone(&self.identity.borrow_and_update());
            let dialled = tokio::select! {
                dialled = dial(&identity) => dialled,
                () = stop.cancelled() => break,
            };
            let error = match dialled {
                Ok(link) => {
                    let address = link.address.to_string();
                    tracing::info!(%address, agent = %identity.agent, "connected");
                    let started = Instant::now();
                    let end = session::serve(&mut self, &identity, link, &stop).await;
                    self.tunnel.lost();
                    if started.elapsed() >= LONG_LIVED {
                        backoff.reset();
                        refused_backoff.reset();
                    }
                    match end {
                        End::Stopped => break,
                        End::Renewed => continue,
                        End::Failed(error) => error,
                    }
                }
                Err(error) => error,
            };
            tracing::warn!(error = %Chain(&error), "not connected");
            self.set(LinkState::Offline {
                reason: Chain(&error).to_string(),
            });
            let wait = if error.is_refusal() {
                refused_backoff.next_wait()
            } else {
                backoff.next_wait()
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // A renewed certificate may be what was missing.
                Ok(()) = self.identity.changed() => {}
                () = stop.cancelled() => break,
            }
        }
        self.set(LinkState::Stopped);
    }

    fn set(&self, link: LinkState) {
        let membership = self.executor.ledger().membership;
        self.status.send_if_modified(|status| {
            let since_us = if status.link == link {
                status.since_us
            } else {
                now_micros()
            };
            let next = Status {
                agent: status.agent,
                link,
                since_us,
                membership,
            };
            let changed = *status != next;
            *status = next;
            changed
        });
    }
}
