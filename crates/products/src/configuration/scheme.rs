//! What has to be known of a product's configuration to compare, merge and hide it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::secrets::{is_hidden, placeholder};
use super::tree::{leaves, merge, same, visit};
use super::{ConfigurationError, Difference, Extent, MAX_DIFFERENCES, object};
use crate::MASKED;
use crate::template::literal_but;

/// The longest value that is shown, in characters.
const MAX_VALUE_CHARS: usize = 80;

/// A product's configuration, seen from afar.
pub(crate) struct Scheme {
    /// The fields that name an entry of a list, in the order of their weight.
    pub(crate) naming: &'static [&'static str],
    /// Names of secrets, as a whole and in small letters, beside what is always taken for one.
    pub(crate) secret_names: &'static [&'static str],
    /// Names down to this depth are somebody's own, and make nothing a secret.
    pub(crate) secrets_below: usize,
    /// Whether what is at a path is always replaced as a whole.
    pub(crate) entire: fn(&[String]) -> bool,
    /// Brings what can be said in several ways into one.
    pub(crate) normalise: fn(&mut Value),
}

impl Scheme {
    /// A document without secrets.
    pub(crate) fn hidden(&self, document: &str) -> Result<Value, ConfigurationError> {
        let mut value = object(document)?;
        self.hide(&mut value);
        Ok(value)
    }

    /// A document without secrets as a template.
    pub(crate) fn template(&self, document: &str) -> Result<Value, ConfigurationError> {
        let hidden = self.hidden(document)?;
        let mut kept = Vec::new();
        visit(&mut hidden.clone(), self.naming, &mut |path, leaf| {
            if self.is_secret(path, leaf) {
                kept.push(placeholder(path));
            }
        });
        Ok(literal_but(&hidden, &kept))
    }

    /// What is there with what is wanted put into it.
    pub(crate) fn merged(&self, present: &Value, wanted: &Value) -> Value {
        let mut merged = present.clone();
        merge(&mut merged, wanted, self.naming);
        merged
    }

    /// See [`super::Configuration::differences`].
    pub(crate) fn differences(&self, wanted: &str, found: &str, extent: Extent) -> Vec<Difference> {
        match (object(wanted), object(found)) {
            (Ok(wanted), Ok(found)) => self.compare(wanted, found, extent),
            (wanted, found) => {
                let say = |error: ConfigurationError| shortened(&error.to_string());
                vec![Difference {
                    path: "/".to_owned(),
                    before: found.err().map(say),
                    after: wanted.err().map(say),
                }]
            }
        }
    }

    /// The same of what has been read already.
    pub(crate) fn compare(
        &self,
        mut wanted: Value,
        mut found: Value,
        extent: Extent,
    ) -> Vec<Difference> {
        (self.normalise)(&mut wanted);
        (self.normalise)(&mut found);
        let (wanted, found) = (leaves(&wanted, self.naming), leaves(&found, self.naming));
        let mut differences = Vec::new();
        for (path, after) in &wanted {
            let before = found.get(path);
            let equal = before.is_some_and(|before| {
                let unknown = self.is_secret(path, after)
                    && (is_hidden(path, before) || is_hidden(path, after));
                unknown || same(before, after)
            });
            if !equal {
                differences.push(self.difference(path, before, Some(after)));
            }
        }
        for (path, before) in &found {
            let gone = extent == Extent::Whole || self.is_in_replaced(path, &wanted);
            if gone && !wanted.contains_key(path) {
                differences.push(self.difference(path, Some(before), None));
            }
        }
        differences.truncate(MAX_DIFFERENCES);
        differences
    }

    /// Secrets that are wanted in clear, and of which only the place was found.
    pub(crate) fn unseen(&self, wanted: &str, found: &str) -> Vec<String> {
        match (object(wanted), object(found)) {
            (Ok(wanted), Ok(found)) => {
                let paths = self.unseen_in(&wanted, &found).into_iter();
                paths.map(|path| path.join("/")).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether there is any.
    pub(crate) fn has_unseen(&self, wanted: &Value, found: &Value) -> bool {
        !self.unseen_in(wanted, found).is_empty()
    }

    /// Calls `see` with each leaf.
    pub(crate) fn each_leaf(&self, value: &Value, mut see: impl FnMut(&[String], &Value)) {
        visit(&mut value.clone(), self.naming, &mut |path, leaf| {
            see(path, leaf);
        });
    }

    fn unseen_in(&self, wanted: &Value, found: &Value) -> Vec<Vec<String>> {
        let found = leaves(found, self.naming);
        let secrets = self.secrets(wanted).into_keys();
        let hidden = |path: &Vec<String>| found.get(path).is_some_and(|leaf| is_hidden(path, leaf));
        secrets.filter(hidden).collect()
    }

    /// Whether the path lies in something that is replaced as a whole, because the wanted mentions it.
    fn is_in_replaced(&self, path: &[String], wanted: &BTreeMap<Vec<String>, Value>) -> bool {
        let end = (1..path.len()).find(|end| (self.entire)(&path[..*end]));
        end.is_some_and(|end| {
            let whole = &path[..end];
            let next = wanted.range(whole.to_vec()..).next();
            next.is_some_and(|(first, _)| first.starts_with(whole))
        })
    }

    fn difference(
        &self,
        path: &[String],
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Difference {
        let shown = |value: &Value| {
            if self.is_secret(path, value) {
                return MASKED.to_owned();
            }
            match value {
                Value::String(text) => shortened(text),
                other => shortened(&other.to_string()),
            }
        };
        Difference {
            path: shortened(&path.join("/")),
            before: before.map(shown),
            after: after.map(shown),
        }
    }
}

/// A text from outside for people: printable, and not long.
fn shortened(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(MAX_VALUE_CHARS).map(printable).collect();
    if text.chars().nth(MAX_VALUE_CHARS).is_some() {
        short.push('…');
    }
    short
}
