//! Merge patches, as in RFC 7396.

use serde_json::{Map, Value};

/// Applies a patch: objects are merged member by member, a null removes a member, anything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

/// The patch that makes `to` of `from`; none when they are equal. Neither may have null members.
pub fn patch_between(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (from, to) else {
        return Some(to.clone());
    };
    let gone = old
        .keys()
        .filter(|name| !new.contains_key(*name))
        .map(|name| (name.clone(), Value::Null));
    let changed = new.iter().filter_map(|(name, value)| {
        let change = match old.get(name) {
            None => Some(value.clone()),
            Some(known) => patch_between(known, value),
        };
        Some((name.clone(), change?))
    });
    Some(Value::Object(gone.chain(changed).collect()))
}

/// The same without members that are null, at any depth of objects; what stands in lists stays.
pub fn without_nulls(members: Map<String, Value>) -> Map<String, Value> {
    members
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::Object(inner) => Some((name, Value::Object(without_nulls(inner)))),
            other => Some((name, other)),
        })
        .collect()
}
