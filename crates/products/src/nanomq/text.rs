//! The text of NanoMQ's file beside its sections: which settings are which, and which secrets it must not lose.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::configuration::SCHEME;
use crate::configuration::placeholder;
use crate::hocon::{INCLUDE, settings};
use crate::{ConfigurationError, MASKED};

/// Settings of the file that are called otherwise in the sections; the longest beginning that fits counts.
const CALLED: [(&str, &str); 9] = [
    ("listeners/tcp/bind", "basic/url"),
    ("listeners/ssl/bind", "tls/url"),
    ("listeners/ssl/", "tls/"),
    ("listeners/ws/bind", "websocket/url"),
    ("listeners/wss/bind", "websocket/tls_url"),
    ("auth/allow_anonymous", "basic/allow_anonymous"),
    ("mqtt/max_mqueue_len", "basic/msq_len"),
    ("mqtt/", "basic/"),
    ("system/", "basic/"),
];

/// What of a text shows in the sections, in their shape, and the paths of what does not.
pub(super) fn seen(document: &str, found: &Value) -> (Value, Vec<String>) {
    let mut seen = Value::Object(Map::new());
    let mut unseen = Vec::new();
    for (path, value) in settings(document) {
        let path = path.join("/");
        let place = called(&path);
        let pointer = format!("/{place}");
        match found
            .pointer(&pointer)
            .and_then(|found| told_as(&value, found))
        {
            Some(value) => {
                if let Some((section, field)) = place.split_once('/') {
                    seen[section][field] = value;
                }
            }
            None => unseen.push(path),
        }
    }
    (seen, unseen)
}

/// The text with those secrets put in that it only names, when all that the service has are there then.
///
/// # Errors
/// Some are missing.
pub(super) fn with_secrets(document: &str, present: &Value) -> Result<String, ConfigurationError> {
    let mut text = document.to_owned();
    for (path, secret) in SCHEME.secrets(present) {
        if let Some(secret) = secret.as_str() {
            let (named, quoted) = (placeholder(&path), Value::from(secret).to_string());
            text = text.replace(&format!("\"{named}\""), &quoted);
            text = text.replace(&named, &quoted);
        }
    }
    let settings = settings(&text);
    let mut missing = Vec::new();
    SCHEME.each_leaf(present, |path, leaf| {
        let is_told = || {
            let mut settings = settings.iter();
            settings.any(|(told, value)| is_counterpart(path, told, value))
        };
        if SCHEME.is_secret(path, leaf) && is_used(path, present, &settings) && !is_told() {
            missing.push(path.join("/"));
        }
    });
    if missing.is_empty() {
        Ok(text)
    } else {
        Err(ConfigurationError::SecretsMissing(missing))
    }
}

/// Where the sections have a setting of the file.
fn called(path: &str) -> String {
    let fits = |(file, _): &&(&str, &str)| {
        *file == path || (file.ends_with('/') && path.starts_with(*file))
    };
    match CALLED.iter().find(fits) {
        Some((file, section)) if file.ends_with('/') => format!("{section}{}", &path[file.len()..]),
        Some((_, section)) => (*section).to_owned(),
        None => path.to_owned(),
    }
}

/// A value of the file as the sections tell it, if the two can be compared.
fn told_as(value: &Value, found: &Value) -> Option<Value> {
    match (value, found) {
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => {
            Some(value.clone())
        }
        (Value::String(text), Value::String(found)) => {
            let (scheme, rest) = found.split_once("://").unwrap_or(("", found));
            let page = rest.find('/').map_or("", |at| &rest[at..]);
            if scheme.is_empty() || text.contains("://") {
                return Some(value.clone());
            }
            let address = text.split('/').next().unwrap_or_default();
            Some(format!("{scheme}://{address}{page}").into())
        }
        _ => None,
    }
}

/// Whether a secret of the sections still means something once this file is in place.
fn is_used(path: &[String], present: &Value, settings: &BTreeMap<Vec<String>, Value>) -> bool {
    match path.first().map(String::as_str) {
        Some("tls") => present["tls"]["enable"].as_bool() != Some(false),
        Some("http_server") => {
            let kind = settings.get(&["http_server".to_owned(), "auth_type".to_owned()][..]);
            let kind = kind.and_then(Value::as_str);
            !matches!(kind, Some("jwt" | "no_auth"))
        }
        _ => true,
    }
}

/// Whether a setting of the file tells a secret of the sections, or where it is kept.
fn is_counterpart(secret: &[String], told: &[String], value: &Value) -> bool {
    let (Some(section), Some(name)) = (secret.first(), secret.last()) else {
        return false;
    };
    let text = value.as_str().unwrap_or("told");
    if text.is_empty() || text == MASKED || text == placeholder(secret) {
        return false;
    }
    let is_below = |beginning: &[&str]| {
        told.len() > beginning.len() && told.iter().zip(beginning).all(|(told, name)| told == name)
    };
    let last = told.last().map_or("", String::as_str);
    match section.as_str() {
        "tls" => {
            let place = is_below(&["listeners", "ssl"]) || is_below(&["tls"]);
            place && (last == name || (name == "key" && last == "keyfile"))
        }
        "auth" => {
            is_below(&["auth"])
                && (last == INCLUDE || told.iter().any(|part| part.contains("passw")))
        }
        "bridge" => is_below(&["bridges"]) && last == name,
        section => is_below(&[section]) && last == name,
    }
}
