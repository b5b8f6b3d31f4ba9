//! Which leaves of a configuration are secrets, what stands in their place, and how they come back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tree::{Path, visit};
use super::{ConfigurationError, Scheme};
use crate::MASKED;
use crate::template::MAX_NAME_CHARS;

/// Words in the names of secrets.
const WORDS: [&str; 4] = ["password", "passwd", "secret", "token"];

/// What a private key says of itself, whatever it is called.
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// Whether something that is called so is a secret.
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

impl Scheme {
    /// Whether nobody should see this leaf.
    pub(crate) fn is_secret(&self, path: &[String], value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.as_str(),
            Value::Number(_) => "",
            _ => return false,
        };
        if text.contains(PRIVATE_KEY) || (text.starts_with("${") && text == placeholder(path)) {
            return true;
        }
        let name = path.last().filter(|_| path.len() > self.secrets_below);
        name.is_some_and(|name| {
            self.secret_names
                .contains(&name.to_ascii_lowercase().as_str())
                || names_a_secret(name)
        }) && !(value.is_string() && text.is_empty())
    }

    /// Puts placeholders in place of secrets.
    pub(crate) fn hide(&self, value: &mut Value) {
        visit(value, self.naming, &mut |path, leaf| {
            if self.is_secret(path, leaf) {
                *leaf = placeholder(path).into();
            }
        });
    }

    /// Puts the secrets of what is there where only their place is.
    ///
    /// # Errors
    /// There are some that are not known.
    pub(crate) fn restore(
        &self,
        wanted: &mut Value,
        present: &Value,
    ) -> Result<(), ConfigurationError> {
        let known = self.secrets(present);
        let mut missing = Vec::new();
        visit(wanted, self.naming, &mut |path, leaf| {
            if self.is_secret(path, leaf) && is_hidden(path, leaf) {
                match known.get(path) {
                    Some(secret) => *leaf = secret.clone(),
                    None => missing.push(path.join("/")),
                }
            }
        });
        if missing.is_empty() {
            Ok(())
        } else {
            Err(ConfigurationError::SecretsMissing(missing))
        }
    }

    /// The secrets that are there in clear.
    pub(crate) fn secrets(&self, value: &Value) -> BTreeMap<Path, Value> {
        let mut secrets = BTreeMap::new();
        visit(&mut value.clone(), self.naming, &mut |path, leaf| {
            if self.is_secret(path, leaf) && !is_hidden(path, leaf) {
                secrets.insert(path.to_vec(), leaf.clone());
            }
        });
        secrets
    }
}

/// Whether only the place of a secret is there.
pub(super) fn is_hidden(path: &[String], leaf: &Value) -> bool {
    leaf.as_str()
        .is_some_and(|text| text == MASKED || text == placeholder(path))
}

/// What stands in place of a secret: `${…}` with the end of its path as a name.
pub(crate) fn placeholder(path: &[String]) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: Vec<char> = path.join("_").chars().map(plain).collect();
    let end = &name[name.len().saturating_sub(MAX_NAME_CHARS - 1)..];
    let lead = match end.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == '_' => "",
        _ => "_",
    };
    format!("${{{lead}{}}}", end.iter().collect::<String>())
}
