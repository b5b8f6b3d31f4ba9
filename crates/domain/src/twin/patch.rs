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
    match (from, to) {
        (Value::Object(old), Value::Object(new)) => patch_of_members(old, new),
        _ => (from != to).then(|| to.clone()),
    }
}

/// The same for the members of two objects.
pub fn patch_of_members(old: &Map<String, Value>, new: &Map<String, Value>) -> Option<Value> {
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
    let members: Map<String, Value> = gone.chain(changed).collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// The same without members that are null, at any depth of objects; what stands in lists stays.
pub fn without_nulls(mut members: Map<String, Value>) -> Map<String, Value> {
    drop_nulls(&mut members);
    members
}

/// Removes members that are null, at any depth of objects; what stands in lists stays.
pub fn drop_nulls(members: &mut Map<String, Value>) {
    members.retain(|_, value| {
        if let Value::Object(inner) = value {
            drop_nulls(inner);
        }
        !value.is_null()
    });
}
