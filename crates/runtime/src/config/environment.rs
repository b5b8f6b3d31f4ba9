//! Values from the environment, and from files that it names.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The environment variables that begin with a prefix, and which of them were used.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    prefix: String,
    variables: BTreeMap<String, String>,
    foreign: BTreeSet<String>,
    used: RefCell<BTreeMap<String, String>>,
}

impl Environment {
    /// No variables at all.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The process's variables `<prefix>_…`. Those in `foreign` belong to something else and are passed over.
    pub fn of_process(prefix: &str, foreign: &[&str]) -> Self {
        Self::new(
            prefix,
            foreign,
            // A variable that is no UTF-8 cannot be one of ours.
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            }),
        )
    }

    /// The given variables.
    pub fn new(
        prefix: &str,
        foreign: &[&str],
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let start = format!("{prefix}_");
        Self {
            prefix: prefix.to_owned(),
            variables: variables
                .into_iter()
                .filter(|(name, _)| name.starts_with(&start))
                .collect(),
            foreign: foreign.iter().map(ToString::to_string).collect(),
            used: RefCell::default(),
        }
    }

    /// The variable's name for a path of keys: `["mqtt", "useSSL"]` is `EDGEWARD_MQTT_USE_SSL`.
    pub(super) fn name_of(&self, keys: &[String]) -> String {
        let mut name = self.prefix.clone();
        for key in keys {
            name.push('_');
            name.push_str(&screaming(key));
        }
        name
    }

    /// The variable's value, if it is set; it counts as used for the path.
    pub(super) fn take(&self, name: &str, path: &str) -> Option<&str> {
        if self.foreign.contains(name) {
            return None;
        }
        let value = self.variables.get(name)?;
        self.used
            .borrow_mut()
            .insert(path.to_owned(), name.to_owned());
        Some(value)
    }

    /// Whether any variable lies below this name.
    pub(super) fn has_below(&self, name: &str) -> bool {
        let start = format!("{name}_");
        self.variables
            .range(start.clone()..)
            .take_while(|(name, _)| name.starts_with(&start))
            .any(|(name, _)| !self.foreign.contains(name))
    }

    /// Path and variable of every value that was taken.
    pub(super) fn used(&self) -> Vec<(String, String)> {
        self.used
            .borrow()
            .iter()
            .map(|(path, name)| (path.clone(), name.clone()))
            .collect()
    }

    pub(super) fn unused(&self) -> Vec<String> {
        let used: BTreeSet<_> = self.used.borrow().values().cloned().collect();
        self.variables
            .keys()
            .filter(|name| !used.contains(*name) && !self.foreign.contains(*name))
            .cloned()
            .collect()
    }
}

/// `keepAlive`, `keep_alive` and `keep-alive` as `KEEP_ALIVE`.
fn screaming(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut before_was_lower = false;
    for c in key.chars() {
        if c.is_uppercase() && before_was_lower {
            out.push('_');
        }
        before_was_lower = c.is_lowercase() || c.is_ascii_digit();
        out.push(if c.is_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        });
    }
    out
}
