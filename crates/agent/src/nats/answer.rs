//! Carrying a request out, and its reply.

use std::time::Duration;

use edgeward_runtime::Chain;
use edgeward_snapd::{AppsAction, ChangeId, SnapOp, Snapd, SnapdError, Which};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::timeout;

use super::messages::{
    AppsRequest, AssertionsReply, AssertionsRequest, ChangeReply, ConnectionStatusReply,
    EmptyRequest, ErrorInfo, SnapRequest, SnapsReply,
};
use super::protocol::MAX_PAYLOAD_BYTES;
use super::subject::Call;
use crate::{LinkState, Status};

/// How long snapd may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Knows whom to ask.
pub(super) struct Answerer {
    pub(super) snapd: Snapd,
    pub(super) status: watch::Receiver<Status>,
}

impl Answerer {
    /// The reply, which has no more than `max_bytes`.
    pub(super) async fn answer(&self, call: &Call, payload: &[u8], max_bytes: usize) -> Vec<u8> {
        let reply = self.reply(call, payload, None).await;
        if reply.len() <= max_bytes {
            return reply;
        }
        let excuse = format!(
            "the reply has {} bytes, and the NATS server takes {max_bytes} at most",
            reply.len()
        );
        self.reply(call, payload, Some(excuse)).await
    }

    /// With an excuse, nothing is done, and the reply holds that alone.
    async fn reply(&self, call: &Call, payload: &[u8], excuse: Option<String>) -> Vec<u8> {
        match call {
            Call::Assertions => {
                let found = match excuse {
                    None => within(self.assertions(payload)).await,
                    Some(excuse) => Err(excuse),
                };
                json(&match found {
                    Ok(stream) => AssertionsReply {
                        stream,
                        error: None,
                    },
                    Err(error) => AssertionsReply {
                        stream: String::new(),
                        error: Some(error),
                    },
                })
            }
            Call::Snaps => {
                let found = match excuse {
                    None => within(self.snaps(payload)).await,
                    Some(excuse) => Err(excuse),
                };
                json(&found.unwrap_or_else(|error| SnapsReply {
                    error: Some(error),
                    ..SnapsReply::default()
                }))
            }
            Call::Apps => json(&ChangeReply::of(match excuse {
                None => within(self.apps(payload)).await,
                Some(excuse) => Err(excuse),
            })),
            Call::Snap(snap) => json(&ChangeReply::of(match excuse {
                None => within(self.snap(snap, payload)).await,
                Some(excuse) => Err(excuse),
            })),
            Call::ConnectionStatus => json(&self.connection_status()),
        }
    }

    async fn assertions(&self, payload: &[u8]) -> Result<String, String> {
        let request: AssertionsRequest = read(payload)?;
        if request.kind != "model" {
            return Err("only assertions of the type \"model\" are given out".to_owned());
        }
        let found = self.snapd.assertions(&request.kind).await.map_err(words)?;
        if found.text.is_empty() {
            return Err("the device has no model assertion".to_owned());
        }
        let text = found.text.trim_end_matches('\n');
        Ok(format!("{text}\n"))
    }

    async fn snaps(&self, payload: &[u8]) -> Result<SnapsReply, String> {
        let EmptyRequest {} = read(payload)?;
        let snaps = self.snapd.snaps(Which::All).await.map_err(words)?;
        Ok(SnapsReply {
            snaps: snaps.into_iter().map(Into::into).collect(),
            error: None,
        })
    }

    async fn apps(&self, payload: &[u8]) -> Result<String, String> {
        let request: AppsRequest = read(payload)?;
        let action = match request.action.as_str() {
            "start" => AppsAction::Start,
            "stop" => AppsAction::Stop,
            _ => return Err(INVALID_ACTION.to_owned()),
        };
        begun(self.snapd.apps_op(action, &request.names).await)
    }

    async fn snap(&self, snap: &str, payload: &[u8]) -> Result<String, String> {
        let request: SnapRequest = read(payload)?;
        if request.action != "switch" {
            return Err(INVALID_ACTION.to_owned());
        }
        if request.channel.is_empty() {
            return Err("the channel to switch to is missing".to_owned());
        }
        let switch = SnapOp::Switch {
            channel: request.channel,
        };
        begun(self.snapd.snap_op(snap, &switch).await)
    }

    fn connection_status(&self) -> ConnectionStatusReply {
        let problem = match &self.status.borrow().link {
            LinkState::Online { .. } => None,
            LinkState::Connecting => Some("not connected yet".to_owned()),
            LinkState::Offline { reason } => Some(reason.clone()),
            LinkState::Stopped => Some("the agent is stopping".to_owned()),
        };
        ConnectionStatusReply {
            connected: problem.is_none(),
            error_info: problem.map(|message| ErrorInfo { message }),
        }
    }
}

const INVALID_ACTION: &str = "Invalid action";

/// An empty request counts as one without fields.
fn read<R: DeserializeOwned>(payload: &[u8]) -> Result<R, String> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(format!(
            "the request has more than {MAX_PAYLOAD_BYTES} bytes"
        ));
    }
    let payload = if payload.is_empty() {
        b"{}".as_slice()
    } else {
        payload
    };
    serde_json::from_slice(payload).map_err(|error| format!("the request cannot be read: {error}"))
}

async fn within<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(LIMIT, work).await.unwrap_or_else(|_| {
        Err(format!(
            "snapd has not answered within {} s; whether it does what was asked is not known",
            LIMIT.as_secs()
        ))
    })
}

fn begun(result: Result<ChangeId, SnapdError>) -> Result<String, String> {
    result.map(|change| change.to_string()).map_err(words)
}

fn words(error: SnapdError) -> String {
    Chain(&error).to_string()
}

fn json(reply: &impl Serialize) -> Vec<u8> {
    // Replies are plain data and always fit JSON.
    serde_json::to_vec(reply).unwrap_or_default()
}
