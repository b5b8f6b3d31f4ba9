//! Twins between rows and domain types.

use edgeward_domain::Moment;
use edgeward_domain::twin::{Change, Document, Part, Twin};
use sea_orm::Set;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::fault::Broken;
use crate::database::twins::{twin, twin_change};

pub(super) fn to_twin(row: &twin::Model) -> Result<Twin, Broken> {
    Ok(Twin {
        reported: to_document(&row.reported, row.reported_version, row.reported_at)?,
        desired: to_document(&row.desired, row.desired_version, row.desired_at)?,
        differs_since: row.differs_since.map(Moment::from_micros),
    })
}

fn to_document(text: &str, version: i64, at: Option<i64>) -> Result<Document, Broken> {
    Ok(Document {
        value: to_object(text)?,
        version: to_version(version)?,
        at: at.map(Moment::from_micros),
    })
}

fn to_object(text: &str) -> Result<Map<String, Value>, Broken> {
    serde_json::from_str(text).map_err(|_| Broken::corrupt("a twin's document", text))
}

pub(super) fn to_version(version: i64) -> Result<u64, Broken> {
    u64::try_from(version).map_err(|_| Broken::corrupt("a twin's version", version))
}

pub(super) fn version(version: u64) -> Result<i64, Broken> {
    i64::try_from(version).map_err(|_| Broken::corrupt("a twin's version", version))
}

pub(super) fn to_row(agent: Uuid, twin: &Twin) -> Result<twin::ActiveModel, Broken> {
    let text = |document: &Document| {
        serde_json::to_string(&document.value)
            .map_err(|error| Broken::corrupt("a twin's document", error))
    };
    let at = |document: &Document| document.at.map(Moment::as_micros);
    Ok(twin::ActiveModel {
        agent_id: Set(agent),
        reported: Set(text(&twin.reported)?),
        reported_version: Set(version(twin.reported.version)?),
        reported_at: Set(at(&twin.reported)),
        desired: Set(text(&twin.desired)?),
        desired_version: Set(version(twin.desired.version)?),
        desired_at: Set(at(&twin.desired)),
        differs_since: Set(twin.differs_since.map(Moment::as_micros)),
    })
}

pub(super) fn to_change(row: twin_change::Model) -> Result<Change, Broken> {
    let json = |text: String| {
        serde_json::from_str(&text).map_err(|_| Broken::corrupt("a change of a twin", text))
    };
    Ok(Change {
        part: Part::from_word(&row.part)
            .ok_or_else(|| Broken::corrupt("a part of a twin", &row.part))?,
        version: to_version(row.version)?,
        at: Moment::from_micros(row.at),
        writer: row.writer,
        patch: json(row.patch)?,
        undo: json(row.undo)?,
    })
}
