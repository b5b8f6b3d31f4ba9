//! A twin of which only those sections are read that a report names: the others stay the text that they are.

use std::collections::{BTreeMap, BTreeSet};

use edgeward_domain::Moment;
use edgeward_domain::twin::{Document, Sections, Twin, WriteRefusal, differs_since};
use sea_orm::Set;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::row::{to_twin, to_version, version};
use crate::database::fault::Broken;
use crate::database::twins::twin;

/// A document without members, as it is written.
const NOTHING: &str = "{}";

/// A twin that devices' reports are written into.
pub(super) struct Stored {
    reported: Document,
    /// The sections that no report names.
    beside: BTreeMap<String, Box<RawValue>>,
    row: twin::Model,
}

impl Stored {
    /// The twin of a device that has none yet.
    pub(super) fn none(agent: Uuid) -> Self {
        Self {
            reported: Document::default(),
            beside: BTreeMap::new(),
            row: twin::Model {
                agent_id: agent,
                reported: String::new(),
                reported_version: 0,
                reported_at: None,
                desired: NOTHING.to_owned(),
                desired_version: 0,
                desired_at: None,
                differs_since: None,
            },
        }
    }

    /// Reads the sections of these names.
    pub(super) fn read(mut row: twin::Model, named: &BTreeSet<&str>) -> Result<Self, Broken> {
        let text = std::mem::take(&mut row.reported);
        let broken = |_| Broken::corrupt("a twin's document", &text);
        let mut beside: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&text).map_err(broken)?;
        let mut reported = Document {
            version: to_version(row.reported_version)?,
            at: row.reported_at.map(Moment::from_micros),
            ..Document::default()
        };
        for name in named {
            if let Some((name, section)) = beside.remove_entry(*name) {
                let section = serde_json::from_str(section.get()).map_err(broken)?;
                reported.value.insert(name, section);
            }
        }
        Ok(Self {
            reported,
            beside,
            row,
        })
    }

    /// Writes what is reported, as [`Sections::write`] does.
    pub(super) fn report(
        &mut self,
        sections: &Sections,
        now: Moment,
    ) -> Result<Option<(Value, Value)>, WriteRefusal> {
        let mut beside = 0;
        for (name, text) in &self.beside {
            // With quotes, colon and comma.
            beside += name.len() + text.get().len() + 4;
        }
        sections.write(&mut self.reported, beside, now)
    }

    /// The version of what is reported.
    pub(super) const fn version(&self) -> u64 {
        self.reported.version
    }

    /// After a write: whether the twin differs now and did not, or the other way round.
    pub(super) fn turn(&mut self, now: Moment) -> Result<bool, Broken> {
        let before = self.row.differs_since;
        self.row.differs_since = if self.row.desired == NOTHING {
            None
        } else {
            let twin = Twin {
                differs_since: before.map(Moment::from_micros),
                ..to_twin(&twin::Model {
                    reported: self.text()?,
                    ..self.row.clone()
                })?
            };
            differs_since(&twin, now).map(Moment::as_micros)
        };
        Ok(before.is_some() != self.row.differs_since.is_some())
    }

    /// The whole as it is to be written.
    pub(super) fn to_row(&self) -> Result<twin::ActiveModel, Broken> {
        Ok(twin::ActiveModel {
            agent_id: Set(self.row.agent_id),
            reported: Set(self.text()?),
            reported_version: Set(version(self.reported.version)?),
            reported_at: Set(self.reported.at.map(Moment::as_micros)),
            desired: Set(self.row.desired.clone()),
            desired_version: Set(self.row.desired_version),
            desired_at: Set(self.row.desired_at),
            differs_since: Set(self.row.differs_since),
        })
    }

    fn text(&self) -> Result<String, Broken> {
        let broken = |error| Broken::corrupt("a twin's document", error);
        let mut sections: BTreeMap<&str, &RawValue> = self
            .beside
            .iter()
            .map(|(name, text)| (name.as_str(), &**text))
            .collect();
        let mut read = Vec::with_capacity(self.reported.value.len());
        for (name, section) in &self.reported.value {
            let text = serde_json::value::to_raw_value(section).map_err(broken)?;
            read.push((name.as_str(), text));
        }
        sections.extend(read.iter().map(|(name, text)| (*name, &**text)));
        serde_json::to_string(&sections).map_err(broken)
    }
}
