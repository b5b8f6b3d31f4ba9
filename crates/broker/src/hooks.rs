//! The broker's questions, answered: every one of them, because rmqtt takes no answer for a yes.
//!
//! Three things rmqtt leaves to its embedder shape this file. A last will is not checked when it is published, so it is
//! checked when the client connects. A message is shown before it is permitted, so it is taken in with the permission and
//! not before. And nothing ties a client id to an identity but what is asked here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use edgeward_bus::{Attempt, Delivery, Doorkeeper, Message, Receiver, Refused};
use rmqtt::codec::error::DecodeError;
use rmqtt::codec::types::QoS;
use rmqtt::codec::v5::{PublishAckReason, SubscribeAckReason};
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::net::MqttError;
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ConnectInfo, FromType, Id, LastWill, Message as SessionMessage, Publish,
    PublishAclResult, PublishResult, Reason, Subscribe, SubscribeAclResult,
};
use tokio::time::timeout;

use crate::connection::{Connection, Stage};
use crate::registry::Registry;

/// Answers the broker.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) registry: Arc<Registry>,
    pub(crate) doorkeeper: Arc<dyn Doorkeeper>,
    pub(crate) receiver: Arc<dyn Receiver>,
    /// How long a new connection waits for the end of an older one with its client id.
    pub(crate) take_over_timeout: Duration,
}

/// Makes the broker ask.
pub(crate) async fn register(context: &ServerContext, answers: Answers) {
    let register = context.extends.hook_mgr().register();
    for question in [
        Type::ClientAuthenticate,
        Type::ClientConnected,
        Type::ClientDisconnected,
        Type::ClientSubscribeCheckAcl,
        Type::MessagePublish,
        Type::MessagePublishCheckAcl,
        Type::SessionSubscribed,
    ] {
        register.add(question, Box::new(answers.clone())).await;
    }
    register.start().await;
}

#[async_trait]
impl Handler for Answers {
    async fn hook(&self, question: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        let answer = match question {
            Parameter::ClientAuthenticate(connect) => {
                Some(HookResult::AuthResult(self.authenticate(connect).await))
            }
            Parameter::ClientConnected(session) => {
                if let Some(connection) = self.admitted(&session.id) {
                    connection.tell_connected(&*self.doorkeeper).await;
                    self.subscribe_standing(session).await;
                }
                so_far
            }
            Parameter::SessionSubscribed(session, subscribe) => {
                if let Some(connection) = self.admitted(&session.id) {
                    let filter = &subscribe.topic_filter;
                    self.doorkeeper.subscribed(&connection.peer, filter).await;
                }
                so_far
            }
            Parameter::ClientDisconnected(session, reason) => {
                if let Some(connection) = self.admitted(&session.id) {
                    if is_unreadable(reason) {
                        self.doorkeeper
                            .refused(&session.id.client_id, "unreadable_packet");
                    }
                    connection.advance(Stage::SessionOver);
                }
                so_far
            }
            Parameter::ClientSubscribeCheckAcl(session, subscribe) => {
                Some(HookResult::SubscribeAclResult(self.may_subscribe(
                    &session.id,
                    &subscribe.topic_filter,
                    subscribe.opts.qos(),
                )))
            }
            Parameter::MessagePublishCheckAcl(session, publish) => Some(
                HookResult::PublishAclResult(self.publish(&session.id, publish).await),
            ),
            Parameter::MessagePublish(_, from, publish)
                if matches!(from.typ(), FromType::LastWill) =>
            {
                // Nobody asks about a last will any more: it was checked when its client connected.
                if self.admitted(&from.id).is_some() {
                    self.receiver.receive(message(publish)).await;
                }
                so_far
            }
            _ => so_far,
        };
        (true, answer)
    }
}

impl Answers {
    async fn authenticate(&self, connect: &ConnectInfo) -> AuthResult {
        let id = connect.id();
        match self.admit(connect).await {
            Ok(()) => AuthResult::Allow(false, None),
            Err(refused) => {
                tracing::debug!(client_id = %id.client_id, reason = refused.reason, "a client was refused");
                self.doorkeeper.refused(&id.client_id, refused.reason);
                AuthResult::NotAuthorized
            }
        }
    }

    async fn admit(&self, connect: &ConnectInfo) -> Result<(), Refused> {
        let id = connect.id();
        let not_ours = Refused {
            // Some process on this machine that found the loopback port.
            reason: "not_a_served_connection",
        };
        let address = id.remote_addr.ok_or(not_ours.clone())?;
        let expected = self.registry.expected(address).ok_or(not_ours)?;
        let will = connect.last_will().map(Will::from);
        let attempt = Attempt {
            peer: expected.peer.clone(),
            client_id: id.client_id.to_string(),
            will_topic: will.as_ref().map(|will| will.topic.clone()),
            will_retained: will.as_ref().is_some_and(|will| will.retained),
        };
        if let Some(will) = will {
            self.check_will(&attempt.client_id, &will)?;
        }
        self.doorkeeper.admit(&attempt).await?;
        let (_, older) = self.registry.admit(address, id).map_err(|_| Refused {
            reason: "gone_meanwhile",
        })?;
        if let Some(older) = older {
            self.end(&older).await;
        }
        Ok(())
    }

    fn check_will(&self, client_id: &str, will: &Will) -> Result<(), Refused> {
        let reason = if will.retained {
            "retained_will"
        } else if will.delayed {
            "delayed_will"
        } else if !self.doorkeeper.may_publish(client_id, &will.topic) {
            "foreign_will_topic"
        } else if will.payload.len() > self.doorkeeper.max_payload(&will.topic) {
            "will_too_large"
        } else {
            return Ok(());
        };
        Err(Refused { reason })
    }

    /// Ends the older connection with the same client id, and waits for it: so its last will and its end are heard before
    /// the new connection's beginning.
    async fn end(&self, older: &Connection) {
        older.stop();
        if timeout(self.take_over_timeout, older.reached(Stage::Gone))
            .await
            .is_err()
        {
            older.disown();
            tracing::warn!(peer = %older.peer.address, "a replaced connection did not end in time");
        }
    }

    /// Subscribes a client to what it is to hear whether it asks or not. The session does it as its first work; that is asked
    /// and told as if the client had subscribed by itself.
    async fn subscribe_standing(&self, session: &Session) {
        let filters = self.doorkeeper.standing_filters(&session.id.client_id);
        let standing: Vec<Subscribe> = filters
            .into_iter()
            .filter_map(|filter| {
                Subscribe::from_v3(&filter.into(), QoS::AtLeastOnce, false, false).ok()
            })
            .collect();
        if standing.is_empty() {
            return;
        }
        let entry = session.scx.extends.shared().await.entry(session.id.clone());
        let asked = entry
            .tx()
            .map(|tx| tx.unbounded_send(SessionMessage::Subscribes(standing, None)));
        if !matches!(asked, Some(Ok(()))) {
            tracing::warn!(client_id = %session.id.client_id, "cannot subscribe a client to what it is to hear");
        }
    }

    fn may_subscribe(&self, id: &Id, filter: &str, qos: QoS) -> SubscribeAclResult {
        if self.admitted(id).is_some() && self.doorkeeper.may_subscribe(&id.client_id, filter) {
            return SubscribeAclResult::new_success(qos, None);
        }
        self.doorkeeper.refused(&id.client_id, "foreign_filter");
        SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized)
    }

    /// Decides on a message and, if it is permitted, takes it in. Waiting here keeps the broker from reading on.
    async fn publish(&self, id: &Id, publish: &Publish) -> PublishAclResult {
        let client_id: &str = &id.client_id;
        let refusal = if self.admitted(id).is_none() {
            Some((PublishAckReason::NotAuthorized, "not_admitted"))
        } else if !self.doorkeeper.may_publish(client_id, &publish.topic) {
            Some((PublishAckReason::NotAuthorized, "foreign_topic"))
        } else if publish.retain {
            Some((PublishAckReason::ImplementationSpecificError, "retained"))
        } else if publish.payload.len() > self.doorkeeper.max_payload(&publish.topic) {
            Some((PublishAckReason::QuotaExceeded, "payload_too_large"))
        } else {
            None
        };
        if let Some((code, reason)) = refusal {
            self.doorkeeper.refused(client_id, reason);
            let disconnect = true;
            return PublishAclResult(PublishResult::reason_code(
                code,
                Some(reason.into()),
                disconnect,
            ));
        }
        self.receiver.receive(message(publish)).await;
        PublishAclResult::allow()
    }

    fn admitted(&self, id: &Id) -> Option<Arc<Connection>> {
        self.registry
            .admitted(id.remote_addr?)
            .filter(|connection| !connection.is_disowned())
    }
}

/// How the codec's word for a packet above the limit begins.
const TOO_LARGE: &str = "Max size exceeded";

/// The codec's words for a packet that is none.
const UNREADABLE: [DecodeError; 8] = [
    DecodeError::InvalidProtocol,
    DecodeError::InvalidLength,
    DecodeError::MalformedPacket,
    DecodeError::UnsupportedPacketType,
    DecodeError::PacketIdRequired,
    DecodeError::InvalidTopicFilter,
    DecodeError::InvalidTopicName,
    DecodeError::Utf8Error,
];

/// Whether the connection ended because of a packet that is too large, or none at all.
fn is_unreadable(reason: &Reason) -> bool {
    match reason {
        Reason::ProtocolError(_) => true,
        Reason::MqttError(error) => matches!(error, MqttError::Decode(_) | MqttError::Protocol(_)),
        // rmqtt keeps only the text of what its codec says.
        Reason::Error(text) => {
            text.starts_with(TOO_LARGE) || UNREADABLE.iter().any(|e| e.to_string() == **text)
        }
        Reason::Reasons(reasons) => reasons.iter().any(is_unreadable),
        _ => false,
    }
}

/// What matters of a last will.
struct Will {
    topic: String,
    payload: Bytes,
    retained: bool,
    delayed: bool,
}

impl From<LastWill<'_>> for Will {
    fn from(will: LastWill<'_>) -> Self {
        match will {
            LastWill::V3(will) => Self {
                topic: will.topic.to_string(),
                payload: will.message.clone(),
                retained: will.retain,
                delayed: false,
            },
            LastWill::V5(will) => Self {
                topic: will.topic.to_string(),
                payload: will.message.clone(),
                retained: will.retain,
                delayed: will.will_delay_interval_sec.is_some_and(|delay| delay > 0),
            },
        }
    }
}

fn message(publish: &Publish) -> Message {
    Message {
        topic: Arc::from(&*publish.topic),
        payload: publish.payload.clone(),
        delivery: match publish.qos {
            QoS::AtMostOnce => Delivery::AtMostOnce,
            QoS::AtLeastOnce | QoS::ExactlyOnce => Delivery::AtLeastOnce,
        },
        retained: false,
    }
}
