//! What a device reports: whole sections of its reported document.

use serde_json::{Map, Value};

use super::patch::drop_nulls;
use super::{Document, WriteRefusal, fits, merge, patch_between};
use crate::Moment;

/// Sections by name, each in place of the one before; one that is null is gone.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sections(Map<String, Value>);

impl Sections {
    /// These, without members that are null.
    pub fn new(mut sections: Map<String, Value>) -> Self {
        for section in sections.values_mut() {
            if let Value::Object(members) = section {
                drop_nulls(members);
            }
        }
        Self(sections)
    }

    /// Which.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Writes them into a reported document: the patch that this was, and the one that undoes it; or nothing when nothing would
    /// change. The document is touched only where it changes, since devices report much again that is known. Sections that are
    /// not named here may be missing in it; together they have `beside` bytes.
    ///
    /// # Errors
    /// The document would be too large or too deep; it is as it was.
    pub fn write(
        &self,
        document: &mut Document,
        beside: usize,
        now: Moment,
    ) -> Result<Option<(Value, Value)>, WriteRefusal> {
        let (mut patch, mut undo) = (Map::new(), Map::new());
        for (name, section) in &self.0 {
            let change = match document.value.get(name) {
                None if section.is_null() => None,
                None => Some((section.clone(), Value::Null)),
                Some(old) if section.is_null() => Some((Value::Null, old.clone())),
                Some(old) => patch_between(old, section)
                    .map(|change| (change, patch_between(section, old).unwrap_or_default())),
            };
            if let Some((change, back)) = change {
                patch.insert(name.clone(), change);
                undo.insert(name.clone(), back);
            }
        }
        if patch.is_empty() {
            return Ok(None);
        }
        let (patch, undo) = (Value::Object(patch), Value::Object(undo));
        apply(document, &patch);
        if let Err(refusal) = fits(&document.value, beside) {
            apply(document, &undo);
            return Err(refusal);
        }
        document.version += 1;
        document.at = Some(now);
        Ok(Some((patch, undo)))
    }
}

fn apply(document: &mut Document, patch: &Value) {
    let mut value = Value::Object(std::mem::take(&mut document.value));
    merge(&mut value, patch);
    if let Value::Object(members) = value {
        document.value = members;
    }
}
