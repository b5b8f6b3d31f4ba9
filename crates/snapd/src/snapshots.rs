//! Snapshots of what snaps have stored.

use http::{Method, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Question;
use crate::{ChangeId, Snapd, SnapdError, Stream};

/// What snapd says an archive is.
const MEDIA_TYPE: &str = "application/x.snapd.snapshot";

/// Names what was saved together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetId(pub u64);

/// What was saved together.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct SnapshotSet {
    /// Names it; a later set has a higher number.
    pub id: SetId,
    /// The snaps whose data it has.
    #[serde(default)]
    pub snapshots: Vec<Snapshot>,
}

/// What was saved of one snap.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Snapshot {
    /// Which snap.
    pub snap: String,
}

/// The archive of a snapshot, as it comes in.
pub struct Export {
    /// In bytes, if snapd says.
    pub size_bytes: Option<u64>,
    /// The archive.
    pub body: Stream,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
struct Saved {
    set_id: Option<SetId>,
}

impl Snapd {
    /// Begins to save what these snaps have stored, or all if none is named. There is a set only when the change is done.
    ///
    /// # Errors
    /// snapd does not begin it, or there is no answer.
    pub async fn save_snapshot(&self, snaps: &[String]) -> Result<(ChangeId, SetId), SnapdError> {
        let mut body = json!({"action": "snapshot"});
        if !snaps.is_empty() {
            body["snaps"] = json!(snaps);
        }
        let question = Question::json(Method::POST, "/v2/snaps", &body);
        let (change, saved): (_, Saved) = self.start(question).await?;
        let set = saved.set_id.ok_or_else(|| SnapdError::Answer {
            asked: "POST /v2/snaps".to_owned(),
            reason: "it names no snapshot set".to_owned(),
        })?;
        Ok((change, set))
    }

    /// All sets on the device.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn snapshot_sets(&self) -> Result<Vec<SnapshotSet>, SnapdError> {
        self.result(Question::get("/v2/snapshots")).await
    }

    /// The archive of a set.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub async fn export_snapshot(&self, SetId(set): SetId) -> Result<Export, SnapdError> {
        let path = format!("/v2/snapshots/{set}/export");
        let answer = self.ask(Question::get(path)).await?;
        let is = |name, value| {
            answer
                .headers()
                .get(name)
                .is_some_and(|found| found == value)
        };
        if !is(header::CONTENT_TYPE, MEDIA_TYPE) {
            return Err(SnapdError::Answer {
                asked: answer.body().asked().to_owned(),
                reason: format!("it is not {MEDIA_TYPE}"),
            });
        }
        let size_bytes = answer
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Export {
            size_bytes,
            body: answer.into_body(),
        })
    }

    /// Begins to delete a set.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub async fn forget_snapshot(&self, SetId(set): SetId) -> Result<ChangeId, SnapdError> {
        let body = json!({"action": "forget", "set": set});
        let question = Question::json(Method::POST, "/v2/snapshots", &body);
        let (change, _nothing): (_, Value) = self.start(question).await?;
        Ok(change)
    }
}
