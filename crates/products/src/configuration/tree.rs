//! Configurations as trees: what an entry of a list is called, what there is, and one put into another.
//!
//! JSON in a text is part of the tree. An entry of a list is called by what names it, so that its place does not matter, or by its place.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

/// From the outside in.
pub(super) type Path = Vec<String>;

/// The leaf that tells how many entries a list has whose entries are called by their place.
const COUNT: &str = "count";

/// How deep JSON may be in texts in JSON.
const MAX_NESTED: usize = 4;

/// JSON in a text: an object or a list.
pub(crate) fn nested(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok())?
}

/// What the entries of a list are called: by the fields that name them if that tells all of them apart, or else by nothing.
fn labels(list: &[Value], naming: &[&str]) -> Option<Vec<String>> {
    let label = |entry: &Value| {
        let fields = entry.as_object()?;
        let names = naming.iter().filter_map(|name| fields.get(*name)?.as_str());
        let label = names.collect::<Vec<_>>().join(" ");
        (!label.is_empty()).then_some(label)
    };
    let labels: Vec<String> = list.iter().map(label).collect::<Option<_>>()?;
    let different: HashSet<&String> = labels.iter().collect();
    (different.len() == labels.len()).then_some(labels)
}

/// Calls `see` with each leaf, which it may change. Text with JSON in it is written anew if something in it has changed.
pub(super) fn visit(
    value: &mut Value,
    naming: &[&str],
    see: &mut dyn FnMut(&[String], &mut Value),
) {
    visit_below(value, naming, &mut Path::new(), 0, see);
}

fn visit_below(
    value: &mut Value,
    naming: &[&str],
    path: &mut Path,
    depth: usize,
    see: &mut dyn FnMut(&[String], &mut Value),
) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                visit_below(value, naming, path, depth, see);
                path.pop();
            }
        }
        Value::Array(list) => {
            let labels = labels(list, naming);
            for (place, value) in list.iter_mut().enumerate() {
                let label = labels.as_ref().map(|labels| labels[place].clone());
                path.push(label.unwrap_or_else(|| place.to_string()));
                visit_below(value, naming, path, depth, see);
                path.pop();
            }
        }
        Value::String(text) if depth < MAX_NESTED && nested(text).is_some() => {
            if let Some(before) = nested(text) {
                let mut after = before.clone();
                visit_below(&mut after, naming, path, depth + 1, see);
                if after != before {
                    *text = after.to_string();
                }
            }
        }
        leaf => see(path, leaf),
    }
}

/// All leaves. What is empty is left out, as if nobody had mentioned it.
pub(super) fn leaves(value: &Value, naming: &[&str]) -> BTreeMap<Path, Value> {
    let mut leaves = BTreeMap::new();
    leaves_below(value, naming, &mut Path::new(), 0, &mut leaves);
    leaves
}

fn leaves_below(
    value: &Value,
    naming: &[&str],
    path: &mut Path,
    depth: usize,
    leaves: &mut BTreeMap<Path, Value>,
) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                leaves_below(value, naming, path, depth, leaves);
                path.pop();
            }
        }
        Value::Array(list) => {
            let labels = labels(list, naming);
            if labels.is_none() && !list.is_empty() {
                let mut count = path.clone();
                count.push(COUNT.to_owned());
                leaves.insert(count, list.len().into());
            }
            for (place, value) in list.iter().enumerate() {
                let label = labels.as_ref().map(|labels| labels[place].clone());
                path.push(label.unwrap_or_else(|| place.to_string()));
                leaves_below(value, naming, path, depth, leaves);
                path.pop();
            }
        }
        Value::Null => {}
        Value::String(text) => match nested(text).filter(|_| depth < MAX_NESTED) {
            Some(value) => leaves_below(&value, naming, path, depth + 1, leaves),
            None => drop(leaves.insert(path.clone(), value.clone())),
        },
        leaf => drop(leaves.insert(path.clone(), leaf.clone())),
    }
}

/// Whether two leaves say the same; 1 and 1.0 do.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    one == other
        || matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if (one - other).abs() <= f64::EPSILON * one.abs())
}

/// Puts what is wanted into what is there: fields by their names, entries of lists by what they are called; the rest is replaced.
pub(super) fn merge(present: &mut Value, wanted: &Value, naming: &[&str]) {
    match (present, wanted) {
        (Value::Object(present), Value::Object(wanted)) => merge_fields(present, wanted, naming),
        (Value::Array(present), Value::Array(wanted)) => {
            match (labels(present, naming), labels(wanted, naming)) {
                (Some(known), Some(called)) => {
                    for (label, entry) in called.iter().zip(wanted) {
                        match known.iter().position(|known| known == label) {
                            Some(place) => merge(&mut present[place], entry, naming),
                            None => present.push(entry.clone()),
                        }
                    }
                }
                _ => present.clone_from(wanted),
            }
        }
        (present, wanted) => *present = wanted.clone(),
    }
}

fn merge_fields(present: &mut Map<String, Value>, wanted: &Map<String, Value>, naming: &[&str]) {
    for (name, wanted) in wanted {
        match present.get_mut(name) {
            Some(present) => merge(present, wanted, naming),
            None => drop(present.insert(name.clone(), wanted.clone())),
        }
    }
}
