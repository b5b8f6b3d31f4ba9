//! NanoMQ's sections: whether they can be sent, and which of their settings are.

use http::Method;
use serde_json::{Map, Value, json};

use super::configuration::{SCHEME, path};
use crate::configuration::{carrying, shape};
use crate::{Call, ConfigurationError, Extent};

/// Whether sections can be sent. Empty secrets would replace those that are there.
///
/// # Errors
/// They cannot.
pub(super) fn check_sections(sections: &Value) -> Result<(), ConfigurationError> {
    let mut empty = Vec::new();
    for (name, section) in sections.as_object().into_iter().flatten() {
        let is_list = name == "auth";
        if section.is_array() != is_list || section.is_object() == is_list {
            let what = if is_list { "a list" } else { "an object" };
            return Err(shape(format!("{name} is not {what}")));
        }
    }
    SCHEME.each_leaf(sections, |path, leaf| {
        if leaf.as_str() == Some("") && SCHEME.is_secret(path, &"x".into()) {
            empty.push(path.join("/"));
        }
    });
    if empty.is_empty() {
        Ok(())
    } else {
        Err(ConfigurationError::SecretsMissing(empty))
    }
}

/// The call that writes sections, with only what is to change, so that all else stays as it is, secrets included; none if nothing is to.
///
/// # Errors
/// Something would be lost.
pub(super) fn write_sections(
    wanted: &Value,
    present: &Value,
    extent: Extent,
) -> Result<Vec<Call>, ConfigurationError> {
    if extent == Extent::Whole {
        let missing = missing(wanted, present);
        if !missing.is_empty() {
            return Err(ConfigurationError::CannotRemove(missing));
        }
    }
    let whole = match extent {
        Extent::Whole => wanted.clone(),
        Extent::Part => SCHEME.merged(present, wanted),
    };
    let mut changed = Map::new();
    for (name, section) in whole.as_object().into_iter().flatten() {
        match section {
            Value::Object(fields) => {
                let mut changes = Map::new();
                for (field, value) in fields {
                    let at = |value: &Value| json!({ name: { field: value } });
                    if differs(&at(value), &at(&present[name][field])) {
                        changes.insert(field.clone(), value.clone());
                    }
                }
                if !changes.is_empty() {
                    changed.insert(name.clone(), changes.into());
                }
            }
            section => {
                if differs(&json!({ name: section }), &json!({ name: present[name] })) {
                    changed.insert(name.clone(), section.clone());
                }
            }
        }
    }
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let mut changed = Value::Object(changed);
    SCHEME.restore(&mut changed, present)?;
    let data = json!({ "data": changed });
    Ok(vec![carrying(Method::POST, path(), &data)])
}

/// Whether there is anything to write. A secret that is only known to be there is one to write if it is told in clear.
fn differs(wanted: &Value, present: &Value) -> bool {
    !SCHEME
        .compare(wanted.clone(), present.clone(), Extent::Whole)
        .is_empty()
        || SCHEME.has_unseen(wanted, present)
}

/// Sections and settings that are there and not mentioned, secrets aside.
fn missing(wanted: &Value, present: &Value) -> Vec<String> {
    let mut missing = Vec::new();
    SCHEME.each_leaf(present, |path, leaf| {
        let mentioned = match path {
            [section, _] if present[section].is_object() => wanted[section].get(&path[1]).is_some(),
            [section, field, ..] if present[section].is_object() => {
                wanted[section].get(field).is_some()
            }
            [section, ..] => wanted.get(section).is_some(),
            [] => true,
        };
        if !mentioned && !leaf.is_null() && !SCHEME.is_secret(path, leaf) {
            missing.push(path.join("/"));
        }
    });
    missing
}
