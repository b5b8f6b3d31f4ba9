//! Which devices are meant: by place, tag, model and what they report, and why one is.
//!
//! The place and the tags are looked up where they are kept; here is what a twin has to say.

mod tag;

use std::collections::BTreeSet;

use edgeward_ids::{OrganisationId, ProjectId};
use serde_json::{Map, Value};

pub use tag::{BadTag, MAX_TAGS, Tag};

/// The most conditions of a selection.
pub const MAX_CONDITIONS: usize = 20;

/// The longest path and the longest model, in characters.
pub const MAX_TEXT_CHARS: usize = 500;

/// Where a device's model is in what it reports.
const MODEL: &str = "/device/model";

/// Managed devices that meet all of this.
#[derive(Clone, PartialEq, Debug)]
pub struct Selection {
    /// Those of this organisation.
    pub organisation: OrganisationId,
    /// Those of this project of it.
    pub project: Option<ProjectId>,
    /// Those with all of these tags.
    pub tags: BTreeSet<Tag>,
    /// Those that report this model.
    pub model: Option<String>,
    /// Those whose twin reports all of this.
    pub conditions: Vec<Condition>,
}

/// A condition on what a device reports.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    path: String,
    test: Test,
}

/// What a condition asks.
#[derive(Clone, PartialEq, Debug)]
pub enum Test {
    /// It is this very value.
    Is(Value),
    /// It is something else, or nothing.
    IsNot(Value),
    /// There is something.
    Present,
    /// There is nothing.
    Absent,
}

/// A condition that cannot be asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{path}\" is not a path: it begins with \"/\" and has \"/\" between its members, such as /snaps/hello/channel, and at most {MAX_TEXT_CHARS} characters"
)]
pub struct BadPath {
    path: String,
}

impl Condition {
    /// On what is at this JSON pointer (RFC 6901).
    ///
    /// # Errors
    /// It is none.
    pub fn new(path: &str, test: Test) -> Result<Self, BadPath> {
        if !path.starts_with('/') || path.chars().count() > MAX_TEXT_CHARS {
            return Err(BadPath {
                path: path.chars().take(64).collect(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            test,
        })
    }

    /// Where to look.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What has to be so.
    pub const fn test(&self) -> &Test {
        &self.test
    }

    /// Why this is met; none if it is not.
    fn met(&self, reported: &Map<String, Value>) -> Option<String> {
        let found = at(reported, &self.path);
        let path = &self.path;
        match (&self.test, found) {
            (Test::Is(wanted), Some(found)) if found == wanted => {
                Some(format!("{path} is {found}"))
            }
            (Test::IsNot(wanted), Some(found)) if found != wanted => {
                Some(format!("{path} is {found}, not {wanted}"))
            }
            (Test::IsNot(wanted), None) => Some(format!("{path} is not reported, so not {wanted}")),
            (Test::Present, Some(found)) => Some(match found {
                Value::Object(_) | Value::Array(_) => format!("{path} is reported"),
                leaf => format!("{path} is reported: {leaf}"),
            }),
            (Test::Absent, None) => Some(format!("{path} is not reported")),
            _ => None,
        }
    }
}

impl Selection {
    /// Why a device is meant that is in the place and has the tags; none if what it reports is something else.
    pub fn why(&self, reported: &Map<String, Value>) -> Option<Vec<String>> {
        let mut why: Vec<String> = self
            .tags
            .iter()
            .map(|tag| format!("it has the tag {tag}"))
            .collect();
        if let Some(model) = &self.model {
            let found = at(reported, MODEL);
            if found.and_then(Value::as_str) != Some(model) {
                return None;
            }
            why.push(format!("its model is {model}"));
        }
        for condition in &self.conditions {
            why.push(condition.met(reported)?);
        }
        Some(why)
    }

    /// Whether only a twin can tell if a device is meant.
    pub const fn asks_twins(&self) -> bool {
        self.model.is_some() || !self.conditions.is_empty()
    }
}

/// What is at a JSON pointer; a null is nothing.
fn at<'a>(document: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let mut members = pointer
        .split('/')
        .skip(1)
        .map(|member| member.replace("~1", "/").replace("~0", "~"));
    let mut value = document.get(&members.next()?)?;
    for member in members {
        value = match value {
            Value::Object(inside) => inside.get(&member)?,
            Value::Array(inside) => inside.get(member.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    (!value.is_null()).then_some(value)
}

#[cfg(test)]
mod tests;
