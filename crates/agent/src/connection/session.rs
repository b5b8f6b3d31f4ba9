//! What happens on one connection, from the first subscription to the good-bye.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use edgeward_mqtt::{Client, Incoming, Lane, Lost, Publish, PublishError, QoS, SubscribeOutcome};
use edgeward_runtime::Chain;
use edgeward_tunnel::CloseCode;
use edgeward_wire::report::{Hello, Report, State};
use edgeward_wire::topic::{Down, Topic, Up};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::link::{HEARTBEAT_S, Link, status};
use super::{LinkError, LinkState, Supervisor};
use crate::commands::Effect;
use crate::facts;
use crate::state::Identity;
use crate::tunnel::TopicOutlet;

/// Commands that may wait for their turn; then nothing more is read.
const WAITING_COMMANDS: usize = 8;

/// Outcomes that may wait to be sent; then no further command is obeyed.
const WAITING_OUTCOMES: usize = 8;

/// How a connection ended.
pub(super) enum End {
    /// The agent is to stop.
    Stopped,
    /// There is a new certificate to connect with.
    Renewed,
    /// It broke.
    Failed(LinkError),
}

/// One connection in use.
struct Session {
    client: Client,
    run: u64,
    local_address: String,
    topics: Topics,
    hello: Notify,
}

struct Topics {
    status: Arc<str>,
    report: Arc<str>,
    tunnel_up: Arc<str>,
    tunnel_down: String,
    command: String,
    hail: String,
}

pub(super) async fn serve(
    supervisor: &mut Supervisor,
    identity: &Identity,
    link: Link,
    stop: &CancellationToken,
) -> End {
    let agent = identity.agent;
    let Link {
        address,
        local_address,
        run,
        client,
        incoming,
    } = link;
    let topics = Topics {
        status: Topic::Up(agent, Up::Status).to_string().into(),
        report: Topic::Up(agent, Up::Report).to_string().into(),
        tunnel_up: Topic::Up(agent, Up::Tunnel).to_string().into(),
        tunnel_down: Topic::Down(agent, Down::Tunnel).to_string(),
        command: Topic::Down(agent, Down::Command).to_string(),
        hail: Topic::Hail.to_string(),
    };
    let session = Session {
        client,
        run,
        local_address,
        topics,
        hello: Notify::new(),
    };
    let mut renewed = supervisor.identity.clone();
    let (commands, waiting_commands) = mpsc::channel(WAITING_COMMANDS);
    let (outcomes, waiting_outcomes) = mpsc::channel(WAITING_OUTCOMES);
    let this = &*supervisor;
    let talk = async {
        session.subscribe().await?;
        this.set(LinkState::Online {
            address: address.to_string(),
        });
        tokio::try_join!(
            session.heartbeat(),
            session.report(this, waiting_outcomes),
            session.tell(this),
            session.deliver(this)
        )?;
        Ok(())
    };
    let good_bye = async {
        let end = tokio::select! {
            () = stop.cancelled() => End::Stopped,
            Ok(()) = renewed.changed() => End::Renewed,
            else => pending().await,
        };
        this.tunnel.drain().await;
        let _best_effort = session.send_leave().await;
        session.client.disconnect().await;
        end
    };
    tokio::select! {
        biased;
        end = good_bye => end,
        lost = session.receive(this, incoming, commands) => match lost {
            // This end's own good-bye, which is not over yet.
            Lost::Disconnected => pending().await,
            lost => End::Failed(LinkError::Lost(lost)),
        },
        () = session.obey(this, waiting_commands, outcomes) => pending().await,
        Err(error) = talk => match error {
            LinkError::Lost(Lost::Disconnected) => pending().await,
            error => End::Failed(error),
        },
    }
}

impl Session {
    async fn subscribe(&self) -> Result<(), LinkError> {
        let Topics {
            command,
            tunnel_down,
            hail,
            ..
        } = &self.topics;
        let filters = [
            (command.as_str(), QoS::AtLeastOnce),
            (tunnel_down, QoS::AtMostOnce),
            (hail, QoS::AtMostOnce),
        ];
        let outcomes = self
            .client
            .subscribe(&filters)
            .await
            .map_err(LinkError::Subscribe)?;
        for ((filter, _), outcome) in filters.iter().zip(outcomes) {
            if let SubscribeOutcome::Refused(reason) = outcome {
                return Err(LinkError::Subscription {
                    filter: (*filter).to_owned(),
                    reason,
                });
            }
        }
        Ok(())
    }

    async fn receive(
        &self,
        this: &Supervisor,
        mut incoming: Incoming,
        commands: mpsc::Sender<Bytes>,
    ) -> Lost {
        loop {
            let received = match incoming.next().await {
                Ok(received) => received,
                Err(lost) => return lost,
            };
            let topic = &*received.topic;
            if received.retain {
                // Nothing here is said for later; whatever a broker has kept is not meant now.
                tracing::debug!(topic, "a retained message was passed over");
            } else if topic == self.topics.tunnel_down {
                this.tunnel.deliver(received.payload);
            } else if topic == self.topics.command {
                let _only_at_the_end = commands.send(received.payload).await;
            } else if topic == self.topics.hail {
                self.hello.notify_one();
            }
        }
    }

    async fn obey(
        &self,
        this: &Supervisor,
        mut commands: mpsc::Receiver<Bytes>,
        outcomes: mpsc::Sender<Report>,
    ) {
        while let Some(command) = commands.recv().await {
            let executor = Arc::clone(&this.executor);
            let handling = move || executor.handle(&command, SystemTime::now());
            // It waits for the disk.
            let Ok(handled) = tokio::task::spawn_blocking(handling).await else {
                continue;
            };
            if let Effect::OpenTunnel(number) = handled.effect {
                let outlet =
                    TopicOutlet::new(self.client.clone(), Arc::clone(&self.topics.tunnel_up));
                this.tunnel.open(number, outlet);
            }
            if let Some((number, outcome)) = handled.outcome {
                let _only_at_the_end = outcomes.send(Report::Outcome { number, outcome }).await;
            }
            if handled.effect == Effect::MembershipChanged {
                if this.executor.ledger().membership.is_none() {
                    this.tunnel
                        .close(CloseCode::Refused, "the agent was released");
                }
                let online = this.status.borrow().link.clone();
                this.set(online);
                self.hello.notify_one();
            }
        }
    }

    async fn heartbeat(&self) -> Result<(), LinkError> {
        let period = Duration::from_secs(u64::from(HEARTBEAT_S));
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.send_presence().await?;
        }
    }

    /// Says hello at once and whenever asked to, and sends outcomes.
    async fn report(
        &self,
        this: &Supervisor,
        mut outcomes: mpsc::Receiver<Report>,
    ) -> Result<(), LinkError> {
        let mut offers = this.services.changes();
        self.say_hello(this).await?;
        loop {
            tokio::select! {
                biased;
                Some(outcome) = outcomes.recv() => self.send_report(&outcome).await?,
                () = self.hello.notified() => self.say_hello(this).await?,
                Ok(()) = offers.changed() => self.say_hello(this).await?,
            }
        }
    }

    /// Sends what has happened on the device, one after the other; each is kept until it is acknowledged.
    async fn tell(&self, this: &Supervisor) -> Result<(), LinkError> {
        let Some(outbox) = &this.outbox else {
            return pending().await;
        };
        loop {
            let sent = match outbox.next().await {
                Ok(Some(event)) => {
                    self.send_report(&Report::Event(event.clone())).await?;
                    outbox.acknowledged(&event).await.map(|()| true)
                }
                Ok(None) => Ok(false),
                Err(error) => Err(error),
            };
            match sent {
                Ok(true) => {}
                Ok(false) => outbox.woken().await,
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "events cannot be told");
                    outbox.woken().await;
                }
            }
        }
    }

    /// Sends how far actions are and what the device is like, one after the other.
    async fn deliver(&self, this: &Supervisor) -> Result<(), LinkError> {
        loop {
            let waiting = this.reports.next().await;
            self.send_report(&waiting.report).await?;
            this.reports.deliver(&waiting);
        }
    }

    async fn say_hello(&self, this: &Supervisor) -> Result<(), LinkError> {
        self.send_presence().await?;
        let ledger = this.executor.ledger();
        let facts = facts::gather(
            this.host_name.as_deref(),
            &this.description,
            &this.services.reports(),
            self.local_address.clone(),
        );
        let hello = Hello {
            run: self.run,
            facts,
            membership: ledger.membership,
            last_command: ledger.last_command,
        };
        self.send_report(&Report::Hello(Box::new(hello))).await
    }

    async fn send_report(&self, report: &Report) -> Result<(), LinkError> {
        // Reports are plain data and always fit JSON.
        let payload = serde_json::to_vec(report).unwrap_or_default();
        let topic = Arc::clone(&self.topics.report);
        self.send(topic, payload, QoS::AtLeastOnce, Lane::Control)
            .await
    }

    async fn send_presence(&self) -> Result<(), LinkError> {
        let topic = Arc::clone(&self.topics.status);
        let payload = status(State::Online, self.run);
        self.send(topic, payload, QoS::AtMostOnce, Lane::Control)
            .await
    }

    /// Behind every frame that waits, and acknowledged: then the broker has all that this connection was to bring.
    async fn send_leave(&self) -> Result<(), LinkError> {
        let topic = Arc::clone(&self.topics.status);
        let payload = status(State::Offline, self.run);
        self.send(topic, payload, QoS::AtLeastOnce, Lane::Bulk)
            .await
    }

    async fn send(
        &self,
        topic: Arc<str>,
        payload: Vec<u8>,
        qos: QoS,
        lane: Lane,
    ) -> Result<(), LinkError> {
        let publish = Publish {
            topic,
            payload: payload.into(),
            qos,
            retain: false,
        };
        match self.client.publish(publish, lane).await {
            Ok(()) => Ok(()),
            Err(PublishError::Lost(lost)) => Err(LinkError::Lost(lost)),
            Err(error @ PublishError::NotAcknowledged(_)) => Err(LinkError::Publish(error)),
            Err(error) => {
                // The broker will not have it; the connection is as good as before.
                tracing::warn!(error = %Chain(&error), "a message was not sent");
                Ok(())
            }
        }
    }
}
